package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.List;

/**
 * Entries of one log in a row.
 *
 * @param before the point that they follow; with no entries, a question whether the receiver has that point
 */
public record LogPiece(LogName log, LogPoint before, List<LogEntry> entries) {
    public LogPiece {
        entries = List.copyOf(entries);
    }

    /** The point that they lead to. */
    public LogPoint last() {
        return entries.isEmpty() ? before : entries.getLast().point();
    }

    /** Whether every entry is whole and follows from the one before. */
    public boolean isIntact() {
        var point = before;
        for (var entry : entries) {
            if (!entry.follows(point)) {
                return false;
            }
            point = entry.point();
        }
        return true;
    }

    /** The point at an index from {@code before} to {@code last}, both included. */
    LogPoint at(long index) {
        return index == before.index()
                ? before
                : entries.get((int) (index - before.index() - 1)).point();
    }

    /** The entries behind an index from {@code before} to {@code last}. */
    List<LogEntry> behind(long index) {
        return entries.subList((int) (index - before.index()), entries.size());
    }

    public long bytes() {
        var bytes = (long) LogEntry.OVERHEAD_BYTES + log.space().length();
        for (var entry : entries) {
            bytes += entry.bytes();
        }
        return bytes;
    }

    @Override
    public String toString() {
        return "%s[%d..%d]".formatted(log, before.index() + 1, last().index());
    }
}
