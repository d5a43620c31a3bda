package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.List;

/**
 * One thing to be done on the disk. Those of one forced write happen together or not at all. What the node's store has to do
 * for each stands beside it.
 */
public sealed interface Change {
    /** About how many bytes it adds to a forced write. */
    default long bytes() {
        return switch (this) {
            case Append append ->
                append.entries().stream().mapToLong(LogEntry::bytes).sum();
            case Mend mend -> mend.entries().stream().mapToLong(LogEntry::bytes).sum();
            case CutAfter _, CutTo _, BeginAt _, Drop _, PutState _ -> LogEntry.OVERHEAD_BYTES;
        };
    }

    /**
     * Entries for the end of a log: one append for each run of entries with the same epoch, each with the checksum that it
     * must meet.
     *
     * @param before where the log must end
     * @param entries at least one; each with the epoch, the time and therefore the checksum that it has elsewhere
     */
    record Append(LogName log, LogPoint before, List<LogEntry> entries) implements Change {
        public Append {
            entries = List.copyOf(entries);
        }
    }

    /** Removes what is behind a point that is on the disk. Lifts the quarantine if all damage is behind it. */
    record CutAfter(LogName log, LogPoint point) implements Change {}

    /**
     * Removes the prefix up to a point, included, because a snapshot covers it. Lifts the quarantine if all damage is in it.
     */
    record CutTo(LogName log, LogPoint point) implements Change {}

    /**
     * Removes everything and lets the log begin behind a point, whose snapshot lies on the disk already: a truncation of the
     * prefix at a point that the log itself need not have reached.
     */
    record BeginAt(LogName log, LogPoint point) implements Change {}

    /** Puts back entries that were damaged, in their places. Lifts the quarantine if none is missing then. */
    record Mend(LogName log, List<LogEntry> entries) implements Change {
        public Mend {
            entries = List.copyOf(entries);
        }
    }

    /** Removes a log with all that is kept with it. */
    record Drop(LogName log) implements Change {}

    /** Keeps the state: a cell of the log {@link LogName#storedState}. */
    record PutState(ShardState state) implements Change {}
}
