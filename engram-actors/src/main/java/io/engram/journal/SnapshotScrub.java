package io.engram.journal;

import io.engram.log.Scrubbed;
import io.engram.snapshot.SnapshotArchive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongPredicate;

/** Has snapshots read back with their logs. A damaged one is told, and stays until a newer one takes its place. */
final class SnapshotScrub implements Scrubbed {
    private final SnapshotArchive snapshots;
    private final SnapshotReports reports;

    SnapshotScrub(SnapshotArchive snapshots, SnapshotReports reports) {
        this.snapshots = snapshots;
        this.reports = reports;
    }

    @Override
    public void readBack(String log, LongPredicate pace) {
        try {
            for (var id : snapshots.list(log)) {
                snapshots.readBack(log, id, pace).ifPresent(reason -> reports.foundDamaged(log, id, reason));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the snapshots of '%s' cannot be listed".formatted(log), e);
        }
    }
}
