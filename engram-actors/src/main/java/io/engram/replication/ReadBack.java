package io.engram.replication;

import java.util.ArrayDeque;

/**
 * Reads everything back that a copy has of a shard when this begins, a message's worth at a time, so that damage that nobody has
 * met yet is met before the copy counts. What is met is known to the {@link ReplicaLogs} then.
 */
final class ReadBack {
    private final ReplicationSettings settings;
    private final LogReader reader;
    private final ReplicaLogs logs;
    /** Logs that were not read to their end, the one that is being read first. */
    private final ArrayDeque<LogName> left;
    /** Up to where the first of them was read. */
    private long read;

    ReadBack(ReplicationSettings settings, LogReader reader, ReplicaLogs logs) {
        this.settings = settings;
        this.reader = reader;
        this.logs = logs;
        left = new ArrayDeque<>(logs.names());
        skipWhatIsRead();
    }

    boolean isDone() {
        return left.isEmpty();
    }

    /** Reads the next entries. */
    void step() {
        var log = left.peek();
        if (log != null) {
            read = read(log, from(log), logs.forced(log).index());
            skipWhatIsRead();
        }
    }

    private void skipWhatIsRead() {
        for (var log = left.peek(); log != null && from(log) > logs.forced(log).index(); log = left.peek()) {
            left.remove();
            read = 0;
        }
    }

    /** The next index of the first log; what was cut off its beginning meanwhile is not read. */
    private long from(LogName log) {
        return 1 + Math.max(read, reader.base(log).index());
    }

    /** @return up to where that comes */
    private long read(LogName log, long from, long to) {
        if (from > to) {
            // It was cut, or dropped, since the last step.
            return to;
        }
        try {
            var entries = reader.read(log, from, to, settings.maxMessageEntries(), settings.maxMessageBytes());
            return entries.isEmpty() ? to : entries.getLast().index();
        } catch (DamagedLogException e) {
            logs.damage(log, e.hole());
            // There may be more damage behind it.
            return from;
        }
    }
}
