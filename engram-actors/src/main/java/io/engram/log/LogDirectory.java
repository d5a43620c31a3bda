package io.engram.log;

import io.engram.log.Values.BadValueException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Which log has which number, and the handles of those in use. A handle that somebody uses stays, so that everybody
 * uses the same one; of the others the longest unused go when there are too many, and are read again when needed.
 */
final class LogDirectory {
    static final int MAX_HANDLES = 65_536;

    private final OrderedStore store;
    private final LinkedHashMap<String, LogHandle> handles = new LinkedHashMap<>(16, 0.75f, true);
    private long nextNumber;

    LogDirectory(OrderedStore store, long nextNumber) {
        this.store = store;
        this.nextNumber = nextNumber;
    }

    /** The log's handle, pinned, if the log exists or is about to. */
    synchronized Optional<LogHandle> pin(String name) {
        var handle = handles.get(name);
        if (handle == null) {
            var loaded = load(name);
            if (loaded.isEmpty()) {
                return Optional.empty();
            }
            handle = loaded.get();
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
        var handle = new LogHandle(name, nextNumber++, false, 0, 0);
        keep(handle);
        handle.pins++;
        return handle;
    }

    synchronized void unpin(LogHandle handle) {
        handle.pins--;
    }

    /** The log has been dropped; the name is free. */
    synchronized void forget(LogHandle handle) {
        handles.remove(handle.name, handle);
    }

    List<String> names(String prefix, String after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1");
        }
        var names = new ArrayList<String>();
        var start = Keys.name(compareUtf8(after, prefix) > 0 ? after : prefix);
        var wanted = Keys.name(prefix);
        store.scan(start, Keys.NAMES_TO, (key, value) -> {
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

    private Optional<LogHandle> load(String name) {
        try {
            var nameKey = Keys.name(name);
            var nameValue = store.get(nameKey);
            if (nameValue.isEmpty()) {
                return Optional.empty();
            }
            var number = Values.numbers(nameKey, nameValue.get(), 1)[0];
            var markKey = Keys.mark(number);
            var mark = store.get(markKey);
            var truncated = 0L;
            var high = 0L;
            if (mark.isPresent()) {
                var numbers = Values.numbers(markKey, mark.get(), 2);
                truncated = numbers[0];
                high = numbers[1];
            }
            var last = store.lastKeyBefore(Keys.record(number, Long.MAX_VALUE));
            if (last.isPresent() && Keys.isRecordOf(last.get(), number)) {
                high = Math.max(high, Keys.sequenceOf(last.get()));
            } else if (mark.isEmpty()) {
                throw new LogDamagedException(name, 1, "the log has a name but no record", null);
            }
            return Optional.of(new LogHandle(name, number, true, high, truncated));
        } catch (BadValueException | DatabaseException e) {
            throw new LogDamagedException(name, 0, String.valueOf(e.getMessage()), e);
        }
    }

    private static int compareUtf8(String a, String b) {
        return java.util.Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }
}
