package io.engram.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/** Clients on a thread of their own each, which send their next request when the last was answered. */
final class Callers {
    private static final long LONGEST_NANOS = 120_000_000_000L;

    /** One client with its connection. Throws when the answer is wrong. */
    interface Caller extends AutoCloseable {
        void call(int number) throws Exception;

        @Override
        void close() throws IOException, SQLException;
    }

    /**
     * What came of it.
     *
     * @param calls correct answers
     * @param seconds how long it took
     * @param clientSeconds this process's processor time meanwhile
     * @param latencies nanoseconds from sending to the answer
     */
    record Figure(long calls, double seconds, double clientSeconds, Histogram latencies) {
        double perSecond() {
            return calls / seconds;
        }

        double clientMicros() {
            return clientSeconds * 1e6 / calls;
        }

        double atMs(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e6;
        }
    }

    private Callers() {}

    /** Numbers are drawn from {@code numbers}. The callers stay open. */
    static Figure closedLoop(List<? extends Caller> callers, double seconds, AtomicInteger numbers) throws Exception {
        try (var threads = Executors.newFixedThreadPool(callers.size())) {
            double processor = ProcessorTime.own();
            long begun = System.nanoTime();
            long end = begun + (long) (seconds * 1e9);
            var tasks = new ArrayList<Callable<Histogram>>();
            for (var caller : callers) {
                tasks.add(() -> {
                    var latencies = new Histogram(LONGEST_NANOS, 3);
                    for (long sent = System.nanoTime(); sent < end; sent = System.nanoTime()) {
                        caller.call(numbers.getAndIncrement());
                        latencies.recordValue(Math.min(System.nanoTime() - sent, LONGEST_NANOS));
                    }
                    return latencies;
                });
            }
            var all = new Histogram(LONGEST_NANOS, 3);
            for (var result : threads.invokeAll(tasks)) {
                all.add(result.get());
            }
            return new Figure(
                    all.getTotalCount(), (System.nanoTime() - begun) / 1e9, ProcessorTime.own() - processor, all);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a caller failed: " + e.getCause(), e);
        }
    }
}
