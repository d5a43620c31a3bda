package io.engram.shard;

import io.engram.replication.Message;
import io.engram.replication.ReplicaId;
import java.util.List;

/** The way to the other nodes' shards. */
@FunctionalInterface
public interface ShardNetwork {
    /** Sends what has come together for a node; it may get lost. Must not block. */
    void send(ReplicaId to, List<Message> messages);
}
