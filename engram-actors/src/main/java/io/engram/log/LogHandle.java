package io.engram.log;

import org.jspecify.annotations.Nullable;

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
    private volatile @Nullable Quarantine quarantine;

    LogHandle(String name, long number, LogState state) {
        this.name = name;
        this.number = number;
        this.staged = state;
        this.published = state;
    }

    /**
     * What has been forced.
     *
     * @throws LogQuarantinedException if the log was found damaged when the database was opened anew
     */
    LogState published() {
        requireUsable();
        return published;
    }

    /** A state has been forced. Called by the writer. */
    void publish(LogState state) {
        published = state;
    }

    /** What is known of the log is not what the disk holds. Whoever has the handle must not go on with it. */
    void spoil(Quarantine reason) {
        quarantine = reason;
    }

    /** @throws LogQuarantinedException as {@link #published} */
    void requireUsable() {
        var reason = quarantine;
        if (reason != null) {
            throw new LogQuarantinedException(reason);
        }
    }
}
