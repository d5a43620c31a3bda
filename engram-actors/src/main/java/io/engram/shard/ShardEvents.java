package io.engram.shard;

import io.engram.replication.Configuration;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;

/** What a node hears of its shards, on the thread of the shard's lane: it must be short. */
public interface ShardEvents {
    /** The configuration has copied what it must hold; the catalog is to be asked to make it active. */
    void activate(ShardId shard, Configuration configuration);

    /** This node leads the shard from now on and takes requests. */
    void opened(ShardId shard, Configuration configuration);

    /** This node does not lead the epoch any more. Nothing that was read under it may be shown any more. */
    void closed(ShardId shard, long epoch, String why);

    /** A replica's log contradicts this primary's. */
    void diverged(ShardId shard, ReplicaId replica, LogName log, long index);

    /** The store has failed: nothing may be assumed about it, and the node has to end. */
    void failed(Throwable why);
}
