package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentRateTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong now = new AtomicLong(-3 * SECOND);
    private final AtomicLong count = new AtomicLong();
    private final RecentRate rate = new RecentRate(count::get, now::get);

    private void count(int seconds, int perSecond) {
        for (int i = 0; i < seconds * perSecond; i++) {
            now.addAndGet(SECOND / perSecond);
            rate.counting();
            count.incrementAndGet();
        }
    }

    @Test
    void a_steady_rate_is_told_as_it_is() {
        count(200, 5);
        assertThat(rate.perSecond()).isCloseTo(5, within(0.2));
    }

    @Test
    void what_began_a_moment_ago_is_not_made_larger_than_it_is() {
        count(1, 4);
        assertThat(rate.perSecond()).isCloseTo(0.4, within(0.01));
        count(29, 4);
        assertThat(rate.perSecond()).isCloseTo(4, within(0.2));
    }

    @Test
    void what_was_more_than_a_minute_ago_does_not_count_any_more() {
        count(100, 10);
        now.addAndGet(30 * SECOND);
        assertThat(rate.perSecond()).isCloseTo(5, within(1.0));
        now.addAndGet(45 * SECOND);
        assertThat(rate.perSecond()).isZero();
        now.addAndGet(1_000 * SECOND);
        count(1, 1);
        assertThat(rate.perSecond()).isCloseTo(1 / 60.0, within(0.01));
    }

    @Test
    void a_burst_after_a_long_silence_counts_within_a_window() {
        now.addAndGet(500 * SECOND);
        count(1, 100);
        assertThat(rate.perSecond()).isPositive().isLessThan(10.1);
    }
}
