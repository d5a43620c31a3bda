package io.engram.http;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the work that is in flight, and refuses more where there is enough or where the node stops. */
final class Drain {
    private static final Duration RETRY_SOON = Duration.ofSeconds(1);

    private final int most;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final CompletableFuture<Void> empty = new CompletableFuture<>();
    private volatile boolean draining;

    Drain(int most) {
        this.most = most;
    }

    /** Admits one request, or says why not. */
    Optional<Refusal> enter() {
        var now = inFlight.incrementAndGet();
        if (draining) {
            leave();
            return Optional.of(Refusal.retryLater(
                    503, "SHUTTING_DOWN", "this node is stopping and takes no new work", RETRY_SOON));
        }
        if (now > most) {
            leave();
            return Optional.of(Refusal.retryLater(
                    429, "TOO_MANY_REQUESTS", "this node has " + most + " requests in work", RETRY_SOON));
        }
        return Optional.empty();
    }

    void leave() {
        if (inFlight.decrementAndGet() == 0 && draining) {
            empty.complete(null);
        }
    }

    CompletableFuture<Void> begin() {
        draining = true;
        if (inFlight.get() == 0) {
            empty.complete(null);
        }
        return empty;
    }

    boolean isDraining() {
        return draining;
    }

    AtomicInteger inFlight() {
        return inFlight;
    }

    String load() {
        var share = (double) inFlight.get() / most;
        return share < 0.5 ? "Normal" : share < 0.9 ? "High" : "Critical";
    }
}
