package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.engram.health.HealthStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ClockSkewsTest {
    private static final Instant NOON = Instant.parse("2026-05-01T12:00:00Z");
    private static final long MILLI = 1_000_000;

    private final AtomicLong nanos = new AtomicLong(70_000 * MILLI);
    private final ClockSkews skews =
            new ClockSkews(Duration.ofMillis(500), () -> NOON.plusNanos(nanos.get()), nanos::get);
    private final Logger logger = (Logger) LoggerFactory.getLogger(ClockSkews.class);
    private final ListAppender<ILoggingEvent> records = new ListAppender<>();

    @BeforeEach
    void listen() {
        records.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(records);
    }

    @AfterEach
    void end() {
        logger.detachAppender(records);
        logger.setLevel(null);
    }

    private static UUID id(int number) {
        return new UUID(0, number);
    }

    /** A node answers whose clock is so far ahead, after a way of so long to it and back. */
    private void answers(int number, long aheadMillis, long thereMillis, long backMillis) {
        var asked = nanos.get();
        nanos.addAndGet(thereMillis * MILLI);
        var wall = skews.wallMicros() + aheadMillis * 1_000;
        nanos.addAndGet(backMillis * MILLI);
        skews.answered(id(number), "node-" + number, wall, asked);
    }

    private long warnings() {
        return records.list.stream()
                .filter(each -> each.getLevel() == Level.WARN)
                .count();
    }

    @Test
    void a_clock_within_the_limit_is_nothing_to_speak_of() {
        answers(1, 120, 5, 5);
        answers(2, -499, 0, 0);
        var check = skews.health().check();
        assertThat(check.status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(check.message()).contains("2 other nodes").contains("500 ms");
        assertThat(records.list).isEmpty();
    }

    @Test
    void a_clock_beyond_the_limit_is_named_with_the_amount_and_degrades_health_alone() {
        answers(1, 1_500, 2, 2);
        answers(2, -2_000, 2, 2);
        var check = skews.health().check();
        assertThat(check.status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(check.forNode()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(check.message())
                .startsWith("the clock of node 'node-2' is 2.000 s behind this node's, and those of 1 more");
        assertThat(warnings()).isEqualTo(2);
        assertThat(records.list.getFirst().getFormattedMessage())
                .contains("'node-1' is 1.500 s ahead of this node's")
                .contains("cluster.max_clock_skew");
    }

    @Test
    void it_is_said_again_only_now_and_then_and_once_when_it_is_over() {
        for (int i = 0; i < 100; i++) {
            answers(1, 1_500, 1, 1);
            nanos.addAndGet(5_000 * MILLI);
        }
        assertThat(warnings()).isEqualTo(1);
        nanos.addAndGet(200_000 * MILLI);
        answers(1, 1_500, 1, 1);
        assertThat(warnings()).isEqualTo(2);
        answers(1, 10, 1, 1);
        answers(1, 10, 1, 1);
        assertThat(records.list).hasSize(3);
        assertThat(records.list.getLast().getFormattedMessage()).contains("within what is allowed again");
        assertThat(skews.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void a_message_that_took_long_accuses_nobody() {
        // All of the way was the way back: half of it is taken off, and the other half is what is not known.
        answers(1, 0, 0, 8_000);
        answers(2, 0, 8_000, 0);
        assertThat(skews.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(records.list).isEmpty();
        answers(1, 9_000, 4_000, 4_000);
        assertThat(skews.health().check().status()).isEqualTo(HealthStatus.DEGRADED);
    }

    @Test
    void a_node_that_fell_silent_is_not_judged_any_more() {
        answers(1, 5_000, 1, 1);
        nanos.addAndGet(61_000 * MILLI);
        assertThat(skews.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void each_node_has_a_figure_and_there_are_not_too_many() {
        var meters = new SimpleMeterRegistry();
        answers(0, -250, 0, 0);
        skews.register(meters);
        for (int i = 1; i < 80; i++) {
            answers(i, i, 0, 0);
        }
        var found = meters.find("engram_cluster_clock_skew_seconds").gauges();
        assertThat(found).hasSize(64);
        var first = meters.get("engram_cluster_clock_skew_seconds")
                .tag("peer", "node-0")
                .gauge();
        assertThat(first.value()).isCloseTo(-0.25, within(1e-6));
        nanos.addAndGet(61_000 * MILLI);
        assertThat(first.value()).isNaN();
    }
}
