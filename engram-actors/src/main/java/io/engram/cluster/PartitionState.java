package io.engram.cluster;

import io.engram.cluster.ClusterView.Partition;
import io.engram.cluster.ClusterView.Side;

/** Remembers whether this node was cut off, as far as somebody looked. Thread-safe. */
final class PartitionState {
    private Side side = Side.CONNECTED;

    /**
     * What is seen now.
     *
     * @param reachable nodes, this one among them
     * @param total nodes that have not left; 0 where no catalog is known
     * @param isServed whether every shard has a primary that can be reached
     */
    synchronized Partition seen(int reachable, int total, boolean isServed) {
        if (total == 0) {
            // It has just begun: that is no break which would have to heal.
            return new Partition(Side.PARTITIONED, 1, 1);
        }
        if (reachable * 2 <= total) {
            side = Side.PARTITIONED;
        } else if (side != Side.CONNECTED) {
            side = reachable >= total && isServed ? Side.CONNECTED : Side.HEALING;
        }
        return new Partition(side, reachable, total);
    }
}
