package io.engram.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One {@link RetryingClient} for each busy space, which writes the next memory some time after the last was acknowledged. It is noted
 * how long each space went without an acknowledged write, and when it took the first one after a mark.
 */
final class SpaceWriters implements AutoCloseable {
    private static final double PATIENCE_SECONDS = 60;

    private final Acknowledged acknowledged;
    private final RetryingClient.Attempts attempts = new RetryingClient.Attempts();
    private final long paceNanos;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Busy> spaces;
    private final Map<String, Long> firstNanos = new ConcurrentHashMap<>();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger written = new AtomicInteger();
    private volatile long markNanos;
    private volatile boolean marked;
    private volatile boolean closed;

    /** A space, when its last write was acknowledged, and the longest time before one was. */
    private record Busy(String space, AtomicLong lastNanos, AtomicLong gapNanos) {
        Busy(String space) {
            this(space, new AtomicLong(System.nanoTime()), new AtomicLong());
        }

        void acknowledged(long now) {
            long gap = now - lastNanos.getAndSet(now);
            gapNanos.accumulateAndGet(gap, Math::max);
        }

        double gapMs(long now) {
            return Math.max(now - lastNanos.get(), gapNanos.get()) / 1e6;
        }
    }

    private SpaceWriters(Acknowledged acknowledged, List<String> spaces, double paceSeconds) {
        this.acknowledged = acknowledged;
        this.spaces = spaces.stream().map(Busy::new).toList();
        this.paceNanos = (long) (paceSeconds * 1e9);
    }

    static SpaceWriters start(Acknowledged acknowledged, List<Integer> ports, List<String> spaces, double paceSeconds) {
        var writers = new SpaceWriters(acknowledged, spaces, paceSeconds);
        for (int i = 0; i < spaces.size(); i++) {
            var busy = writers.spaces.get(i);
            var client = new RetryingClient(ports, i, PATIENCE_SECONDS, writers.attempts);
            writers.threads.add(Thread.ofVirtual().name(busy.space).unstarted(() -> writers.write(busy, client)));
        }
        writers.threads.forEach(Thread::start);
        return writers;
    }

    private void write(Busy busy, RetryingClient client) {
        var space = busy.space;
        try (client) {
            while (!closed) {
                int number = acknowledged.numbers().getAndIncrement();
                if (client.remember(space, Acknowledged.id(number), acknowledged.text(number))) {
                    acknowledged.add(space, number);
                    done(busy, client.sentNanos());
                } else {
                    failed.incrementAndGet();
                }
                if (!isAwaited(space)) {
                    LockSupport.parkNanos(paceNanos);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void done(Busy busy, long sentNanos) {
        long now = System.nanoTime();
        written.incrementAndGet();
        busy.acknowledged(now);
        if (marked && sentNanos - markNanos >= 0) {
            firstNanos.putIfAbsent(busy.space, now - markNanos);
        }
    }

    /** Nobody pauses before the space has taken its first write since the mark. */
    private boolean isAwaited(String space) {
        return marked && !firstNanos.containsKey(space);
    }

    /** From now on it is noted when each space takes the first write that is sent from now on. */
    void mark() {
        marked = false;
        firstNanos.clear();
        markNanos = System.nanoTime();
        marked = true;
        threads.forEach(LockSupport::unpark);
    }

    long markNanos() {
        return markNanos;
    }

    boolean allHaveWritten() {
        return firstNanos.size() == spaces.size();
    }

    /** For each space, milliseconds from the mark until its first acknowledged write. */
    Map<String, Double> firstMs() {
        var result = new TreeMap<String, Double>();
        firstNanos.forEach((space, nanos) -> result.put(space, nanos / 1e6));
        return result;
    }

    /** Forgets how long spaces were without an acknowledged write, what failed, and what was tried again. */
    void reset() {
        spaces.forEach(each -> each.gapNanos.set(0));
        attempts.clear();
        failed.set(0);
        written.set(0);
    }

    /** For each space, the longest time between two acknowledged writes, the one under way included, in milliseconds. */
    Map<String, Double> gapsMs() {
        long now = System.nanoTime();
        var result = new TreeMap<String, Double>();
        spaces.forEach(each -> result.put(each.space, each.gapMs(now)));
        return result;
    }

    int failed() {
        return failed.get();
    }

    int written() {
        return written.get();
    }

    RetryingClient.Attempts attempts() {
        return attempts;
    }

    /** Waits for what is under way. */
    @Override
    public void close() throws InterruptedException {
        closed = true;
        threads.forEach(LockSupport::unpark);
        for (var thread : threads) {
            thread.join();
        }
    }
}
