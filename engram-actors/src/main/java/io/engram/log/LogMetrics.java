package io.engram.log;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/** What the log says about its work. */
final class LogMetrics {
    private final MeterRegistry registry;
    private final Counter forcedWrites;
    private final Timer forcedWriteTime;
    private volatile long lastForcedNanos;
    private final DistributionSummary batchRecords;
    private final Counter appendedBytes;
    private final Counter failures;
    private final Counter scrubbedBytes;
    private final Counter scrubs;
    private final List<Meter> all;

    LogMetrics(MeterRegistry registry, AtomicInteger queuedRecords, Quarantines quarantines) {
        this.registry = registry;
        forcedWrites = Counter.builder("engram.journal.forced.writes")
                .description("Forced writes of the log")
                .register(registry);
        forcedWriteTime = Timer.builder("engram.journal.forced.write")
                .description("Time of one forced write of the log")
                .serviceLevelObjectives(
                        Duration.ofNanos(100_000),
                        Duration.ofNanos(250_000),
                        Duration.ofNanos(500_000),
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(50),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5))
                .register(registry);
        batchRecords = DistributionSummary.builder("engram.journal.batch.records")
                .description("Records that shared one forced write")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096)
                .register(registry);
        appendedBytes = Counter.builder("engram.journal.appended")
                .baseUnit("bytes")
                .description("Bytes of acknowledged records")
                .register(registry);
        failures = Counter.builder("engram.journal.failures")
                .description("Appends that failed because the log was full, overloaded, stale, damaged or had ended")
                .register(registry);
        scrubbedBytes = Counter.builder("engram.journal.scrub")
                .baseUnit("bytes")
                .description("Bytes of entries and snapshots that were read back to find damage")
                .register(registry);
        scrubs = Counter.builder("engram.journal.scrubs")
                .description("How often everything was read back to find damage")
                .register(registry);
        var quarantined = Gauge.builder("engram.journal.quarantined.logs", quarantines, Quarantines::size)
                .description("Logs that are not used because they are damaged")
                .strongReference(true)
                .register(registry);
        var depth = Gauge.builder("engram.journal.queue.depth", queuedRecords, AtomicInteger::get)
                .description("Records that wait for the writer")
                .strongReference(true)
                .register(registry);
        all = List.of(
                forcedWrites,
                forcedWriteTime,
                batchRecords,
                appendedBytes,
                failures,
                scrubbedBytes,
                scrubs,
                quarantined,
                depth);
    }

    /** When the last forced write was done, by {@link System#nanoTime()}; empty if there was none since the log was opened. */
    OptionalLong lastForcedNanos() {
        var last = lastForcedNanos;
        return last == 0 ? OptionalLong.empty() : OptionalLong.of(last);
    }

    void forced(long nanos, int records, long bytes) {
        lastForcedNanos = System.nanoTime();
        forcedWrites.increment();
        forcedWriteTime.record(Duration.ofNanos(nanos));
        if (records > 0) {
            batchRecords.record(records);
            appendedBytes.increment(bytes);
        }
    }

    void failed() {
        failures.increment();
    }

    void scrubbedBytes(long bytes) {
        scrubbedBytes.increment(bytes);
    }

    void scrubbed() {
        scrubs.increment();
    }

    /** A closed log has no figures, and a reopened one begins anew. */
    void remove() {
        all.forEach(registry::remove);
    }
}
