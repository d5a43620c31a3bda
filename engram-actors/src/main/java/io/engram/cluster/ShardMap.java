package io.engram.cluster;

import io.engram.catalog.Document;
import io.engram.catalog.Incarnation;
import io.engram.catalog.ShardConfiguration;
import io.engram.catalog.ShardEntry;
import io.engram.replication.Configuration;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import java.util.Optional;
import java.util.UUID;

/** From the catalog's words to those of the logs, and back. */
final class ShardMap {
    private ShardMap() {}

    static ReplicaId replica(Incarnation incarnation) {
        return new ReplicaId(incarnation.id().toString());
    }

    static Incarnation incarnation(ReplicaId replica) {
        return new Incarnation(UUID.fromString(replica.incarnation()));
    }

    static ShardId shard(long number) {
        return new ShardId(Long.toString(number));
    }

    static long number(ShardId shard) {
        return Long.parseLong(shard.name());
    }

    static Configuration configuration(ShardConfiguration configuration) {
        return new Configuration(
                configuration.epoch(),
                replica(configuration.primary()),
                Planner.members(configuration).stream().map(ShardMap::replica).toList());
    }

    static Optional<ShardEntry> entry(Document document, ShardId shard) {
        return document.body().shards().get(number(shard));
    }
}
