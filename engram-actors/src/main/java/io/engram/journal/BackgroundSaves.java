package io.engram.journal;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Saves snapshots while their actors go on: one at a time of each log, and of those that wait the newest only, so that a
 * slow disk makes snapshots rarer and the queue no longer than there are logs.
 */
final class BackgroundSaves {
    private final Executor executor;
    /** Guarded by this. */
    private final Map<String, Run> runs = new HashMap<>();

    private static final class Run {
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private @Nullable Runnable next;
    }

    BackgroundSaves(Executor executor) {
        this.executor = executor;
    }

    /** @param save what is to be done; it must not throw */
    synchronized void offer(String log, Runnable save) {
        var known = runs.get(log);
        if (known != null) {
            known.next = save;
            return;
        }
        var run = new Run();
        runs.put(log, run);
        executor.execute(() -> perform(log, run, save));
    }

    /** Forgets what waits for a log. Completes when nothing of the log is being saved any more. */
    synchronized CompletionStage<Void> settle(String log) {
        var run = runs.get(log);
        if (run == null) {
            return CompletableFuture.completedFuture(null);
        }
        run.next = null;
        return run.ended;
    }

    private void perform(String log, Run run, Runnable save) {
        try {
            save.run();
        } finally {
            goOn(log, run);
        }
    }

    private void goOn(String log, Run run) {
        Runnable next;
        synchronized (this) {
            next = run.next;
            run.next = null;
            if (next == null) {
                runs.remove(log);
            }
        }
        if (next == null) {
            run.ended.complete(null);
        } else {
            // Behind the saves of others.
            executor.execute(() -> perform(log, run, next));
        }
    }
}
