package io.engram.journal;

import java.util.concurrent.CompletionStage;

/** What is done to a persistent actor's data from outside of it. */
public interface JournalMaintenance {
    /**
     * Removes the log and the snapshots of a persistence id, for good. The stage completes when that is durable and the disk's
     * space is free. Doing it again, or for an id that has nothing, does nothing. The persistent actor must have stopped: one
     * that still runs is refused at its next write.
     */
    CompletionStage<Void> drop(String persistenceId);
}
