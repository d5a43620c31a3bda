package io.engram.space;

import java.util.ArrayDeque;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * How fast a counter has grown over about the last minute. It has no thread: whoever counts tells it now and then, and the counter is
 * noted every ten seconds at most. So the window is a minute to within those ten seconds. Thread-safe.
 */
final class RecentRate {
    private static final long WINDOW_NANOS = 60_000_000_000L;
    private static final long STEP_NANOS = 10_000_000_000L;

    private record Noted(long atNanos, double count) {}

    private final DoubleSupplier counter;
    private final LongSupplier nanoTime;
    /** In the order of time; the first is the newest that is older than the window, if any is. */
    private final ArrayDeque<Noted> noted = new ArrayDeque<>();

    private volatile long nextNanos;

    /** @param counter never less than it was */
    RecentRate(DoubleSupplier counter, LongSupplier nanoTime) {
        this.counter = counter;
        this.nanoTime = nanoTime;
        note(nanoTime.getAsLong());
    }

    /** Something is about to be counted. */
    void counting() {
        var now = nanoTime.getAsLong();
        if (now - nextNanos >= 0) {
            note(now);
        }
    }

    private synchronized void note(long now) {
        if (noted.isEmpty() || now - noted.getLast().atNanos() >= STEP_NANOS) {
            if (!noted.isEmpty() && now - noted.getLast().atNanos() > WINDOW_NANOS + STEP_NANOS) {
                // What was counted behind the last note came soon after it: all of that is older than the window.
                noted.clear();
                noted.addLast(new Noted(now - WINDOW_NANOS, counter.getAsDouble()));
            }
            noted.addLast(new Noted(now, counter.getAsDouble()));
            nextNanos = now + STEP_NANOS;
            forget(now);
        }
    }

    private void forget(long now) {
        while (noted.size() > 1) {
            var first = noted.removeFirst();
            if (now - noted.getFirst().atNanos() < WINDOW_NANOS) {
                noted.addFirst(first);
                return;
            }
        }
    }

    /** By how much it grew in a second, since it began to be watched if that is less than a minute ago. */
    synchronized double perSecond() {
        var now = nanoTime.getAsLong();
        forget(now);
        var base = noted.getFirst();
        // Where nothing was counted for long, all that was since stands behind the next note.
        var age = now - base.atNanos();
        var nanos = Math.max(STEP_NANOS, Math.min(age, WINDOW_NANOS + STEP_NANOS));
        if (noted.size() == 1 && age > WINDOW_NANOS + STEP_NANOS) {
            return 0;
        }
        return (counter.getAsDouble() - base.count()) * 1e9 / nanos;
    }
}
