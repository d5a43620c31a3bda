package io.engram.journal;

import io.engram.snapshot.SnapshotId;
import io.engram.snapshot.SnapshotObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs what becomes of snapshots, and remembers which logs have a damaged one, for health. */
final class SnapshotReports implements SnapshotObserver {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotReports.class);
    private static final int MOST_REMEMBERED = 1_000;

    private final Counter saved;
    private final Counter bytes;
    private final Counter failures;
    private final Counter damaged;
    /** Guarded by itself. */
    private final Map<String, String> damagedLogs = new TreeMap<>();

    /** Those that were told already; guarded by itself. */
    private final Set<String> told = new LinkedHashSet<>();

    SnapshotReports(MeterRegistry meters) {
        saved = Counter.builder("engram.snapshot.saves")
                .description("Snapshots that became durable and were read back")
                .register(meters);
        bytes = Counter.builder("engram.snapshot.saved.bytes")
                .baseUnit("bytes")
                .description("Content of the snapshots that were saved")
                .register(meters);
        failures = Counter.builder("engram.snapshot.failures")
                .description("Snapshots that could not be saved, and removals behind them that failed")
                .register(meters);
        damaged = Counter.builder("engram.snapshot.damaged")
                .description("Snapshots that were found damaged")
                .register(meters);
        Gauge.builder(
                        "engram.snapshot.damaged.logs",
                        this,
                        reports -> reports.damagedLogs().size())
                .description("Logs of which a snapshot is damaged and no newer one was saved since")
                .strongReference(true)
                .register(meters);
    }

    @Override
    public void saved(String log, SnapshotId id, long content) {
        saved.increment();
        bytes.increment(content);
        synchronized (damagedLogs) {
            damagedLogs.remove(log);
        }
    }

    @Override
    public void notSaved(String log, SnapshotId id, Throwable reason) {
        failures.increment();
        LOG.warn("No snapshot of '{}' up to {} could be kept; its log is enough.", log, id.index(), reason);
    }

    @Override
    public void damaged(String log, SnapshotId id, String reason) {
        synchronized (told) {
            if (!told.add(log + " " + id)) {
                return;
            }
            if (told.size() > MOST_REMEMBERED) {
                told.remove(told.iterator().next());
            }
        }
        damaged.increment();
        LOG.warn("{}; another one and the log take its place.", reason);
    }

    /** A damaged snapshot was met where it was needed, or by the reading back. */
    void foundDamaged(String log, SnapshotId id, String reason) {
        damaged(log, id, reason);
        synchronized (damagedLogs) {
            if (damagedLogs.size() < MOST_REMEMBERED) {
                damagedLogs.put(log, reason);
            }
        }
    }

    /** A log is gone, and with it its snapshots. */
    void forget(String log) {
        synchronized (damagedLogs) {
            damagedLogs.remove(log);
        }
    }

    @Override
    public void notTidied(String log, Throwable reason) {
        failures.increment();
        LOG.warn(
                "What a snapshot of '{}' made superfluous could not be removed; the next one tries again.",
                log,
                reason);
    }

    /** The logs of which a damaged snapshot was found and no newer one was saved since, with what is wrong. */
    Map<String, String> damagedLogs() {
        synchronized (damagedLogs) {
            return Map.copyOf(damagedLogs);
        }
    }
}
