package io.engram.snapshot;

/** Is told what becomes of snapshots, for figures, health and the log of events. Called by any thread. */
public interface SnapshotObserver {
    /** A snapshot is durable and was read back. */
    void saved(String log, SnapshotId id, long bytes);

    /** A snapshot could not be saved; the log goes on without it. */
    void notSaved(String log, SnapshotId id, Throwable reason);

    /** A snapshot that was found is not what was written. */
    void damaged(String log, SnapshotId id, String reason);

    /** Old snapshots or entries could not be removed; they take room, and the next snapshot tries again. */
    void notTidied(String log, Throwable reason);
}
