package io.engram.log;

/**
 * A log that is in use, and what is known about it. The directory counts its users; what the writer stages belongs to the
 * writer's thread alone; what is published is what has been forced.
 */
final class LogHandle {
    final String name;
    final long number;

    /** Users that hold this handle; guarded by the directory. */
    int pins;

    /** The last sequence in the writer's open batch or before; the writer's own. */
    long stagedHigh;

    /** The truncation mark in the writer's open batch or before; the writer's own. */
    long stagedTruncated;

    /** Whether the name is on the disk, or in the writer's open batch; the writer's own. */
    boolean stagedBorn;

    /** Whether the log is being dropped or was dropped: nothing may be appended under this number any more. */
    volatile boolean dropped;

    private volatile long high;
    private volatile long truncated;

    LogHandle(String name, long number, boolean born, long high, long truncated) {
        this.name = name;
        this.number = number;
        this.stagedBorn = born;
        this.stagedHigh = high;
        this.stagedTruncated = truncated;
        this.high = high;
        this.truncated = truncated;
    }

    /** The last sequence that has been forced. */
    long high() {
        return high;
    }

    /** The truncation mark that has been forced. */
    long truncated() {
        return truncated;
    }

    /** The staged state has been forced. Called by the writer. */
    void publish() {
        truncated = stagedTruncated;
        high = stagedHigh;
    }
}
