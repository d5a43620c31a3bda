package io.engram.snapshot;

import java.util.concurrent.CompletionStage;

/** The part of a log that snapshots make superfluous. */
public interface LogPrefix {
    /** What is known of a point of the log. May block on the disk. */
    Position position(String log, long index);

    /** The index of the last entry that is durable; 0 if there is none. May block on the disk. */
    long last(String log);

    /** Up to where entries were removed; 0 if none were. May block on the disk. */
    long truncatedTo(String log);

    /**
     * Removes the entries up to an index, included. Durable when the stage completes; or, where several nodes keep the log,
     * on its way, unless it is not allowed yet.
     */
    CompletionStage<Void> truncate(String log, long index);
}
