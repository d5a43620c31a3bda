package io.engram.cluster;

/**
 * Where spaces live.
 *
 * @param factor how many copies there are besides the primary's
 * @param buckets into how many shards spaces are hashed; fixed when the cluster is founded
 * @param policy which labels matter
 * @param rackPenalty what a node's score is multiplied by for each member of the shard in its rack, 0 to 1
 * @param zonePenalty the same for its zone
 */
public record PlacementSettings(int factor, long buckets, Policy policy, double rackPenalty, double zonePenalty) {
    /** Which labels matter. */
    public enum Policy {
        RANDOM,
        RACK_AWARE,
        ZONE_AWARE
    }
}
