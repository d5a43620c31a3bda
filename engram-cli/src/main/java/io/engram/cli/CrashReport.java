package io.engram.cli;

import io.engram.config.EngramConfig.Backtrace;
import io.engram.health.Crashes;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What is said of an error that nothing in the program expected: a banner on standard error, in which {@code PANIC at
 * file:line: message} can be found by its first word, and one ERROR record in the log with the same in its fields.
 */
final class CrashReport {
    private static final String RULE = "═".repeat(59);
    private static final int SHORT_FRAMES = 10;
    private static final AtomicBoolean ENDING = new AtomicBoolean();
    private static volatile Backtrace shown = Backtrace.FULL;

    private CrashReport() {}

    /** Reports whatever ends a thread, a task of a dispatcher or an actor from now on. What breaks the virtual machine itself also ends the process. */
    static void install(PrintStream stderr) {
        Thread.setDefaultUncaughtExceptionHandler(Crashes::ofThread);
        Crashes.reportTo((kind, error, where) -> {
            switch (kind) {
                case FATAL -> end(error, stderr, where);
                case THREAD ->
                    report(error, stderr, "an unexpected error ended thread " + where + "; please report it");
                case TASK ->
                    report(
                            error,
                            stderr,
                            "an unexpected error ended a task on thread " + where
                                    + ", which goes on; please report it");
                case ACTOR -> report(error, stderr, "an unexpected error ended actor " + where + "; please report it");
            }
        });
    }

    /** How much of the stack is shown from now on. */
    static void show(Backtrace backtrace) {
        shown = backtrace;
    }

    /** The first fatal error is said, and the process ends, whatever else fails meanwhile. */
    private static void end(Throwable error, PrintStream stderr, String where) {
        if (!ENDING.compareAndSet(false, true)) {
            // Whoever was first ends the process; this thread must not go on before that.
            LockSupport.parkNanos(Long.MAX_VALUE);
            return;
        }
        try {
            report(error, stderr, "a fatal error in " + where + " ends this process; please report it");
        } finally {
            Runtime.getRuntime().halt(ExitCodes.FAILURE);
        }
    }

    static void report(Throwable error, PrintStream stderr) {
        report(
                error,
                stderr,
                "an unexpected error ended thread " + Thread.currentThread().getName() + "; please report it");
    }

    /**
     * Reports what ends the process.
     *
     * @param consequence what happens now and what to do about it
     */
    static void report(Throwable error, PrintStream stderr, String consequence) {
        var message = error.getMessage() == null ? error.getClass().getName() : error.toString();
        var backtrace = backtrace(error, shown);
        var location = location(error);
        stderr.println(RULE + "\nPANIC at " + location + ": "
                + message.lines().findFirst().orElse("") + "\n" + RULE
                + (backtrace.isEmpty() ? "" : "\nBacktrace:\n" + backtrace + "\n" + RULE));
        stderr.flush();
        var fields = new LinkedHashMap<String, String>();
        fields.put("message", message);
        fields.put("location", location);
        fields.put("backtrace", backtrace);
        LoggerFactory.getLogger(CrashReport.class)
                .atError()
                .addKeyValue("fields", fields)
                .log("PANIC: {}", consequence);
    }

    private static String backtrace(Throwable error, Backtrace much) {
        return switch (much) {
            case NONE -> "";
            case SHORT -> shortened(error);
            case FULL -> {
                var trace = new StringWriter();
                error.printStackTrace(new PrintWriter(trace, true));
                yield trace.toString().stripTrailing();
            }
        };
    }

    /** The first frames of the error and of each cause. */
    private static String shortened(Throwable error) {
        var text = new StringBuilder();
        var before = new IdentityHashMap<Throwable, Boolean>();
        for (@Nullable Throwable each = error; each != null && before.put(each, true) == null; each = each.getCause()) {
            text.append(text.isEmpty() ? "" : "\nCaused by: ").append(each);
            var frames = each.getStackTrace();
            for (var i = 0; i < Math.min(SHORT_FRAMES, frames.length); i++) {
                text.append("\n\tat ").append(frames[i]);
            }
            if (frames.length > SHORT_FRAMES) {
                text.append("\n\t... ").append(frames.length - SHORT_FRAMES).append(" more");
            }
        }
        return text.toString();
    }

    /** Where it was thrown, as file and line. */
    static String location(Throwable error) {
        for (var frame : error.getStackTrace()) {
            if (frame.getFileName() != null && frame.getLineNumber() > 0) {
                return frame.getFileName() + ":" + frame.getLineNumber();
            }
        }
        return "unknown:0";
    }
}
