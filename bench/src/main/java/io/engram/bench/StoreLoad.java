package io.engram.bench;

import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Durable appends through a {@link LogStore}, one entry each, to several logs in turn. The scrub is off, so that it does
 * not read beside a measurement that happens to last long enough.
 */
final class StoreLoad {
    /** Enough to keep a core busy with encoding, and few enough not to be the load themselves. */
    static final int FEEDERS = 2;

    /**
     * What was measured.
     *
     * @param entries that were acknowledged
     * @param forces forced writes that this took
     * @param seconds how long it took
     * @param processorSeconds of this process meanwhile: the store, LevelDB, the callers, the compiler, the collector
     * @param io of this process meanwhile
     */
    record Figure(long entries, double forces, double seconds, double processorSeconds, DiskIo io) {
        double perSecond() {
            return entries / seconds;
        }

        double entriesAForce() {
            return entries / forces;
        }

        double micros() {
            return processorSeconds * 1e6 / entries;
        }
    }

    private record Reading(long entries, double forces, long nanos, double processor, DiskIo io) {}

    private final LogStore store;
    private final SimpleMeterRegistry meters;

    StoreLoad(LogStore store, SimpleMeterRegistry meters) {
        this.store = store;
        this.meters = meters;
    }

    static LogStoreSettings settings(Path folder) {
        return LogStoreSettings.of(folder).withScrub(Duration.ZERO, 1 << 20);
    }

    static String log(int number) {
        return "log-" + number;
    }

    static byte[] content(int bytes) {
        var content = new byte[bytes];
        new Random(1).nextBytes(content);
        return content;
    }

    /** Appends to new logs with {@code inFlight} appends under way from {@code threads} threads. */
    Figure run(int logs, int threads, int inFlight, byte[] content, double warmUp, double seconds)
            throws IOException, InterruptedException {
        int logsOfThread = logs / threads;
        if (logsOfThread * threads != logs) {
            throw new IllegalArgumentException(logs + " logs cannot be divided among " + threads + " threads");
        }
        try (var pipeline = Pipeline.start(
                threads,
                inFlight,
                (thread, number) -> store.append(
                        log(thread + (int) (number % logsOfThread) * threads),
                        1 + number / logsOfThread,
                        List.of(content)))) {
            pipeline.goOn(warmUp);
            var before = reading(pipeline.completed());
            pipeline.goOn(seconds);
            return between(before, reading(pipeline.completed()));
        }
    }

    /** Appends {@code entries} entries behind index {@code last} of one log, from one thread, and waits for all. */
    Figure append(String log, long last, long entries, int inFlight, byte[] content)
            throws IOException, InterruptedException {
        var before = reading(0);
        try (var pipeline = Pipeline.start(
                1, inFlight, entries, (_, number) -> store.append(log, last + 1 + number, List.of(content)))) {
            pipeline.awaitBegun();
        }
        return between(before, reading(entries));
    }

    private Reading reading(long entries) throws IOException {
        return new Reading(
                entries,
                meters.get("engram.journal.forced.writes").counter().count(),
                System.nanoTime(),
                ProcessorTime.own(),
                DiskIo.own());
    }

    private static Figure between(Reading before, Reading after) {
        return new Figure(
                after.entries - before.entries,
                after.forces - before.forces,
                (after.nanos - before.nanos) / 1e9,
                after.processor - before.processor,
                after.io.since(before.io));
    }
}
