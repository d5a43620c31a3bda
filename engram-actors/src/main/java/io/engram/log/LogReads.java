package io.engram.log;

import io.engram.log.format.LogPoint;
import java.util.Optional;

/** Reads what is durable of logs, on the caller's thread, which waits for the disk. */
public interface LogReads {
    /** Where the log's entries begin: the last point that was truncated away; {@link LogPoint#START} if nothing was. */
    LogPoint base(String log);

    /** The last durable point; the base if there are no entries, {@link LogPoint#START} for a log that does not exist. */
    LogPoint end(String log);

    /** The durable point at an index; empty if the log does not reach it, or it is truncated away before the base. */
    Optional<LogPoint> point(String log, long index);

    /**
     * Reads the entries from {@code from} to {@code to}, both included, that are durable and not truncated.
     *
     * @param max the most entries to give
     * @return the index to go on from: one more than the last that was looked at
     * @throws LogDamagedException at the first entry that is missing, not as it was written, or does not follow from the
     *     one before; those before it were given. The log is quarantined then.
     */
    long read(String log, long from, long to, long max, EntryConsumer consumer);
}
