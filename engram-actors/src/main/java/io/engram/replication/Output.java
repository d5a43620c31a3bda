package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.List;

/** What a shard wants done. */
public sealed interface Output {
    /** To be sent; it may get lost, arrive late, twice or out of order. */
    record Send(ReplicaId to, Message message) implements Output {}

    /**
     * To be forced to the disk as a whole, then reported by {@link Shard#forced}; or, if the store refused it and nothing
     * happened, by {@link Shard#refused}. If its outcome is unknown, the shard has to be built anew from the disk by a new
     * process. There is never more than one at a time for a shard.
     */
    record Force(long ticket, List<Change> changes) implements Output {
        public Force {
            changes = List.copyOf(changes);
        }
    }

    /**
     * The snapshot at this point is to be fetched from there and put on the disk beside what is there, then reported by
     * {@link Shard#snapshotFetched}, or by {@link Shard#snapshotFailed}.
     */
    record FetchSnapshot(ReplicaId from, LogName log, LogPoint point) implements Output {}

    /** The catalog is to be asked to make this opening epoch active, until {@link Shard#activated} or {@link Shard#superseded}. */
    record Activate(Configuration configuration) implements Output {}

    /** A request has ended. */
    record Answer(long request, Outcome outcome) implements Output {}

    /** Entries up to here are committed and on this node's disk; they may be shown and put into snapshots. */
    record Committed(LogName log, long index) implements Output {}

    /** This node is the primary now and takes requests. */
    record Opened(Configuration configuration) implements Output {}

    /** This node is not the primary of this epoch any more. Every request has been answered. */
    record Closed(long epoch, String why) implements Output {}

    /** A replica's log contradicts the primary's. It is not counted; a change of configuration has to copy it anew. */
    record Diverged(ReplicaId replica, LogName log, long index) implements Output {}
}
