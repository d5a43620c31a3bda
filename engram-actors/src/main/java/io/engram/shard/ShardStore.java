package io.engram.shard;

import io.engram.replication.Change;
import io.engram.replication.LogReader;
import io.engram.replication.ShardId;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Where the shards of a node are kept. */
public interface ShardStore {
    /** Reads a shard, on the caller's thread. */
    LogReader reader(ShardId shard);

    /** Does all the changes in one forced write, or none of them. */
    CompletionStage<Void> write(ShardId shard, List<Change> changes);

    /** Whether a failed write has certainly changed nothing, so that the shard may go on. */
    boolean isRefusal(Throwable failure);

    /** The shards of which something is kept. */
    List<ShardId> shards();
}
