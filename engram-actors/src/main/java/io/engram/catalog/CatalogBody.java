package io.engram.catalog;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What the catalog says. It is changed by {@link Edit}s only.
 *
 * @param cluster drawn when the cluster was founded
 * @param buckets how many shards the spaces are hashed into, fixed at the founding: the shards 0 to {@code buckets - 1}
 * @param nextShard number of the next shard that is made for a single space; such numbers are never used again
 * @param nodes by their ids
 * @param shards by their numbers
 * @param pins by the names of their spaces
 * @param cordons by the ids of their nodes
 * @param operations by their ids
 */
public record CatalogBody(
        UUID cluster,
        long buckets,
        long nextShard,
        Table<String, NodeEntry> nodes,
        Table<Long, ShardEntry> shards,
        Table<String, Pin> pins,
        Table<String, Cordon> cordons,
        Table<String, OperationEntry> operations) {
    public CatalogBody {
        if (buckets < 1 || nextShard < buckets) {
            throw new IllegalArgumentException("%d buckets, next shard %d".formatted(buckets, nextShard));
        }
    }

    /** What a founding document says: the nodes that found the cluster, and nothing else. */
    public static CatalogBody founding(UUID cluster, long buckets, Iterable<NodeEntry> nodes) {
        Map<String, NodeEntry> byId = new TreeMap<>();
        for (var node : nodes) {
            if (byId.put(node.id(), node) != null) {
                throw new IllegalArgumentException("two nodes are called " + node.id());
            }
        }
        return new CatalogBody(
                cluster, buckets, buckets, Table.of(byId), Table.empty(), Table.empty(), Table.empty(), Table.empty());
    }

    /** The node with this data folder, if it is still the node's. */
    public Optional<NodeEntry> node(Incarnation incarnation) {
        for (var node : nodes.values()) {
            if (node.incarnation().equals(incarnation)) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }
}
