package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Entry;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a range of a log and holds each entry against its place, its own sums and the entry before. */
final class EntryScan implements OrderedStore.Visitor {
    private final LogHandle handle;
    private final long last;
    private final long cuts;
    private final LogPoint tail;
    private final EntryConsumer consumer;
    private @Nullable LogPoint before;
    private long left;
    private long next;
    private boolean stopped;

    private EntryScan(
            LogHandle handle, long first, long last, long max, @Nullable LogPoint before, EntryConsumer consumer) {
        this.handle = handle;
        this.next = first;
        this.last = last;
        this.left = max;
        this.before = before;
        var state = handle.published();
        this.cuts = state.cuts();
        this.tail = state.last();
        this.consumer = consumer;
    }

    /** As {@link LogStore#read}. */
    static long read(OrderedStore store, LogHandle handle, long from, long to, long max, EntryConsumer consumer) {
        return read(store, handle, from, to, max, consumer, false);
    }

    /** As {@link #read}, for a range that may begin behind an entry that cannot be read. */
    static long readPastDamage(
            OrderedStore store, LogHandle handle, long from, long to, long max, EntryConsumer consumer) {
        return read(store, handle, from, to, max, consumer, true);
    }

    private static long read(
            OrderedStore store,
            LogHandle handle,
            long from,
            long to,
            long max,
            EntryConsumer consumer,
            boolean pastDamage) {
        var state = handle.published();
        var first = Math.max(Math.max(1, from), state.base().index() + 1);
        var last = Math.min(to, state.last().index());
        if (first > last || max < 1 || state.dropped()) {
            return first;
        }
        LogPoint before;
        try {
            before = pointBefore(store, handle, first);
        } catch (LogDamagedException e) {
            if (!pastDamage) {
                throw e;
            }
            before = null;
        }
        var scan = new EntryScan(handle, first, last, max, before, consumer);
        if ((first == last || max == 1) && scan.single(store, first)) {
            return scan.end();
        }
        try {
            store.scanChecked(Keys.entry(handle.number, first), Keys.entry(handle.number, last + 1), scan);
            return scan.end();
        } catch (DatabaseException e) {
            throw unreadable(handle, scan.next, e);
        } catch (LogDamagedException e) {
            askTheDatabase(store, handle, e.index());
            throw e;
        }
    }

    /**
     * Reads what is around a damaged entry with the database's own check as well. Where that fails, too, it is the file that
     * is damaged, and the check of the files tells better than an entry's sum which logs lost what.
     */
    private static void askTheDatabase(OrderedStore store, LogHandle handle, long index) {
        try {
            store.scan(
                    Keys.entry(handle.number, Math.max(1, index - 1)),
                    Keys.entry(handle.number, index + 2),
                    (key, value) -> true);
        } catch (DatabaseException e) {
            throw unreadable(handle, index, e);
        }
    }

    private static LogDamagedException unreadable(LogHandle handle, long index, DatabaseException cause) {
        return new LogDamagedException(handle.name, index, "the database cannot read it: " + cause.getMessage(), cause);
    }

    /** The point right before an index; null if it is being truncated away just now. */
    private static @Nullable LogPoint pointBefore(OrderedStore store, LogHandle handle, long first) {
        var base = handle.published().base();
        if (first - 1 == base.index()) {
            return base;
        }
        var entry = entry(store, handle, first - 1);
        return entry == null ? null : entry.point();
    }

    /** One entry by itself; null if it was truncated away meanwhile. */
    static @Nullable Entry entry(OrderedStore store, LogHandle handle, long index) {
        var key = Keys.entry(handle.number, index);
        try {
            var value = store.get(key);
            if (value.isPresent()) {
                return EntryCodec.read(key, value.get());
            }
        } catch (BadValueException | DatabaseException e) {
            throw new LogDamagedException(handle.name, index, String.valueOf(e.getMessage()), e);
        }
        var state = handle.published();
        if (state.dropped()
                || index <= state.base().index()
                || index > state.last().index()) {
            return null;
        }
        throw new LogDamagedException(handle.name, index, "the entry is missing", null);
    }

    /**
     * Looking up one entry asks one or two of the database's files, where an iterator asks one of every level.
     *
     * @return whether it is there
     */
    private boolean single(OrderedStore store, long index) {
        var key = Keys.entry(handle.number, index);
        Optional<byte[]> value;
        try {
            value = store.get(key);
        } catch (DatabaseException e) {
            throw unreadable(handle, index, e);
        }
        value.ifPresent(bytes -> visit(key, bytes));
        return value.isPresent();
    }

    @Override
    public boolean visit(byte[] key, byte[] value) {
        var index = Keys.indexOf(key);
        checkNoneMissingBefore(index);
        Entry entry;
        try {
            entry = EntryCodec.read(key, value);
        } catch (BadValueException e) {
            throw new LogDamagedException(handle.name, index, String.valueOf(e.getMessage()), e);
        }
        if (before != null && before.index() == index - 1 && !entry.follows(before)) {
            throw new LogDamagedException(
                    handle.name,
                    Math.max(index - 1, handle.published().base().index() + 1),
                    index,
                    "the entry does not follow from the one before it: one of them is stale");
        }
        if (index == tail.index()
                && !entry.point().equals(tail)
                && handle.published().cuts() == cuts) {
            throw new LogDamagedException(
                    handle.name, index, "the entry is not the one that was last written at this index", null);
        }
        before = entry.point();
        next = index + 1;
        left--;
        if (!consumer.accept(entry) || left == 0) {
            stopped = true;
        }
        return !stopped;
    }

    private long end() {
        if (!stopped) {
            checkNoneMissingBefore(last + 1);
            next = last + 1;
        }
        return next;
    }

    private void checkNoneMissingBefore(long index) {
        if (next >= index) {
            return;
        }
        // Entries may have been truncated, or the log dropped, since the scan began: those are not missing.
        var state = handle.published();
        if (!state.dropped() && state.cuts() == cuts && state.base().index() + 1 < index) {
            throw new LogDamagedException(
                    handle.name, Math.max(next, state.base().index() + 1), "the entry is missing", null);
        }
    }
}
