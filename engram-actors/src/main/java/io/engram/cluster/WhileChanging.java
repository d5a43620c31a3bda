package io.engram.cluster;

import io.engram.replication.Outcome;
import io.engram.shard.ShardRefusedException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Has a shard asked again that turned a request away because it goes from one configuration to the next just now. Nothing was
 * done then, and it takes some forced writes; who asked would have to read a space's whole log again otherwise.
 */
final class WhileChanging {
    private static final long PAUSE_MS = 10;

    private WhileChanging() {}

    /**
     * @param attempt given the time that is left
     * @param patience in all; then the refusal stands
     */
    static <T> CompletionStage<T> ask(Function<Duration, CompletionStage<T>> attempt, Duration patience) {
        return ask(attempt, patience, System.nanoTime() + patience.toNanos());
    }

    private static <T> CompletionStage<T> ask(
            Function<Duration, CompletionStage<T>> attempt, Duration left, long deadline) {
        return attempt.apply(left).exceptionallyCompose(failure -> {
            var rest = deadline - System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(PAUSE_MS);
            return isChanging(failure) && rest > 0
                    ? Pause.of(PAUSE_MS).thenCompose(paused -> ask(attempt, Duration.ofNanos(rest), deadline))
                    : CompletableFuture.failedFuture(failure);
        });
    }

    private static boolean isChanging(Throwable failure) {
        var cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ShardRefusedException refused
                && refused.outcome().equals(new Outcome.Refused(Outcome.Reason.CHANGING));
    }
}
