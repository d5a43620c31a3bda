package io.engram.cluster;

import io.engram.replication.LogName;
import io.engram.replication.ShardId;
import io.engram.shard.StoredShard;
import java.util.Optional;

/** Which shard's log a persistence id names: it is the name under which the node's store keeps the log. */
record LogAddress(ShardId shard, LogName log) {
    /** The address of a space's log; empty for any other persistence id. */
    static Optional<LogAddress> parse(String persistenceId) {
        return StoredShard.shardOf(persistenceId)
                .flatMap(shard -> StoredShard.logOf(shard, persistenceId)
                        .filter(log -> !log.isDirectory())
                        .map(log -> new LogAddress(shard, log)));
    }

    String persistenceId() {
        return log.stored(shard);
    }
}
