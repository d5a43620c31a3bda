package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which log has which number, and the handles of those in use. A handle that somebody uses stays, so that everybody
 * uses the same one; of the others the longest unused go when there are too many, and are read again when needed.
 */
final class LogDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    static final int MAX_HANDLES = 65_536;
    /** While this file is there, the next start reads every table. */
    static final String TABLE_CHECK_FILE = "check-tables";

    private final OrderedStore store;
    private final Path folder;
    private final LinkedHashMap<String, LogHandle> handles = new LinkedHashMap<>(16, 0.75f, true);
    private long nextNumber;

    LogDirectory(OrderedStore store, Path folder, long nextNumber) {
        this.store = store;
        this.folder = folder;
        this.nextNumber = nextNumber;
    }

    /** The log's handle, pinned, if the log exists or is about to. */
    synchronized Optional<LogHandle> pin(String name) {
        var handle = handles.get(name);
        if (handle != null && handle.damage().isPresent()) {
            if (handle.pins > 0) {
                throw handle.damage().get();
            }
            // It may be whole by now.
            handles.remove(name);
            handle = null;
        }
        if (handle == null) {
            var number = numberOf(name);
            if (number.isEmpty()) {
                return Optional.empty();
            }
            handle = new LogHandle(name, number.get(), load(name, number.get()));
            keep(handle);
        }
        handle.pins++;
        return Optional.of(handle);
    }

    /** The log's handle, pinned; a log that does not exist gets a number that nobody had. */
    synchronized LogHandle pinOrNumber(String name) {
        var pinned = pin(name);
        if (pinned.isPresent()) {
            return pinned.get();
        }
        var handle = new LogHandle(name, nextNumber++, LogState.UNBORN);
        keep(handle);
        handle.pins++;
        return handle;
    }

    /** As {@link #pin}, also for a log that cannot be loaded because it is damaged, with what can be read of it. */
    synchronized Optional<LogHandle> pinEvenDamaged(String name) {
        var known = handles.get(name);
        if (known != null && known.damage().isPresent()) {
            known.pins++;
            return Optional.of(known);
        }
        try {
            return pin(name);
        } catch (LogDamagedException e) {
            var number = numberFromRoots(name);
            if (number.isEmpty()) {
                throw e;
            }
            var handle = damaged(name, number.get(), e);
            keep(handle);
            handle.pins++;
            return Optional.of(handle);
        }
    }

    /** As {@link #pinEvenDamaged}; a log that does not exist gets a number that nobody had. */
    synchronized LogHandle pinEvenDamagedOrNumber(String name) {
        return pinEvenDamaged(name).orElseGet(() -> pinOrNumber(name));
    }

    private LogHandle damaged(String name, long number, LogDamagedException damage) {
        LogPoint base;
        try {
            base = base(name, number);
        } catch (BadValueException | DatabaseException e) {
            base = LogPoint.START;
        }
        Values.Meta meta;
        try {
            meta = meta(number);
        } catch (BadValueException | DatabaseException e) {
            meta = Values.Meta.NONE;
        }
        var key = store.lastKeyBefore(Keys.entry(number, Long.MAX_VALUE));
        var highest =
                key.filter(k -> Keys.isEntryOf(k, number)).map(Keys::indexOf).orElse(0L);
        var state = new LogState(true, false, base, lastReadable(number, base, highest), meta, cells(number), 0);
        return new LogHandle(name, number, state, highest, damage);
    }

    private LogPoint lastReadable(long number, LogPoint base, long highest) {
        for (var index = highest; index > base.index(); index--) {
            var key = Keys.entry(number, index);
            try {
                var value = store.get(key);
                if (value.isPresent()) {
                    return EntryCodec.read(key, value.get()).point();
                }
            } catch (BadValueException | DatabaseException e) {
                // It is one of those that cannot be read.
                continue;
            }
        }
        return base;
    }

    private Optional<Long> numberFromRoots(String name) {
        var found = new ArrayList<Long>(1);
        store.scan(Keys.start(Keys.ROOT_KIND), Keys.start(Keys.ROOT_KIND + 1), (key, value) -> {
            try {
                if (Values.root(key, value).name().equals(name)) {
                    found.add(Keys.numberOf(key));
                }
            } catch (BadValueException e) {
                // Its name is not known; perhaps its number is known from the name.
                return true;
            }
            return found.isEmpty();
        });
        return found.isEmpty() ? numberIfReadable(name) : Optional.of(found.getFirst());
    }

    private Optional<Long> numberIfReadable(String name) {
        try {
            return numberOf(name);
        } catch (LogDamagedException e) {
            return Optional.empty();
        }
    }

    synchronized void unpin(LogHandle handle) {
        handle.pins--;
    }

    /** The log has been dropped; the name is free. */
    synchronized void forget(LogHandle handle) {
        handles.remove(handle.name, handle);
    }

    /**
     * Takes everything from the disk again. Nobody may stage anything meanwhile. A log that cannot be taken is quarantined, and
     * like those that are already, its handle is of no use any more: whoever goes on with what it says would go on with a log
     * that is not there.
     */
    void reload(Quarantines quarantines) {
        damagedOnReload(quarantines).forEach(quarantines::add);
    }

    private synchronized List<LogDamagedException> damagedOnReload(Quarantines quarantines) {
        var damaged = new ArrayList<LogDamagedException>();
        handles.values().removeIf(handle -> {
            var known = quarantines.of(handle.name);
            if (known.isPresent()) {
                handle.spoil(known.get());
                return true;
            }
            try {
                var state = stateOnDisk(handle);
                handle.staged = state;
                handle.publish(state);
                return false;
            } catch (LogDamagedException e) {
                damaged.add(e);
                handle.spoil(new Quarantine(e.log(), Quarantines.describe(Quarantines.lost(e))));
                return true;
            }
        });
        return damaged;
    }

    private LogState stateOnDisk(LogHandle handle) {
        var number = numberOf(handle.name);
        if (number.isPresent() && number.get() == handle.number) {
            return load(handle.name, handle.number);
        }
        return handle.published().born() ? handle.published().asDropped() : LogState.UNBORN;
    }

    /** The note of the last forced write. */
    Values.Commit lastCommit() {
        var value = store.get(Keys.COMMIT);
        if (value.isEmpty()) {
            return new Values.Commit(0, List.of(), List.of());
        }
        try {
            return Values.commit(value.get());
        } catch (BadValueException e) {
            throw new LogOpenException("the note of the last write is damaged: " + e.getMessage(), e);
        }
    }

    List<String> names(String prefix, String after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1");
        }
        var names = new ArrayList<String>();
        var start = Keys.name(Arrays.compareUnsigned(utf8(after), utf8(prefix)) > 0 ? after : prefix);
        var wanted = Keys.name(prefix);
        store.scan(start, Keys.start(Keys.NAME_KIND + 1), (key, value) -> {
            if (!Keys.startsWith(key, wanted)) {
                return false;
            }
            var name = Keys.nameOf(key);
            if (after.isEmpty() || !name.equals(after)) {
                names.add(name);
            }
            return names.size() < limit;
        });
        return names;
    }

    /** Has the next start look for damage in every table, since one was met by the way. */
    void askForTableCheck() {
        try {
            Files.write(folder.resolve(TABLE_CHECK_FILE), new byte[0]);
        } catch (IOException e) {
            LOG.warn("The next start will not look for damage by itself: {} cannot be made.", TABLE_CHECK_FILE, e);
        }
    }

    private void keep(LogHandle handle) {
        if (handles.size() >= MAX_HANDLES) {
            var eldest = handles.values().iterator();
            // The pinned ones at the old end are few: they are bounded by what waits and what is being read.
            while (eldest.hasNext()) {
                if (eldest.next().pins == 0) {
                    eldest.remove();
                    break;
                }
            }
        }
        handles.put(handle.name, handle);
    }

    private Optional<Long> numberOf(String name) {
        var key = Keys.name(name);
        try {
            var value = store.get(key);
            return value.isEmpty() ? Optional.empty() : Optional.of(Values.numbers(key, value.get(), 1)[0]);
        } catch (BadValueException | DatabaseException e) {
            throw new LogDamagedException(name, 0, "its name's value: " + e.getMessage(), e);
        }
    }

    /** What the disk says of a log. */
    LogState load(String name, long number) {
        try {
            var base = base(name, number);
            var last = last(name, number, base);
            return new LogState(true, false, base, last, meta(number), cells(number), 0);
        } catch (BadValueException | DatabaseException e) {
            throw new LogDamagedException(name, 0, String.valueOf(e.getMessage()), e);
        }
    }

    private Values.Meta meta(long number) throws BadValueException {
        var key = Keys.meta(number);
        var value = store.get(key);
        return value.isPresent() ? Values.meta(key, value.get()) : Values.Meta.NONE;
    }

    private LogPoint base(String name, long number) throws BadValueException {
        var key = Keys.root(number);
        var value = store.get(key);
        if (value.isEmpty()) {
            throw new BadValueException("the log has a name but no root");
        }
        var root = Values.root(key, value.get());
        if (!root.name().equals(name)) {
            throw new BadValueException("log number %d belongs to '%s'".formatted(number, root.name()));
        }
        return root.base();
    }

    private LogPoint last(String name, long number, LogPoint base) {
        var key = store.lastKeyBefore(Keys.entry(number, Long.MAX_VALUE));
        if (key.isEmpty() || !Keys.isEntryOf(key.get(), number) || Keys.indexOf(key.get()) <= base.index()) {
            return base;
        }
        try {
            var value = store.get(key.get());
            if (value.isPresent()) {
                return EntryCodec.read(key.get(), value.get()).point();
            }
        } catch (BadValueException | DatabaseException e) {
            throw new LogDamagedException(name, Keys.indexOf(key.get()), String.valueOf(e.getMessage()), e);
        }
        throw new LogDamagedException(name, Keys.indexOf(key.get()), "the last entry is missing", null);
    }

    /** The cells before the first damage: what is damaged may be another log's, since the scan ends in the next one's. */
    private HashSet<String> cells(long number) {
        var cells = new HashSet<String>();
        var prefix = Keys.cell(number, new byte[0]);
        try {
            store.scan(prefix, Keys.cell(number + 1, new byte[0]), (key, value) -> {
                cells.add(new String(Keys.cellName(key), StandardCharsets.UTF_8));
                return true;
            });
        } catch (DatabaseException e) {
            if (!DatabaseException.isCorruption(e)) {
                throw e;
            }
            LOG.warn("Some cells of log number {} or of the next one cannot be read: {}", number, e.getMessage());
            askForTableCheck();
        }
        return cells;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
