package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.engram.health.HealthStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StallWatchTest {
    private static final long MS = 1_000_000;

    private final AtomicLong now = new AtomicLong(3_600_000 * MS);
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final StallWatch watch = new StallWatch(tasks::add, now::get, meters);

    @AfterEach
    void close() {
        watch.close();
    }

    private void pass(long ms) {
        now.addAndGet(ms * MS);
    }

    private double seconds(String name) {
        return meters.get("engram." + name).gauge().value();
    }

    @Test
    void a_wait_is_seen_while_it_lasts_and_for_a_minute_after_it() {
        pass(500);
        watch.look();
        for (var i = 0; i < 6; i++) {
            pass(500);
            watch.look();
        }
        assertThat(tasks).hasSize(1);
        assertThat(seconds("dispatcher.delay.max")).isCloseTo(3.0, within(1e-9));
        assertThat(watch.health().getFirst().check().status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(watch.health().getFirst().check().forNode()).isEqualTo(HealthStatus.HEALTHY);
        pass(100);
        tasks.remove().run();
        assertThat(seconds("dispatcher.delay.max")).isCloseTo(3.1, within(1e-9));
        for (var i = 0; i < 130; i++) {
            pass(500);
            watch.look();
            tasks.remove().run();
        }
        assertThat(seconds("dispatcher.delay.max")).isZero();
        assertThat(watch.health().getFirst().check().message()).contains("was 0 ms");
    }

    @Test
    void a_stop_of_the_process_is_the_lateness_of_the_look() {
        pass(500);
        watch.look();
        assertThat(seconds("process.stall.max")).isZero();
        pass(2_900);
        watch.look();
        assertThat(seconds("process.stall.max")).isCloseTo(2.4, within(1e-9));
        assertThat(watch.health().getLast().check().message()).contains("2400 ms");
    }
}
