package io.engram.replication;

import java.util.Comparator;

/** An append that has not been answered yet. */
final class Pending {
    static final Comparator<Pending> BY_DEADLINE =
            Comparator.comparingLong((Pending p) -> p.deadline).thenComparingLong(p -> p.request);

    final long request;
    final long first;
    final long last;
    final Level level;
    /** What is answered as stored; for entries of the directory the log of the space that is meant. */
    final LogName subject;

    final long deadline;
    boolean answered;

    Pending(long request, LogName subject, long first, long last, Level level, long deadline) {
        this.request = request;
        this.subject = subject;
        this.first = first;
        this.last = last;
        this.level = level;
        this.deadline = deadline;
    }
}
