package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.replication.Outcome;
import io.engram.shard.ShardRefusedException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WhileChangingTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final List<Duration> tries = new ArrayList<>();

    private static ShardRefusedException refused(Outcome.Reason reason) {
        return new ShardRefusedException(new Outcome.Refused(reason));
    }

    private CompletionStage<String> ask(Duration patience, Throwable... failures) {
        var left = new ArrayDeque<>(List.of(failures));
        return WhileChanging.ask(
                time -> {
                    tries.add(time);
                    return left.isEmpty()
                            ? CompletableFuture.completedFuture("done")
                            : CompletableFuture.failedFuture(left.remove());
                },
                patience);
    }

    private static String get(CompletionStage<String> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Test
    void a_shard_that_changes_is_asked_again_with_the_time_that_is_left() {
        assertThat(get(ask(
                        LONG,
                        refused(Outcome.Reason.CHANGING),
                        new CompletionException(refused(Outcome.Reason.CHANGING)))))
                .isEqualTo("done");
        assertThat(tries).hasSize(3).isSortedAccordingTo((one, other) -> other.compareTo(one));
        assertThat(tries.getFirst()).isEqualTo(LONG);
    }

    @Test
    void what_may_have_been_done_or_will_not_pass_is_not_asked_again() {
        for (var reason : List.of(Outcome.Reason.NOT_PRIMARY, Outcome.Reason.STALE, Outcome.Reason.BUSY)) {
            assertThatThrownBy(() -> get(ask(LONG, refused(reason))))
                    .hasRootCauseInstanceOf(ShardRefusedException.class);
        }
        assertThatThrownBy(() -> get(ask(LONG, new ShardRefusedException(new Outcome.Unknown("nobody knows")))))
                .hasRootCauseInstanceOf(ShardRefusedException.class);
        assertThat(tries).hasSize(4);
    }

    @Test
    void patience_ends() {
        assertThatThrownBy(() -> get(
                        ask(Duration.ofMillis(1), refused(Outcome.Reason.CHANGING), refused(Outcome.Reason.CHANGING))))
                .hasRootCauseInstanceOf(ShardRefusedException.class);
        assertThat(tries).hasSize(1);
    }
}
