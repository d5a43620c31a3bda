package io.engram.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.engram.config.EngramConfig;
import io.engram.config.LogLevel;
import io.engram.config.LogLevels;
import io.engram.http.LogControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.fieldnames.LogstashFieldNames;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sets up the node's log on standard output. */
final class Logs {
    /** Libraries that tell more than operators want to know, until they are named in the configuration. */
    private static final String[] TALKATIVE = {"org.apache.pekko", "io.netty", "ai.onnxruntime"};

    private static final org.slf4j.Logger log = LoggerFactory.getLogger(Logs.class);

    private static volatile LogLevels current = new LogLevels(LogLevel.INFO, Map.of());

    private Logs() {}

    /** Whether records are for people, which is so on a terminal where nothing else is said. */
    static boolean isText(EngramConfig.Logging logging) {
        return switch (logging.format()) {
            case AUTO -> isTerminal();
            case TEXT -> true;
            case JSON -> false;
        };
    }

    /** Java's console answers only where standard input is a terminal, too, which it is not for a job in the background. */
    private static boolean isTerminal() {
        try {
            var output = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return output.startsWith("/dev/pts/") || output.startsWith("/dev/tty") || output.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            var console = System.console();
            return console != null && console.isTerminal();
        }
    }

    static void configure(EngramConfig.Logging logging) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Encoder<ILoggingEvent> encoder = isText(logging) ? text(context) : json();
        encoder.setContext(context);
        encoder.start();
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName("console");
        appender.setEncoder(encoder);
        appender.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        set(logging.level());
        takeWhatLibrariesTellJava();
    }

    /** gRPC's records are among the others, in their format, instead of as lines on standard error. */
    private static void takeWhatLibrariesTellJava() {
        if (!SLF4JBridgeHandler.isInstalled()) {
            SLF4JBridgeHandler.removeHandlersForRootLogger();
            SLF4JBridgeHandler.install();
        }
    }

    /** Has each record of a collector's say of which node it is. */
    static void ofNode(String id) {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).putProperty("node", id);
    }

    /** For changes while the node runs. */
    static LogControl control() {
        return new LogControl() {
            @Override
            public String level() {
                return current.toString();
            }

            @Override
            public void level(String text) {
                set(LogLevels.of(text));
                log.info("the log's level is {} now", current);
            }
        };
    }

    /** Changes the levels of all loggers, from now on. */
    private static synchronized void set(LogLevels levels) {
        current = levels;
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        for (var logger : context.getLoggerList()) {
            if (logger != root) {
                // As its parent says.
                logger.setLevel(null);
            }
        }
        root.setLevel(level(levels.root()));
        for (var name : TALKATIVE) {
            var quiet = root.getLevel().isGreaterOrEqual(Level.WARN) ? root.getLevel() : Level.WARN;
            context.getLogger(name).setLevel(quiet);
        }
        // It complains of one module's version, which a test of ours holds to the one exception that is meant.
        context.getLogger("org.apache.pekko.util.ManifestInfo").setLevel(Level.ERROR);
        // What ends a task of a dispatcher is reported with the banner.
        context.getLogger("org.apache.pekko.dispatch.TaskInvocation").setLevel(Level.OFF);
        // While another node is away, each try to reach it; that it is away is said by the membership, once.
        context.getLogger("org.apache.pekko.stream.Materializer").setLevel(Level.ERROR);
        levels.targets().forEach((name, level) -> context.getLogger(name).setLevel(level(level)));
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z',UTC} %-5level %logger{20} - %msg %kvp%n%ex");
        return encoder;
    }

    private static Encoder<ILoggingEvent> json() {
        var names = new LogstashFieldNames();
        names.setTimestamp("timestamp");
        names.setLogger("target");
        names.setThread("thread");
        names.setVersion(null);
        names.setLevelValue(null);
        var encoder = new LogstashEncoder();
        encoder.setFieldNames(names);
        encoder.setTimeZone("UTC");
        encoder.setTimestampPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");
        return encoder;
    }

    private static Level level(LogLevel level) {
        return switch (level) {
            case OFF -> Level.OFF;
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case INFO -> Level.INFO;
            case DEBUG -> Level.DEBUG;
            case TRACE -> Level.TRACE;
        };
    }
}
