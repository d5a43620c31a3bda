package io.engram.log;

import java.util.Optional;
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

    /** Beyond which there are no entries, readable or not; 0 where the last one can be read. */
    final long highest;

    private volatile @Nullable LogDamagedException damage;

    LogHandle(String name, long number, LogState state) {
        this(name, number, state, 0, null);
    }

    /** @param damage for which the log cannot be loaded as others are: the state is what can be read of it */
    LogHandle(String name, long number, LogState state, long highest, @Nullable LogDamagedException damage) {
        this.name = name;
        this.number = number;
        this.staged = state;
        this.published = state;
        this.highest = highest;
        this.damage = damage;
    }

    /** Why the log could not be loaded as others are. */
    Optional<LogDamagedException> damage() {
        return Optional.ofNullable(damage);
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

    /** What kept the log from being loaded is mended, or known to the account of what is lost. */
    void mended() {
        damage = null;
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
