package io.engram.catalog;

import java.util.HashSet;
import java.util.List;

/**
 * Who holds a shard from an epoch on.
 *
 * @param epoch counts from 1; no two configurations of a shard have the same
 * @param primary who alone writes under this epoch
 * @param replicas who else holds its logs; without the primary
 */
public record ShardConfiguration(long epoch, Incarnation primary, List<Incarnation> replicas) {
    public ShardConfiguration {
        replicas = List.copyOf(replicas);
        if (epoch < 1) {
            throw new IllegalArgumentException("epoch " + epoch);
        }
        CatalogLimits.atMost("members of a shard", replicas.size() + 1, CatalogLimits.MEMBERS);
        if (replicas.contains(primary) || new HashSet<>(replicas).size() != replicas.size()) {
            throw new IllegalArgumentException("a member is named twice");
        }
    }

    public boolean hasMember(Incarnation incarnation) {
        return primary.equals(incarnation) || replicas.contains(incarnation);
    }
}
