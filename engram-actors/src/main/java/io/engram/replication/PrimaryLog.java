package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;

/** A log as the primary of an epoch sees it: where the epoch began in it, how far it has come, and who has confirmed what. */
final class PrimaryLog {
    final LogName name;
    /** Where the epoch began. Everything up to here is committed since the epoch is active. */
    LogPoint start;

    LogPoint last;
    LogPoint committed;
    final EntryWindow window = new EntryWindow();
    final ArrayDeque<Pending> pending = new ArrayDeque<>();

    /** By each member: up to where it has confirmed in this epoch to have forced it. */
    long[] confirmed = {};
    /** By each member: the next index to be sent. */
    long[] next = {};
    /** By each member: up to where it was told that it is committed. */
    long[] told = {};
    /** By each member: the round from which on a gap is news. */
    long[] resentAt = {};
    /** By each member: how much it had confirmed when it last said that there was a gap; -1: it never did. */
    long[] gapAt = {};

    PrimaryLog(LogName name, LogPoint last) {
        this.name = name;
        this.start = last;
        this.last = last;
        this.committed = last;
    }

    /** An epoch with so many members begins. */
    void begin(int members) {
        start = last;
        confirmed = new long[members];
        next = new long[members];
        told = new long[members];
        resentAt = new long[members];
        gapAt = new long[members];
        Arrays.fill(gapAt, -1);
        Arrays.fill(next, start.index() + 1);
    }

    /** The point at an index, as far as it is in memory. */
    Optional<LogPoint> point(long index) {
        if (index == last.index()) {
            return Optional.of(last);
        }
        if (index == committed.index()) {
            return Optional.of(committed);
        }
        if (index == start.index()) {
            return Optional.of(start);
        }
        if (!window.isEmpty() && index == window.before().index()) {
            return Optional.of(window.before());
        }
        return window.has(index) ? Optional.of(window.get(index).point()) : Optional.empty();
    }

    void add(LogEntry entry) {
        window.add(entry, last);
        last = entry.point();
    }

    @Override
    public String toString() {
        return "%s[start %d, committed %d, last %d, confirmed %s]"
                .formatted(name, start.index(), committed.index(), last.index(), Arrays.toString(confirmed));
    }
}
