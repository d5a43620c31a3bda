package io.engram.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.health.Recovery.Step;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecoveryTest {
    private final AtomicLong now = new AtomicLong(5_000_000_000L);
    private final Recovery recovery = new Recovery(now::get);

    @Test
    void each_step_says_how_far_it_is_and_the_time_goes_on() {
        assertThat(recovery.state().text()).isEqualTo("beginning, 0.0 s since the start");
        recovery.begin(Step.CHECK, 80L << 20);
        recovery.advance(20L << 20);
        now.addAndGet(1_500_000_000L);
        var checking = recovery.state();
        assertThat(checking.text()).isEqualTo("checking its log: 20 of 80 MiB (25 %), 1.5 s since the start");
        assertThat(checking.share()).contains(0.25);
        assertThat(checking.unit()).isEqualTo("bytes");
        assertThat(checking.total()).isEqualTo(OptionalLong.of(80L << 20));
        recovery.begin(Step.OPEN);
        assertThat(recovery.state().share()).isEmpty();
        assertThat(recovery.state().text()).isEqualTo("opening its log, 1.5 s since the start");
        var seen = new AtomicLong(1);
        recovery.begin(Step.JOIN, seen::get, () -> 3);
        assertThat(recovery.state().text())
                .isEqualTo("joining its cluster: 1 of 3 nodes are in sight, 1.5 s since the start");
        // How long others take is not to be told from how many are there.
        assertThat(recovery.state().share()).isEmpty();
    }

    @Test
    void the_check_is_unhealthy_until_the_start_is_over_and_the_time_then_stands_still() {
        assertThat(recovery.health().check().status()).isEqualTo(HealthStatus.UNHEALTHY);
        now.addAndGet(2_000_000_000L);
        recovery.finish();
        now.addAndGet(2_000_000_000L);
        recovery.finish();
        var over = recovery.health().check();
        assertThat(over.status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(over.message()).contains("2.0 s");
        assertThat(recovery.state().took()).isEqualTo(Duration.ofSeconds(2));
        assertThat(Recovery.none().isOver()).isTrue();
    }

    @Test
    void more_than_there_was_is_no_more_than_everything() {
        recovery.begin(Step.CHECK, 10);
        recovery.advance(12);
        assertThat(recovery.state().share()).contains(1.0);
        recovery.begin(Step.CHECK, 0);
        assertThat(recovery.state().share()).isEmpty();
    }
}
