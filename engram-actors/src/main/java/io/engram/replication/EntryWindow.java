package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;

/** The newest entries of a log, in memory, without a hole. */
final class EntryWindow {
    private final ArrayList<LogEntry> entries = new ArrayList<>();
    private int head;
    /** The point before the first entry. */
    private LogPoint before = LogPoint.START;

    private long bytes;

    boolean isEmpty() {
        return head == entries.size();
    }

    /** Index of the first entry; meaningless if there is none. */
    long first() {
        return entries.get(head).index();
    }

    boolean has(long index) {
        return !isEmpty() && index >= first() && index <= entries.getLast().index();
    }

    LogEntry get(long index) {
        return entries.get(head + (int) (index - first()));
    }

    long bytes() {
        return bytes;
    }

    /** Of the entries from an index on, which is there. */
    long bytesFrom(long index) {
        var sum = 0L;
        for (var at = head + (int) (index - first()); at < entries.size(); at++) {
            sum += entries.get(at).bytes();
        }
        return sum;
    }

    /** The point before the first entry; meaningless if there is none. */
    LogPoint before() {
        return before;
    }

    /** @param last the point that the entry follows */
    void add(LogEntry entry, LogPoint last) {
        if (isEmpty()) {
            before = last;
        }
        entries.add(entry);
        bytes += entry.bytes();
    }

    /** Entries from an index on, at least one. */
    List<LogEntry> read(long from, int maxEntries, long maxBytes) {
        var at = head + (int) (from - first());
        var end = at;
        var size = 0L;
        while (end < entries.size()
                && end - at < maxEntries
                && (end == at || size + entries.get(end).bytes() <= maxBytes)) {
            size += entries.get(end++).bytes();
        }
        return List.copyOf(entries.subList(at, end));
    }

    /** Forgets the first one and returns its size. */
    long removeFirst() {
        var size = entries.get(head).bytes();
        bytes -= size;
        before = entries.get(head).point();
        entries.set(head++, entries.getLast());
        if (head > 32 && head > entries.size() / 2) {
            entries.subList(0, head).clear();
            head = 0;
        }
        return size;
    }
}
