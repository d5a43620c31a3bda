package io.engram.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Waits without a thread. */
final class Pause {
    private Pause() {}

    /** Completes after so long. */
    static CompletableFuture<Void> of(long millis) {
        return CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
    }
}
