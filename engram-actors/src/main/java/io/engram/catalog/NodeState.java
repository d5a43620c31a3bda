package io.engram.catalog;

/** What the cluster has agreed on about a node. */
public enum NodeState {
    /** Known, and not to be given anything yet. */
    JOINING,
    /** Takes part. */
    UP,
    /** Was silent for long; what it held is given to others. */
    DOWN,
    /** Is being emptied, to leave for good. */
    LEAVING
}
