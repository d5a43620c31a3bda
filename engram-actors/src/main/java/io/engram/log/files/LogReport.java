package io.engram.log.files;

import io.engram.log.format.LogPoint;
import io.engram.log.format.Values.Lost;
import java.util.List;

/**
 * What can be read of a log.
 *
 * @param number its number in the folder
 * @param name its name; made up if it is lost
 * @param base where its entries begin
 * @param last its last index as far as it is known: by the commit notes, else the last entry that is there
 * @param readable the entries that can be read, in rows
 * @param unreadable what cannot be read or is missing, each with its cause; first index 0 if the log's own values are meant
 * @param notes the damage notes that stand in the folder
 */
public record LogReport(
        long number,
        String name,
        LogPoint base,
        long last,
        List<Row> readable,
        List<Lost> unreadable,
        List<Lost> notes) {
    /** Entries in a row. */
    public record Row(long first, long last) {}

    public LogReport {
        readable = List.copyOf(readable);
        unreadable = List.copyOf(unreadable);
        notes = List.copyOf(notes);
    }

    /** Whether everything that was written can be read. */
    public boolean isWell() {
        return unreadable.isEmpty() && notes.isEmpty();
    }

    /** The index of the first entry that there should be. */
    public long first() {
        return base.index() + 1;
    }

    /** How many entries can be read. */
    public long readableEntries() {
        return readable.stream().mapToLong(row -> row.last() - row.first() + 1).sum();
    }
}
