package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class CrashReportTest {
    @Test
    void the_banner_can_be_found_and_the_record_has_the_same_facts() {
        var logger = (Logger) LoggerFactory.getLogger(CrashReport.class);
        var records = new ListAppender<ILoggingEvent>();
        records.start();
        logger.setLevel(Level.ERROR);
        logger.addAppender(records);
        var bytes = new ByteArrayOutputStream();
        try {
            CrashReport.report(
                    new IllegalStateException("two\nlines"), new PrintStream(bytes, true, StandardCharsets.UTF_8));
        } finally {
            logger.detachAppender(records);
        }
        var lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.get(0)).matches("═{20,}");
        assertThat(lines.get(1)).matches("PANIC at CrashReportTest.java:\\d+: java.lang.IllegalStateException: two");
        assertThat(lines.get(2)).isEqualTo(lines.get(0)).isEqualTo(lines.getLast());
        assertThat(lines.get(3)).isEqualTo("Backtrace:");
        assertThat(records.list).singleElement().satisfies(record -> {
            assertThat(record.getLevel()).isEqualTo(Level.ERROR);
            assertThat(record.getFormattedMessage()).startsWith("PANIC: ");
            assertThat(record.getKeyValuePairs()).singleElement().satisfies(pair -> {
                assertThat(pair.key).isEqualTo("fields");
                assertThat(String.valueOf(pair.value))
                        .contains("CrashReportTest.java:")
                        .contains("backtrace=");
            });
        });
    }
}
