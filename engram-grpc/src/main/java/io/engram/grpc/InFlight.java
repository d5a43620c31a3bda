package io.engram.grpc;

import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Source;

/**
 * Counts the calls that are being served. Draining refuses new ones, stops reading from open streams, and is over when
 * everything that was taken has been answered.
 */
final class InFlight {
    private final SharedKillSwitch inputs = KillSwitches.shared("engram-grpc-inputs");
    private final CompletableFuture<Done> idle = new CompletableFuture<>();
    private int calls;
    private boolean draining;

    synchronized boolean isDraining() {
        return draining;
    }

    synchronized int calls() {
        return calls;
    }

    /** Stops taking work; completes when none is left. */
    CompletionStage<Done> drain() {
        synchronized (this) {
            draining = true;
            if (calls == 0) {
                idle.complete(Done.done());
            }
        }
        inputs.shutdown();
        return idle.copy();
    }

    private synchronized void enter() {
        if (draining) {
            throw goingDown("this node is shutting down: nothing was done; ask again or ask another node");
        }
        calls++;
    }

    private synchronized void leave() {
        calls--;
        if (draining && calls == 0) {
            idle.complete(Done.done());
        }
    }

    private static RuntimeException goingDown(String text) {
        return Statuses.failure(Status.UNAVAILABLE, text);
    }

    /** A call with one answer. */
    <T> CompletionStage<T> call(Supplier<CompletionStage<T>> work) {
        try {
            enter();
        } catch (RuntimeException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        CompletionStage<T> answer;
        try {
            answer = work.get();
        } catch (Throwable failure) {
            leave();
            throw failure;
        }
        return answer.whenComplete((_, _) -> leave());
    }

    /**
     * A call with a stream of requests, of which at most {@code parallelism} are worked on at the same time, each
     * answered in its turn. When draining, requests that were taken are answered and then the call ends as
     * unavailable, unless the client had sent its last one.
     *
     * @param answer makes an answer; may throw
     */
    <I, O> Source<O, NotUsed> stream(
            Source<I, NotUsed> requests, int parallelism, Function<I, CompletionStage<O>> answer) {
        return Source.lazySource(() -> {
                    enter();
                    var sentAll = new AtomicBoolean();
                    // Lazily, since each continuation is made at the very moment at which what is before it ended.
                    return requests.concatLazy(Source.<I, NotUsed>lazySource(() -> {
                                sentAll.set(true);
                                return Source.empty();
                            }))
                            .via(inputs.<I>flow())
                            .mapAsync(parallelism, request -> Outcome.of(request, answer))
                            .map(Outcome::orThrow)
                            .concatLazy(Source.<O, NotUsed>lazySource(() -> sentAll.get()
                                    ? Source.empty()
                                    : Source.failed(goingDown(
                                            "this node is shutting down: requests without an answer were not taken"))))
                            .watchTermination((materialized, end) -> {
                                var _ = end.whenComplete((_, _) -> leave());
                                return materialized;
                            });
                })
                .mapMaterializedValue(_ -> NotUsed.getInstance());
    }

    /**
     * An answer or a failure as a value. A failing stage would overtake the answers before it; a value waits for its
     * turn.
     */
    private record Outcome<O>(CompletableFuture<O> done) {
        static <I, O> CompletionStage<Outcome<O>> of(I request, Function<I, CompletionStage<O>> answer) {
            CompletionStage<O> stage;
            try {
                stage = answer.apply(request);
            } catch (RuntimeException failure) {
                stage = CompletableFuture.failedFuture(failure);
            }
            var future = stage.toCompletableFuture();
            return future.handle((_, _) -> new Outcome<>(future));
        }

        O orThrow() {
            return done.join();
        }
    }
}
