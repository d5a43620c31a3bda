package io.engram.trace.otlp;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time of day of moments that were taken by {@link System#nanoTime()}. Both ends of all spans are taken by it, so that a span
 * never ends before it begins and those of one node fit into each other to the nanosecond, whatever happens to the clock.
 */
final class SpanTime {
    /** A clock that was set by more is followed. */
    private static final long LARGEST_DRIFT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final LongSupplier nanoTime;
    private final LongSupplier millis;
    private volatile long offsetNanos;

    /** @param millis the time of day, since 1970 */
    SpanTime(LongSupplier nanoTime, LongSupplier millis) {
        this.nanoTime = nanoTime;
        this.millis = millis;
        offsetNanos = offset();
    }

    private long offset() {
        return TimeUnit.MILLISECONDS.toNanos(millis.getAsLong()) - nanoTime.getAsLong();
    }

    /** Looks whether the clock was set. To be called between traces rather than within one. */
    void follow() {
        var now = offset();
        if (Math.abs(now - offsetNanos) > LARGEST_DRIFT_NANOS) {
            offsetNanos = now;
        }
    }

    /** Nanoseconds since 1970. */
    long now() {
        return of(nanoTime.getAsLong());
    }

    /** Nanoseconds since 1970. */
    long of(long taken) {
        return taken + offsetNanos;
    }
}
