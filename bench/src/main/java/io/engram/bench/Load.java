package io.engram.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/** Many connections that send requests as fast as they are answered, or at a fixed rate. */
final class Load {
    private static final long LONGEST_NANOS = 120_000_000_000L;

    /** One numbered request on a connection. Throws when the answer is wrong. */
    interface Call {
        void run(HttpConnection connection, int number) throws IOException;
    }

    /**
     * What came of it.
     *
     * @param calls correct answers
     * @param seconds how long it took
     * @param latencies nanoseconds: from sending in a closed loop, from the moment a request was due at a fixed rate
     */
    record Figure(long calls, double seconds, Histogram latencies) {
        double perSecond() {
            return calls / seconds;
        }

        String percentiles() {
            return "p50 %.3f  p90 %.3f  p99 %.3f  max %.3f ms"
                    .formatted(at(50), at(90), at(99), latencies.getMaxValue() / 1e6);
        }

        double at(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e6;
        }
    }

    private final List<Integer> ports;
    private final int connections;

    Load(int port, int connections) {
        this(List.of(port), connections);
    }

    /** @param ports of the nodes, among which the connections are dealt out in turn */
    Load(List<Integer> ports, int connections) {
        this.ports = List.copyOf(ports);
        this.connections = connections;
    }

    /** Each connection sends its next request when the last was answered. Numbers are drawn from {@code numbers}. */
    Figure closedLoop(double seconds, AtomicInteger numbers, Call call) throws Exception {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        return run((connection, _, latencies) -> {
            while (System.nanoTime() < end) {
                long sent = System.nanoTime();
                call.run(connection, numbers.getAndIncrement());
                record(latencies, System.nanoTime() - sent);
            }
        });
    }

    /** As many calls as given, divided among the connections, as fast as they are answered. */
    Figure count(int calls, AtomicInteger numbers, Call call) throws Exception {
        int last = numbers.get() + calls;
        return run((connection, _, latencies) -> {
            for (int number = numbers.getAndIncrement(); number < last; number = numbers.getAndIncrement()) {
                long sent = System.nanoTime();
                call.run(connection, number);
                record(latencies, System.nanoTime() - sent);
            }
        });
    }

    /**
     * Requests are due at a fixed rate, whether or not earlier ones were answered. A request that has to wait for its
     * connection counts from the moment it was due, so that a stall shows in full.
     */
    Figure fixedRate(double perSecond, double seconds, AtomicInteger numbers, Call call) throws Exception {
        long begun = System.nanoTime();
        long end = begun + (long) (seconds * 1e9);
        double gapNanos = connections * 1e9 / perSecond;
        return run((connection, index, latencies) -> {
            for (int i = 0; ; i++) {
                long due = begun + (long) (gapNanos * (i + (double) index / connections));
                if (due >= end) {
                    return;
                }
                sleepUntil(due);
                call.run(connection, numbers.getAndIncrement());
                record(latencies, System.nanoTime() - due);
            }
        });
    }

    private static void record(Histogram latencies, long nanos) {
        latencies.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
    }

    private static void sleepUntil(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            java.util.concurrent.locks.LockSupport.parkNanos(left);
        }
    }

    private interface Work {
        void run(HttpConnection connection, int index, Histogram latencies) throws Exception;
    }

    private Figure run(Work work) throws Exception {
        try (var threads = Executors.newFixedThreadPool(connections)) {
            var open = new ArrayList<HttpConnection>();
            for (int i = 0; i < connections; i++) {
                open.add(new HttpConnection(ports.get(i % ports.size())));
            }
            var tasks = new ArrayList<Callable<Histogram>>();
            for (int i = 0; i < connections; i++) {
                int index = i;
                tasks.add(() -> {
                    var latencies = new Histogram(LONGEST_NANOS, 3);
                    work.run(open.get(index), index, latencies);
                    return latencies;
                });
            }
            long begun = System.nanoTime();
            var all = collect(threads.invokeAll(tasks));
            double seconds = (System.nanoTime() - begun) / 1e9;
            for (var connection : open) {
                connection.close();
            }
            threads.shutdown();
            threads.awaitTermination(1, TimeUnit.MINUTES);
            return new Figure(all.getTotalCount(), seconds, all);
        }
    }

    private static Histogram collect(List<java.util.concurrent.Future<Histogram>> results)
            throws InterruptedException, IOException {
        var all = new Histogram(LONGEST_NANOS, 3);
        for (var result : results) {
            try {
                all.add(result.get());
            } catch (ExecutionException e) {
                throw new IOException("a connection failed: " + e.getCause(), e);
            }
        }
        return all;
    }
}
