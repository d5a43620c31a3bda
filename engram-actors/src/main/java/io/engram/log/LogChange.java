package io.engram.log;

import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import java.util.List;
import java.util.OptionalLong;

/** One thing to be done to a log. Several of them, to any logs, go into one forced write together or not at all. */
public sealed interface LogChange {
    /** The most cells that a log keeps. */
    int MAX_CELLS = 64;
    /** The longest value of a cell, in bytes. */
    int MAX_CELL_BYTES = 1024 * 1024;

    /** What a change that carries nothing counts for in a batch. */
    int SMALL_CHANGE_BYTES = 128;

    /** The log's name. */
    String log();

    /** How many records it counts for in a batch. */
    default int records() {
        return switch (this) {
            case Append append -> append.entries().size();
            case Mend mend -> mend.entries().size();
            case TruncateAfter _, TruncateTo _, BeginAt _, PutMeta _, PutCell _, RemoveCell _, Drop _ -> 1;
        };
    }

    /** Whether it may be done to a quarantined log, and may heal it. */
    default boolean heals() {
        return switch (this) {
            case TruncateAfter _, TruncateTo _, BeginAt _, Mend _, Drop _ -> true;
            case Append _, PutMeta _, PutCell _, RemoveCell _ -> false;
        };
    }

    /** About how many bytes it adds to a batch. */
    default long bytes() {
        return switch (this) {
            case Append append ->
                append.entries().stream()
                        .mapToLong(e -> e.bytes().length + EntryCodec.OVERHEAD_BYTES + Keys.ENTRY_BYTES)
                        .sum();
            case Mend mend ->
                mend.entries().stream()
                        .mapToLong(e -> e.bytes().length + EntryCodec.OVERHEAD_BYTES + Keys.ENTRY_BYTES)
                        .sum();
            case BeginAt begin -> SMALL_CHANGE_BYTES;
            case PutCell put -> put.value().length + SMALL_CHANGE_BYTES;
            case PutMeta put -> SMALL_CHANGE_BYTES;
            case TruncateAfter truncate -> SMALL_CHANGE_BYTES;
            case TruncateTo truncate -> SMALL_CHANGE_BYTES;
            case RemoveCell remove -> SMALL_CHANGE_BYTES;
            case Drop drop -> SMALL_CHANGE_BYTES;
        };
    }

    /**
     * What an entry is made of.
     *
     * @param bytes the owner's; not copied, so they must not change any more
     * @param timeMicros when it happened, in microseconds since 1970; the log takes the time of the entry before if that
     *     is later, so that times never run backwards within a log
     */
    record Content(byte[] bytes, long timeMicros) {}

    /**
     * Entries for the end of a log, which is made by its first one.
     *
     * @param epoch under which they are written; not below the log's last entry's, nor below what it promised
     * @param first the index of the first of them: the log's last one plus one
     * @param checksumBefore what the log's running checksum must be before them, if the caller knows
     * @param entries at least one
     */
    record Append(String log, long epoch, long first, OptionalLong checksumBefore, List<Content> entries)
            implements LogChange {
        public Append {
            entries = List.copyOf(entries);
            if (first < 1 || epoch < 0 || entries.isEmpty()) {
                throw new IllegalArgumentException(
                        "an append needs a positive index, an epoch that is not negative, and at least one entry");
            }
        }
    }

    /**
     * Removes the entries behind an index, which must be durable already and whole. A quarantined log is used again if all of its
     * damage is behind the index, or nothing is left of it.
     */
    record TruncateAfter(String log, long index) implements LogChange {}

    /**
     * Removes the entries up to an index, included; indexes beyond the last durable entry count as that one. A quarantined log
     * is used again then; it is refused if some of its damage is behind the index.
     */
    record TruncateTo(String log, long index) implements LogChange {}

    /**
     * Removes all entries and has the log begin behind a point that it need not have reached; makes the log if need be. What else
     * is kept with it stays. A quarantined log is used again then.
     *
     * @param point not before where the log begins now
     */
    record BeginAt(String log, LogPoint point) implements LogChange {}

    /**
     * An entry that goes back into its place.
     *
     * @param bytes the owner's; not copied, so they must not change any more
     * @param checksum the log's running checksum with this entry
     */
    record Whole(long index, long epoch, long timeMicros, byte[] bytes, long checksum) {
        LogPoint point() {
            return new LogPoint(index, epoch, timeMicros, checksum);
        }
    }

    /**
     * Puts entries of a quarantined log back into their places. The log is used again if nothing is missing then. If what is
     * damaged are the log's own values, so that nothing is proven of its entries, it is mended from its beginning on, and what is
     * behind the mended entries is removed.
     *
     * @param entries at least one, in a row, each following from the one before; they must not take the place of others
     *     that are good
     */
    record Mend(String log, List<Whole> entries) implements LogChange {
        public Mend {
            entries = List.copyOf(entries);
            if (entries.isEmpty()) {
                throw new IllegalArgumentException("there is nothing to mend a log with");
            }
            for (var i = 1; i < entries.size(); i++) {
                if (entries.get(i).index() != entries.getFirst().index() + i) {
                    throw new IllegalArgumentException("a log is mended with entries in a row");
                }
            }
        }
    }

    /** Sets what replication keeps of a log; makes the log if need be. */
    record PutMeta(String log, Values.Meta meta) implements LogChange {}

    /** Keeps a small value with a log; makes the log if need be. */
    record PutCell(String log, String cell, byte[] value) implements LogChange {
        public PutCell {
            if (value.length > MAX_CELL_BYTES) {
                throw new IllegalArgumentException("a cell holds at most %d bytes".formatted(MAX_CELL_BYTES));
            }
        }
    }

    /** Removes a cell; does nothing if there is none such. */
    record RemoveCell(String log, String cell) implements LogChange {}

    /** Forgets a log with all that is kept with it. A log that is begun again under the name is another one. */
    record Drop(String log) implements LogChange {}
}
