package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.engram.config.EngramConfig;
import io.engram.config.LogLevel;
import io.engram.config.LogLevels;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogsTest {
    @Test
    void what_a_library_tells_java_itself_is_a_record_like_any_other() throws Exception {
        var before = System.out;
        var written = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
            Logs.configure(new EngramConfig.Logging(
                    new LogLevels(LogLevel.INFO, Map.of()),
                    EngramConfig.LogFormat.JSON,
                    EngramConfig.Backtrace.FULL,
                    Optional.empty()));
            System.getLogger("io.grpc.internal.Channel")
                    .log(System.Logger.Level.WARNING, "a name was not found\n\tat a place");
        } finally {
            System.setOut(before);
            var context = (LoggerContext) LoggerFactory.getILoggerFactory();
            context.reset();
            new QuietConfigurator().configure(context);
        }
        var lines = written.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(1);
        var record = new ObjectMapper().readTree(lines.getFirst());
        assertThat(record.path("level").asText()).isEqualTo("WARN");
        assertThat(record.path("target").asText()).isEqualTo("io.grpc.internal.Channel");
        assertThat(record.path("message").asText()).isEqualTo("a name was not found\n\tat a place");
    }
}
