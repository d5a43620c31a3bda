package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Checksums;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values.Lost;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds entries that are to go back into their places against what is there, and works out what is still lost then. */
final class LogMend {
    private final OrderedStore store;
    private final LogHandle handle;
    private final LogState state;
    private final List<LogChange.Whole> entries;
    private final List<Lost> lost;
    private final long first;
    private final long last;

    private LogMend(OrderedStore store, LogHandle handle, List<LogChange.Whole> entries, List<Lost> lost) {
        this.store = store;
        this.handle = handle;
        this.state = handle.published();
        this.entries = entries;
        this.lost = lost;
        first = entries.getFirst().index();
        last = entries.getLast().index();
    }

    /**
     * @param lost what is known to be lost of the log
     * @throws StaleWriterException if the entries have no places there
     */
    static LogStaging.Prepared.Mend prepare(
            OrderedStore store, LogHandle handle, LogChange.Mend change, List<Lost> lost) {
        return new LogMend(store, handle, change.entries(), lost).prepare();
    }

    private LogStaging.Prepared.Mend prepare() {
        var fromStart = lost.stream().anyMatch(each -> each.first() == 0);
        if (first <= state.base().index() || first > state.last().index() + 1) {
            throw refused("its entries are from %d to %d"
                    .formatted(state.base().index() + 1, state.last().index()));
        }
        if (fromStart && first != state.base().index() + 1) {
            throw refused("nothing is proven of it, so that it must be mended from index %d on"
                    .formatted(state.base().index() + 1));
        }
        requireInARow();
        if (!fromStart) {
            requireNothingGoodInTheirPlaces();
        }
        var values = new ArrayList<byte[]>(entries.size());
        for (var entry : entries) {
            var value = EntryCodec.draft(handle.number, entry.index(), entry.epoch(), entry.bytes());
            EntryCodec.sealAs(value, entry.timeMicros(), entry.checksum());
            values.add(value);
        }
        var after = fromStart ? lostBehind() : stillLost();
        return new LogStaging.Prepared.Mend(
                handle, values, first, entries.getLast().point(), fromStart, lost, after, state);
    }

    private StaleWriterException refused(String why) {
        return new StaleWriterException("log '%s' cannot be mended with the entries from %d to %d: %s"
                .formatted(handle.name, first, last, why));
    }

    private void requireInARow() {
        var before = isLost(first - 1) ? null : onDisk(first - 1);
        for (var entry : entries) {
            if (before != null && !follows(entry, before)) {
                throw refused("entry %d does not follow from the one before it".formatted(entry.index()));
            }
            before = entry.point();
        }
    }

    private static boolean follows(LogChange.Whole entry, LogPoint before) {
        var digest = Checksums.digest(entry.index(), entry.epoch(), entry.bytes());
        return entry.checksum() == Checksums.next(before.checksum(), digest, entry.timeMicros());
    }

    private void requireNothingGoodInTheirPlaces() {
        for (var entry : entries) {
            var index = entry.index();
            if (isLost(index)) {
                continue;
            }
            var there = onDisk(index);
            if (there != null && !there.equals(entry.point())
                    || there == null && index > state.last().index()) {
                throw refused("entry %d is not damaged".formatted(index));
            }
        }
    }

    private boolean isLost(long index) {
        return lost.stream().anyMatch(each -> each.first() <= index && index <= each.last());
    }

    /** All that there was behind entries that mend a log from its beginning on. */
    private List<Lost> lostBehind() {
        var end = Math.max(state.last().index(), handle.highest);
        for (var each : lost) {
            end = Math.max(end, each.last());
        }
        return end <= last
                ? List.of()
                : List.of(new Lost(last + 1, end, lost.getFirst().cause()));
    }

    private List<Lost> stillLost() {
        var still = new ArrayList<Lost>();
        for (var each : lost) {
            var before = pointAt(each.first() - 1);
            for (var index = each.first(); index <= each.last(); index++) {
                var point = pointAt(index);
                if (point == null) {
                    add(still, index, each.cause());
                } else if (before != null && !isBehind(before, index)) {
                    // One of the two is not of this log.
                    add(still, Math.max(index - 1, each.first()), each.cause());
                    add(still, index, each.cause());
                }
                before = point;
            }
            if (before != null && each.last() < state.last().index() && !isBehind(before, each.last() + 1)) {
                add(still, each.last(), each.cause());
            }
        }
        return still;
    }

    /** Grows the last loss if it goes on. */
    private static void add(List<Lost> still, long index, String cause) {
        if (!still.isEmpty() && still.getLast().cause().equals(cause)) {
            var before = still.getLast();
            if (before.last() == index) {
                return;
            }
            if (before.last() + 1 == index) {
                still.set(still.size() - 1, new Lost(before.first(), index, cause));
                return;
            }
        }
        still.add(new Lost(index, index, cause));
    }

    /** Whether what is at an index, once the log is mended, follows; also if that cannot be read, which is another loss. */
    private boolean isBehind(LogPoint before, long index) {
        if (first <= index && index <= last) {
            return follows(entries.get((int) (index - first)), before);
        }
        var key = Keys.entry(handle.number, index);
        try {
            var value = store.get(key);
            return value.isEmpty() || EntryCodec.read(key, value.get()).follows(before);
        } catch (BadValueException | DatabaseException e) {
            return true;
        }
    }

    /** The point at an index once the log is mended; null if it cannot be read. */
    private @Nullable LogPoint pointAt(long index) {
        return first <= index && index <= last
                ? entries.get((int) (index - first)).point()
                : onDisk(index);
    }

    private @Nullable LogPoint onDisk(long index) {
        if (index == state.base().index()) {
            return state.base();
        }
        var key = Keys.entry(handle.number, index);
        try {
            var value = store.get(key);
            return value.isEmpty() ? null : EntryCodec.read(key, value.get()).point();
        } catch (BadValueException | DatabaseException e) {
            return null;
        }
    }
}
