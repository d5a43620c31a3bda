package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.List;
import java.util.Optional;

/** Reads what is durable of one shard on this node. Nothing that is still being forced is seen. */
public interface LogReader {
    ShardState state();

    /** All logs of the shard that are on the disk. */
    List<LogName> logs();

    /** Where the log's entries begin; {@link LogPoint#START} for a log that is not there. */
    LogPoint base(LogName log);

    /**
     * Where the log ends. With a hole up to the end: the last point before it.
     */
    LogPoint last(LogName log);

    /** The point at an index; empty if the log does not reach it, it is before the base, or it is damaged. */
    Optional<LogPoint> point(LogName log, long index);

    /**
     * Entries from an index on, at least one if there is any.
     *
     * @throws DamagedLogException if the first of them cannot be read; a later one ends the list
     */
    List<LogEntry> read(LogName log, long from, long to, int maxEntries, long maxBytes);

    /** The newest snapshot from which the log goes on. It holds what was committed, and nothing else. */
    Optional<LogPoint> snapshot(LogName log);

    /** What is known to be damaged. */
    Optional<Hole> hole(LogName log);
}
