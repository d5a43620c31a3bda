package io.engram.snapshot;

import java.util.concurrent.CompletionStage;

/** The part of a log that snapshots make superfluous. */
public interface LogPrefix {
    /** What is known of a point of the log. May block on the disk. */
    Position position(String log, long index);

    /** Up to where entries were removed; 0 if none were. May block on the disk. */
    long truncatedTo(String log);

    /** Removes the entries up to an index, included; durable when the stage completes. */
    CompletionStage<Void> truncate(String log, long index);
}
