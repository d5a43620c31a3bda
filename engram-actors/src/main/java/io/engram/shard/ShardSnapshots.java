package io.engram.shard;

import io.engram.log.format.LogPoint;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The snapshots of a node's logs. All methods may be called by any thread, and none of them blocks for long. */
public interface ShardSnapshots {
    /**
     * The newest good snapshot on this node's disk that stands at a point of the log here, and holds nothing but what was
     * committed. Empty also while nobody has looked yet: whoever needs one asks again.
     */
    Optional<LogPoint> newest(ShardId shard, LogName log);

    /**
     * Has the snapshot at exactly this point here, from another node if need be. Once the stage completes it is durable and
     * was read back; it always completes, and fails if the snapshot cannot be had.
     */
    CompletionStage<Void> fetch(ReplicaId from, ShardId shard, LogName log, LogPoint point);

    /** A log is gone from this node's disk, for good or until it is copied anew; its snapshots may go. */
    void dropped(ShardId shard, LogName log);
}
