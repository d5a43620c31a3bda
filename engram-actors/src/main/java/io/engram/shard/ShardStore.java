package io.engram.shard;

import io.engram.replication.Change;
import io.engram.replication.LogName;
import io.engram.replication.LogReader;
import io.engram.replication.ShardId;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;

/** Where the shards of a node are kept. */
public interface ShardStore {
    /** Reads a shard, on the caller's thread. */
    LogReader reader(ShardId shard);

    /** Does all the changes in one forced write, or none of them. */
    CompletionStage<Void> write(ShardId shard, List<Change> changes);

    /** What it means that a write failed. */
    WriteFailure failure(Throwable failure);

    /** The shards of which something is kept. */
    List<ShardId> shards();

    /** Has a listener told of each log in which damage is met from now on. */
    void onDamage(BiConsumer<ShardId, LogName> listener);
}
