package io.engram.replication;

/** When an append is answered. */
public enum Level {
    /** Once a majority of the configuration has forced it. */
    QUORUM,
    /** Once every member of the configuration has forced it. */
    ALL,
    /** Once the primary has forced it. It may still be lost, and the answer says so. */
    PRIMARY
}
