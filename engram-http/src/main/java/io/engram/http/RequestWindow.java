package io.engram.http;

import java.util.Arrays;
import java.util.function.LongSupplier;

/** The latencies and outcomes of the last minute's requests, at most 8192 of them. Thread-safe. */
final class RequestWindow {
    private static final int CAPACITY = 8192;
    private static final long WINDOW_NANOS = 60_000_000_000L;

    /**
     * Figures about a window; all 0 when it is empty.
     *
     * @param count requests
     * @param errors those that failed by the server's fault
     */
    record Figures(
            int count,
            int errors,
            double sumSeconds,
            double minSeconds,
            double maxSeconds,
            double p50Seconds,
            double p90Seconds,
            double p99Seconds) {
        double errorRate() {
            return count == 0 ? 0 : (double) errors / count;
        }

        double meanSeconds() {
            return count == 0 ? 0 : sumSeconds / count;
        }
    }

    private final long[] at = new long[CAPACITY];
    private final long[] took = new long[CAPACITY];
    private final boolean[] failed = new boolean[CAPACITY];
    private final LongSupplier nanoTime;
    private int next;
    private int size;

    RequestWindow(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    synchronized void add(long nanos, boolean error) {
        at[next] = nanoTime.getAsLong();
        took[next] = nanos;
        failed[next] = error;
        next = (next + 1) % CAPACITY;
        size = Math.min(size + 1, CAPACITY);
    }

    Figures figures() {
        long[] times;
        var errors = 0;
        synchronized (this) {
            var now = nanoTime.getAsLong();
            var recent = new long[size];
            var count = 0;
            for (int i = 0; i < size; i++) {
                if (now - at[i] <= WINDOW_NANOS) {
                    recent[count++] = took[i];
                    if (failed[i]) {
                        errors++;
                    }
                }
            }
            times = Arrays.copyOf(recent, count);
        }
        if (times.length == 0) {
            return new Figures(0, 0, 0, 0, 0, 0, 0, 0);
        }
        Arrays.sort(times);
        var sum = 0.0;
        for (var time : times) {
            sum += time / 1e9;
        }
        return new Figures(
                times.length,
                errors,
                sum,
                times[0] / 1e9,
                times[times.length - 1] / 1e9,
                quantile(times, 0.5),
                quantile(times, 0.9),
                quantile(times, 0.99));
    }

    private static double quantile(long[] sorted, double q) {
        return sorted[Math.clamp((long) Math.ceil(q * sorted.length) - 1, 0, sorted.length - 1)] / 1e9;
    }
}
