package io.engram.log;

/**
 * A log that is in use, and what is known about it. The directory counts its users. What is staged includes everything
 * that waits for the writer; what is published has been forced.
 */
final class LogHandle {
    final String name;
    final long number;

    /** Users that hold this handle; guarded by the directory. */
    int pins;

    /** With all that waits; guarded by the writer's lock. */
    LogState staged;

    private volatile LogState published;

    LogHandle(String name, long number, LogState state) {
        this.name = name;
        this.number = number;
        this.staged = state;
        this.published = state;
    }

    /** What has been forced. */
    LogState published() {
        return published;
    }

    /** A state has been forced. Called by the writer. */
    void publish(LogState state) {
        published = state;
    }
}
