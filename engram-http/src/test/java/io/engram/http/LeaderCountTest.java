package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.space.EngramException;
import io.engram.space.SpaceId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeaderCountTest {
    private final FakeSpaces spaces = new FakeSpaces();
    private final AtomicLong now = new AtomicLong();
    private final LeaderCount leaders = new LeaderCount(spaces, now::get);

    private LeaderCount.Counts count() {
        return leaders.counts(new FakeCluster(), Duration.ofSeconds(10))
                .toCompletableFuture()
                .join();
    }

    @Test
    void one_look_serves_for_a_second() {
        spaces.createSpace(new SpaceId("tenant-a")).toCompletableFuture().join();
        assertThat(count()).isEqualTo(new LeaderCount.Counts(1, Map.of("node-0", 1L)));
        spaces.createSpace(new SpaceId("tenant-b")).toCompletableFuture().join();
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(900));
        assertThat(count().total()).isEqualTo(1);
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(200));
        assertThat(count()).isEqualTo(new LeaderCount.Counts(2, Map.of("node-0", 1L, "node-1", 1L)));
    }

    @Test
    void a_failure_is_not_kept() {
        spaces.failure = Optional.of(EngramException.unavailable("not now", Duration.ofSeconds(1)));
        org.assertj.core.api.Assertions.assertThatThrownBy(this::count).isInstanceOf(CompletionException.class);
        spaces.failure = Optional.empty();
        assertThat(count().total()).isZero();
    }
}
