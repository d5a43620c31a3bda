package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What a shard's directory says up to some index: which spaces there are. */
final class Directory {
    private static final int PAGE_ENTRIES = 1024;
    private static final long PAGE_BYTES = 1024 * 1024;

    private final Rules rules;
    private final TreeMap<String, Long> live = new TreeMap<>();
    /** Logs of deleted spaces by the index of the deletion, until {@link #forget}. */
    private final TreeMap<Long, LogName> deleted = new TreeMap<>();

    private long index;

    Directory(Rules rules) {
        this.rules = rules;
    }

    Directory copy() {
        var copy = new Directory(rules);
        copy.live.putAll(live);
        copy.deleted.putAll(deleted);
        copy.index = index;
        return copy;
    }

    /** Reads it from the disk, as far as it can be read. */
    static Directory read(LogReader reader, LogPoint upTo, Rules rules) {
        var directory = new Directory(rules);
        while (directory.index < upTo.index()) {
            var page = reader.read(LogName.DIRECTORY, directory.index + 1, upTo.index(), PAGE_ENTRIES, PAGE_BYTES);
            if (page.isEmpty()) {
                throw new ProtocolViolationException(
                        "the directory ends at %d, but should reach %d".formatted(directory.index, upTo.index()));
            }
            page.forEach(directory::apply);
        }
        return directory;
    }

    void apply(LogEntry entry) {
        if (entry.index() != index + 1) {
            throw new ProtocolViolationException(
                    "the directory is at %d, its next entry is %d".formatted(index, entry.index()));
        }
        index = entry.index();
        switch (DirectoryEntry.of(entry.content())) {
            case DirectoryEntry.Create create -> live.put(create.space(), index);
            case DirectoryEntry.Delete delete -> {
                if (live.remove(delete.space(), delete.created())) {
                    deleted.put(index, rules.logOf(delete.space(), delete.created()));
                }
            }
        }
    }

    long index() {
        return index;
    }

    /** Index of the entry that created a space, if it is there. */
    OptionalLong created(String space) {
        var created = live.get(space);
        return created == null ? OptionalLong.empty() : OptionalLong.of(created);
    }

    /** The log of a space as the directory was at an index, not before the last one that was told to {@link #forget}. */
    Optional<LogName> namedAt(String space, long upTo) {
        return deleted.tailMap(upTo, false).values().stream()
                .filter(log -> log.space().equals(space))
                .findFirst()
                .or(() -> Optional.ofNullable(live.get(space)).map(created -> rules.logOf(space, created)))
                .filter(log -> log.created() <= upTo);
    }

    /** Whether the log is the directory's own or that of a space that is there. */
    boolean names(LogName log) {
        if (log.isDirectory()) {
            return true;
        }
        var created = live.get(log.space());
        return created != null && rules.logOf(log.space(), created).equals(log);
    }

    /** The logs of all spaces that are there. */
    Collection<LogName> logs() {
        return live.entrySet().stream()
                .map(e -> rules.logOf(e.getKey(), e.getValue()))
                .toList();
    }

    /** Logs whose spaces were deleted by an entry up to an index, each once. */
    Collection<LogName> forget(long upTo) {
        var head = deleted.headMap(upTo, true);
        var logs = Map.copyOf(head).values();
        head.clear();
        return logs;
    }
}
