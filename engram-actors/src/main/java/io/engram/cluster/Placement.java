package io.engram.cluster;

import com.google.common.hash.Hashing;
import io.engram.catalog.NodeEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Where spaces live: a pure function, so that every node computes the same.
 *
 * <p>A space hashes to a bucket by jump consistent hash (Lamping and Veach 2014), and a bucket is a shard. The nodes are ranked
 * for a bucket by rendezvous: each has a score that depends on nothing but bucket and node, so that a node that comes or
 * goes moves only what it has. A score is multiplied by a penalty for each member that was chosen already in the same rack,
 * and zone.
 */
final class Placement {
    private final PlacementSettings settings;

    Placement(PlacementSettings settings) {
        this.settings = settings;
    }

    /** The bucket of a space. */
    static long bucket(String space, long buckets) {
        var hash =
                Hashing.murmur3_128().hashString(space, StandardCharsets.UTF_8).asLong();
        return Hashing.consistentHash(hash, Math.toIntExact(buckets));
    }

    /** How many members a shard should have with so many nodes. */
    int members(int nodes) {
        return Math.min(nodes, settings.factor() + 1);
    }

    /** The nodes that should hold a shard, the primary first. */
    List<NodeEntry> choose(long shard, Collection<NodeEntry> nodes) {
        return choose(shard, nodes, List.of(), members(nodes.size()));
    }

    /**
     * Fills up a shard's members.
     *
     * @param nodes who may be chosen
     * @param kept who is a member already; they come first
     * @param count how many there should be
     */
    List<NodeEntry> choose(long shard, Collection<NodeEntry> nodes, List<NodeEntry> kept, int count) {
        var chosen = new ArrayList<NodeEntry>(kept);
        var left = new ArrayList<NodeEntry>(nodes);
        left.removeIf(node -> kept.stream().anyMatch(k -> k.incarnation().equals(node.incarnation())));
        while (chosen.size() < count && !left.isEmpty()) {
            NodeEntry best = left.getFirst();
            var bestScore = score(shard, best, chosen);
            for (var node : left) {
                var score = score(shard, node, chosen);
                if (score > bestScore || score == bestScore && node.id().compareTo(best.id()) < 0) {
                    best = node;
                    bestScore = score;
                }
            }
            chosen.add(best);
            left.remove(best);
        }
        return List.copyOf(chosen);
    }

    /** How well a node suits, from 0 to 1, beside those that were chosen already. */
    private double score(long shard, NodeEntry node, List<NodeEntry> chosen) {
        var score = rank(shard, node.id());
        for (var other : chosen) {
            if (settings.policy() != PlacementSettings.Policy.RANDOM && same(node.rack(), other.rack())) {
                score *= settings.rackPenalty();
            }
            if (settings.policy() == PlacementSettings.Policy.ZONE_AWARE && same(node.zone(), other.zone())) {
                score *= settings.zonePenalty();
            }
        }
        return score;
    }

    private static boolean same(Optional<String> one, Optional<String> other) {
        return one.isPresent() && one.equals(other);
    }

    /** By the node's name, so that a node with a new disk gets back what it had. */
    private static double rank(long shard, String node) {
        var hash = Hashing.murmur3_128()
                .newHasher()
                .putLong(shard)
                .putString(node, StandardCharsets.UTF_8)
                .hash()
                .asLong();
        return (hash >>> 11) * 0x1.0p-53;
    }
}
