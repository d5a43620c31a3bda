package io.engram.space;

import io.engram.trace.TraceContext;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The threads that reads run on: few, since reads compute, with a bounded queue in front. */
final class ReadPool implements AutoCloseable {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final ThreadPoolExecutor threads;
    private final SpaceFigures figures;

    ReadPool(int threadCount, int waiting, SpaceFigures figures) {
        this.figures = figures;
        var number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                threadCount, threadCount, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waiting), task -> {
                    var thread = new Thread(task, "engram-read-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    <T> CompletionStage<T> run(TraceContext trace, Supplier<T> read) {
        var result = new CompletableFuture<T>();
        long asked = System.nanoTime();
        try {
            threads.execute(() -> {
                figures.readBegins(trace, asked);
                try {
                    result.complete(read.get());
                } catch (Throwable failure) {
                    result.completeExceptionally(failure);
                }
            });
        } catch (RejectedExecutionException full) {
            result.completeExceptionally(
                    threads.isShutdown()
                            ? EngramException.unavailable("this node is shutting down", RETRY_AFTER)
                            : EngramException.overloaded("too many reads wait on this node", RETRY_AFTER));
        }
        return result;
    }

    SpaceFigures figures() {
        return figures;
    }

    int waiting() {
        return threads.getQueue().size();
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
