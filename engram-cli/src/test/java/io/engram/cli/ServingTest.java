package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ServingTest {
    @Test
    void a_failed_log_is_said_with_the_banner_and_one_record_before_the_process_ends() throws Exception {
        var logger = (Logger) LoggerFactory.getLogger("io.engram.cli");
        var records = new ListAppender<ILoggingEvent>();
        records.start();
        logger.setLevel(Level.ERROR);
        logger.addAppender(records);
        var bytes = new ByteArrayOutputStream();
        var ended = new CountDownLatch(1);
        var failed = new CompletableFuture<Throwable>();
        try {
            Serving.onFailure(failed, new PrintStream(bytes, true, StandardCharsets.UTF_8), ended::countDown);
            assertThat(ended.getCount()).isEqualTo(1);
            failed.complete(new IllegalStateException("input/output error"));
            assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            logger.detachAppender(records);
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .containsPattern("PANIC at ServingTest.java:\\d+: .*input/output error");
        assertThat(records.list)
                .filteredOn(record -> record.getLevel() == Level.ERROR)
                .singleElement()
                .satisfies(record -> assertThat(record.getFormattedMessage())
                        .startsWith("PANIC: the log can no longer be written")
                        .contains("input/output error"));
    }
}
