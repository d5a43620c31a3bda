package io.engram.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a number of operations under way in this process, each of which completes by itself. With as many threads as
 * operations it is so many callers that wait for each answer; with fewer threads it is clients that do not wait.
 */
final class Pipeline implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    /** Begins an operation. */
    interface Operation {
        /**
         * @param thread which of the threads, from 0; each begins its operations one after the other
         * @param number how many this thread began before
         */
        CompletionStage<?> begin(int thread, long number);
    }

    private final Operation operation;
    private final int permits;
    private final long most;
    private final LongAdder completed = new LongAdder();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Semaphore> rooms = new ArrayList<>();
    private volatile boolean ending;

    private Pipeline(Operation operation, int permits, long most) {
        this.operation = operation;
        this.permits = permits;
        this.most = most;
    }

    /** Starts, to go on until it is closed; {@code inFlight} must be a multiple of {@code threads}. */
    static Pipeline start(int threads, int inFlight, Operation operation) {
        return start(threads, inFlight, Long.MAX_VALUE, operation);
    }

    /** Starts; each thread begins at most {@code most} operations. */
    static Pipeline start(int threads, int inFlight, long most, Operation operation) {
        if (threads < 1 || inFlight < threads || inFlight % threads != 0) {
            throw new IllegalArgumentException(inFlight + " operations cannot be divided among " + threads);
        }
        var pipeline = new Pipeline(operation, inFlight / threads, most);
        for (int i = 0; i < threads; i++) {
            int thread = i;
            var room = new Semaphore(pipeline.permits);
            pipeline.rooms.add(room);
            pipeline.threads.add(
                    Thread.ofPlatform().daemon().name("pipeline-" + i).unstarted(() -> pipeline.feed(thread, room)));
        }
        pipeline.threads.forEach(Thread::start);
        return pipeline;
    }

    private void feed(int thread, Semaphore room) {
        try {
            for (long number = 0; number < most; number++) {
                room.acquire();
                if (ending) {
                    room.release();
                    return;
                }
                operation.begin(thread, number).whenComplete((_, problem) -> {
                    if (problem == null) {
                        completed.increment();
                    } else {
                        fail(problem);
                    }
                    room.release();
                });
            }
        } catch (InterruptedException e) {
            fail(e);
        } catch (RuntimeException e) {
            fail(e);
            room.release();
        }
    }

    private void fail(Throwable problem) {
        failure.compareAndSet(null, problem);
        ending = true;
    }

    /** Operations that have succeeded so far. */
    long completed() {
        return completed.sum();
    }

    /** Lets it go on for a while; throws if an operation has failed. */
    void goOn(double seconds) throws InterruptedException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        for (long left = end - System.nanoTime(); left > 0 && failure.get() == null; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(Math.min(left, 100_000_000));
        }
        check();
    }

    /** Waits until all operations of a bounded pipeline have been begun; throws if one has failed. */
    void awaitBegun() throws InterruptedException {
        for (var thread : threads) {
            thread.join();
        }
        check();
    }

    private void check() {
        var problem = failure.get();
        if (problem != null) {
            throw new IllegalStateException("an operation failed: " + problem, problem);
        }
    }

    /** Begins nothing more and waits for what is under way; throws if an operation has failed. */
    @Override
    public void close() {
        ending = true;
        try {
            for (int i = 0; i < threads.size(); i++) {
                // A thread may take room once more before it sees that the end has come, and gives it back then.
                if (!rooms.get(i).tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("operations are without an answer after a minute");
                }
                rooms.get(i).release(permits);
                threads.get(i).join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while operations were under way", e);
        }
        check();
    }
}
