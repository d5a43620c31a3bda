package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/** The logs of a shard as its primary sees them, with everybody who waits for an append. Bounded by the settings. */
final class PrimaryLogs {
    private final ShardPrimary run;
    private final TreeMap<LogName, PrimaryLog> logs = new TreeMap<>();
    private final PriorityQueue<Pending> byDeadline = new PriorityQueue<>(Pending.BY_DEADLINE);
    private final Set<PrimaryLog> withWindow = new LinkedHashSet<>();
    private final PrimaryLog directory;
    /** With all that was appended. */
    private final Directory appended;
    /** With what is committed. */
    private final Directory committed;

    private int members;
    private int uncommittedEntries;
    private long uncommittedBytes;
    private long windowBytes;

    private PrimaryLogs(ShardPrimary run, Collection<LogTail> tails) {
        this.run = run;
        tails.forEach(tail -> logs.put(tail.log(), new PrimaryLog(tail.log(), tail.point())));
        directory = logs.computeIfAbsent(LogName.DIRECTORY, log -> new PrimaryLog(log, LogPoint.START));
        appended = run.local.directory();
        committed = run.local.directory();
        committed.forget(directory.last.index());
    }

    /** As the own copy has them, which holds exactly the start of the epoch. */
    static PrimaryLogs read(ShardPrimary run) {
        return new PrimaryLogs(
                run,
                run.local.tails().entrySet().stream()
                        .map(e -> new LogTail(e.getKey(), e.getValue()))
                        .toList());
    }

    /** An epoch with so many members begins. */
    void begin(int count) {
        members = count;
        logs.values().forEach(log -> log.begin(count));
    }

    PrimaryLog directory() {
        return directory;
    }

    Directory appended() {
        return appended;
    }

    Directory committed() {
        return committed;
    }

    Optional<PrimaryLog> of(LogName name) {
        return Optional.ofNullable(logs.get(name));
    }

    /** Those behind one, in order. */
    Collection<PrimaryLog> after(LogName name) {
        return logs.tailMap(name, false).values();
    }

    boolean isThere(PrimaryLog log) {
        return logs.get(log.name) == log;
    }

    Collection<PrimaryLog> all() {
        return logs.values();
    }

    boolean hasRoomFor(int entries, long bytes) {
        return uncommittedEntries + entries <= run.settings.maxUncommittedEntries()
                && (uncommittedBytes == 0 || uncommittedBytes + bytes <= run.settings.maxUncommittedBytes());
    }

    // ---- appending ----

    /** Appends to the log in memory. */
    void append(PrimaryLog log, long epoch, List<NewEntry> entries, Pending pending) {
        for (var entry : entries) {
            var placed = LogEntry.after(log.last, epoch, entry.timeMicros(), entry.content());
            log.add(placed);
            uncommittedEntries++;
            uncommittedBytes += placed.bytes();
            windowBytes += placed.bytes();
            if (log == directory) {
                appended.apply(placed);
            }
        }
        withWindow.add(log);
        log.pending.add(pending);
        byDeadline.add(pending);
    }

    /** The log of a space whose creation has just been appended. */
    void created(LogName name) {
        var log = new PrimaryLog(name, LogPoint.START);
        log.begin(members);
        logs.put(name, log);
    }

    /** The log of a space whose deletion is committed. */
    Optional<PrimaryLog> deleted(LogName name) {
        var log = logs.remove(name);
        if (log == null) {
            return Optional.empty();
        }
        while (!log.window.isEmpty()) {
            if (log.window.first() > log.committed.index()) {
                uncommittedEntries--;
                uncommittedBytes -= log.window.get(log.window.first()).bytes();
            }
            windowBytes -= log.window.removeFirst();
        }
        withWindow.remove(log);
        log.pending.forEach(pending -> unknown(pending, "the space was deleted"));
        log.pending.clear();
        return Optional.of(log);
    }

    // ---- committing ----

    /** The log is committed up to a point; answers who waited for it. Returns what the directory gained. */
    List<LogEntry> commit(PrimaryLog log, LogPoint point) {
        var gained = new ArrayList<LogEntry>();
        for (var index = log.committed.index() + 1; index <= point.index(); index++) {
            var entry = log.window.get(index);
            uncommittedEntries--;
            uncommittedBytes -= entry.bytes();
            if (log == directory) {
                committed.apply(entry);
                gained.add(entry);
            }
        }
        log.committed = point;
        return gained;
    }

    /** Answers those whose level is reached. */
    void answer(PrimaryLog log, int self) {
        if (log.pending.isEmpty()) {
            return;
        }
        var least = Long.MAX_VALUE;
        for (var confirmed : log.confirmed) {
            least = Math.min(least, confirmed);
        }
        for (var pending = log.pending.iterator(); pending.hasNext(); ) {
            var one = pending.next();
            var isCommitted = one.last <= log.committed.index();
            var reached = switch (one.level) {
                case QUORUM -> isCommitted;
                case ALL -> isCommitted && one.last <= least;
                case PRIMARY -> isCommitted || one.last <= log.confirmed[self];
            };
            if (one.answered || reached) {
                pending.remove();
                if (!one.answered) {
                    one.answered = true;
                    run.answer(one.request, new Outcome.Stored(one.subject, one.first, one.last, isCommitted));
                }
            }
        }
    }

    /**
     * Forgets entries that are committed and on the own disk, as far as memory is short or everybody has them.
     *
     * @param everybody up to where every member that can be reached has the log
     */
    void trim(PrimaryLog log, int self, long everybody) {
        trimTo(log, Math.min(everybody, keep(log, self)));
        while (windowBytes > run.settings.windowBytes() + uncommittedBytes && !withWindow.isEmpty()) {
            var oldest = withWindow.iterator().next();
            withWindow.remove(oldest);
            trimTo(oldest, keep(oldest, self));
            if (!oldest.window.isEmpty()) {
                withWindow.add(oldest);
                break;
            }
        }
    }

    private static long keep(PrimaryLog log, int self) {
        return Math.min(log.committed.index(), log.confirmed[self]);
    }

    private void trimTo(PrimaryLog log, long index) {
        while (!log.window.isEmpty() && log.window.first() <= index) {
            windowBytes -= log.window.removeFirst();
        }
        if (log.window.isEmpty()) {
            withWindow.remove(log);
        }
    }

    // ---- time ----

    long firstDeadline() {
        dropAnswered();
        var first = byDeadline.peek();
        return first == null ? Long.MAX_VALUE : first.deadline;
    }

    /** Answers those who have waited long enough. Their entries stay and may still be committed. */
    void expire(long now) {
        dropAnswered();
        for (var first = byDeadline.peek(); first != null && first.deadline <= now; first = byDeadline.peek()) {
            unknown(first, "it was not stored in time and may still be");
            dropAnswered();
        }
    }

    private void dropAnswered() {
        for (var first = byDeadline.peek(); first != null && first.answered; first = byDeadline.peek()) {
            byDeadline.remove();
        }
    }

    /** The epoch is lost: what was appended may survive in the next one, or not. */
    void abandon(String why) {
        var waiting = new ArrayDeque<Pending>();
        logs.values().forEach(log -> waiting.addAll(log.pending));
        waiting.forEach(pending -> unknown(pending, why));
    }

    private void unknown(Pending pending, String why) {
        if (!pending.answered) {
            pending.answered = true;
            run.answer(pending.request, new Outcome.Unknown(why));
        }
    }
}
