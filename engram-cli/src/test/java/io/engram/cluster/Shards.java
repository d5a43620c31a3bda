package io.engram.cluster;

/** Which shard a space is in, for tests that look for the node that leads it. */
public final class Shards {
    private Shards() {}

    /** The number of a space's shard in a cluster that was founded with so many buckets. */
    public static long of(String space, long buckets) {
        return Placement.bucket(space, buckets);
    }
}
