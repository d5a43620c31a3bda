package io.engram.node;

import io.engram.health.HealthCheck;
import io.engram.health.HealthStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Looks how long tasks wait for a thread of the dispatcher that actors run on, and how long the process as a whole stood still: for a
 * collection of the heap, or because the machine gave it no processor. Both are the longest of the last minute.
 */
final class StallWatch implements AutoCloseable {
    static final Duration PERIOD = Duration.ofMillis(500);
    private static final int WINDOWS = 12;
    private static final long WINDOW_NANOS =
            Duration.ofMinutes(1).dividedBy(WINDOWS).toNanos();
    /** Heartbeats between nodes are missed by then. */
    private static final double LONG_SECONDS = 2.0;

    private final Executor dispatcher;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService thread;
    private final Longest waits = new Longest();
    private final Longest stops = new Longest();
    private final AtomicLong handedOver = new AtomicLong();
    private long lastLook;

    StallWatch(Executor dispatcher, LongSupplier nanoTime, MeterRegistry meters) {
        this.dispatcher = dispatcher;
        this.nanoTime = nanoTime;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("engram-stall-watch").factory());
        lastLook = nanoTime.getAsLong();
        Gauge.builder("engram.dispatcher.delay.max", this, watch -> watch.waits.seconds(nanoTime.getAsLong()))
                .baseUnit("seconds")
                .description("The longest that a task waited for a thread of the actors' dispatcher in the last minute")
                .register(meters);
        Gauge.builder("engram.process.stall.max", this, watch -> watch.stops.seconds(nanoTime.getAsLong()))
                .baseUnit("seconds")
                .description("The longest that the process stood still in the last minute")
                .register(meters);
    }

    void start() {
        var unused = thread.scheduleAtFixedRate(this::look, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Looks now; called every {@link #PERIOD} by one thread. */
    void look() {
        var now = nanoTime.getAsLong();
        stops.add(now, Math.max(0, now - lastLook - PERIOD.toNanos()));
        lastLook = now;
        if (handedOver.compareAndSet(0, now)) {
            try {
                dispatcher.execute(() -> {
                    var ran = nanoTime.getAsLong();
                    waits.add(ran, ran - handedOver.getAndSet(0));
                });
            } catch (RejectedExecutionException e) {
                // The system is ending.
                handedOver.set(0);
            }
        } else {
            waits.add(now, now - handedOver.get());
        }
    }

    List<HealthCheck> health() {
        return List.of(
                HealthCheck.of(
                        "event_loop",
                        "latency",
                        () -> result("the longest wait of a task for a thread", waits.seconds(nanoTime.getAsLong()))),
                HealthCheck.of(
                        "pauses",
                        "latency",
                        () -> result("the longest stop of the process", stops.seconds(nanoTime.getAsLong()))));
    }

    /** It is over when it is seen: nobody should be sent away from the node for it. */
    private static HealthCheck.Result result(String what, double seconds) {
        return new HealthCheck.Result(
                seconds >= LONG_SECONDS ? HealthStatus.DEGRADED : HealthStatus.HEALTHY,
                String.format(Locale.ROOT, "%s in the last minute was %.0f ms", what, seconds * 1000),
                HealthStatus.HEALTHY);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /** The largest of what was added in the last minute, to within one of its parts. */
    private static final class Longest {
        private final long[] nanos = new long[WINDOWS];
        private final long[] windows = new long[WINDOWS];

        synchronized void add(long now, long length) {
            var window = now / WINDOW_NANOS;
            var slot = (int) Math.floorMod(window, (long) WINDOWS);
            if (windows[slot] != window) {
                windows[slot] = window;
                nanos[slot] = 0;
            }
            nanos[slot] = Math.max(nanos[slot], length);
        }

        synchronized double seconds(long now) {
            var window = now / WINDOW_NANOS;
            var longest = 0L;
            for (var i = 0; i < WINDOWS; i++) {
                if (window - windows[i] < WINDOWS) {
                    longest = Math.max(longest, nanos[i]);
                }
            }
            return longest / 1e9;
        }
    }
}
