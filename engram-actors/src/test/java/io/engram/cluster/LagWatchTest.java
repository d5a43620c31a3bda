package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.ClusterView.Lag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LagWatchTest {
    private final LagWatch watch = new LagWatch(Duration.ofSeconds(5));
    private final List<String> news = new ArrayList<>();

    private Duration at(int second, Lag... lags) {
        var found = watch.look(List.of(lags), Duration.ofSeconds(second).toNanos());
        news.addAll(found.news());
        return found.longest();
    }

    private static Lag lag(String space, long local, long replicated) {
        return new Lag(
                space, "node-2", local, replicated, true, OptionalLong.empty(), Optional.empty(), Optional.empty());
    }

    @Test
    void a_copy_that_keeps_up_is_never_behind_for_long() {
        for (var second = 0; second < 60; second++) {
            assertThat(at(second, lag("busy", 10 + second, 9 + second))).isEqualTo(Duration.ZERO);
        }
        assertThat(news).isEmpty();
    }

    @Test
    void a_copy_that_stands_still_is_behind_since_it_lacked_something() {
        at(0, lag("a", 10, 10));
        assertThat(at(1, lag("a", 11, 10))).isEqualTo(Duration.ZERO);
        assertThat(at(5, lag("a", 12, 10))).isEqualTo(Duration.ofSeconds(4));
        assertThat(news).isEmpty();
        assertThat(at(7, lag("a", 12, 10), lag("b", 5, 5))).isEqualTo(Duration.ofSeconds(6));
        assertThat(at(8, lag("a", 12, 10))).isEqualTo(Duration.ofSeconds(7));
        assertThat(news).singleElement().asString().contains("node-2", "of 1 spaces", "5000 ms");
        news.clear();
        assertThat(at(9, lag("a", 13, 12))).as("what it lacks now is new").isEqualTo(Duration.ZERO);
        assertThat(at(10, lag("a", 13, 13))).isEqualTo(Duration.ZERO);
        assertThat(news).singleElement().asString().contains("node-2", "any more");
    }

    @Test
    void a_space_that_is_led_elsewhere_now_is_forgotten() {
        at(0, lag("a", 11, 10));
        at(10, lag("b", 1, 1));
        assertThat(at(20, lag("a", 12, 10))).isEqualTo(Duration.ZERO);
        assertThat(news).isEmpty();
    }
}
