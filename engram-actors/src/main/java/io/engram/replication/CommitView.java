package io.engram.replication;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a replica knows to be committed, which its readers may see, and what follows from it: the log of a space whose deletion is
 * committed goes. The primary tells; nothing of it is kept on the disk, so that after a restart the replica asks.
 */
final class CommitView {
    private final ShardId shard;
    private final ReplicaLogs logs;
    private final WriteQueue writes;
    private final Outbox out;
    private final Backoff backoff;
    /** How far logs were said to be committed. */
    private final Map<LogName, Long> shown = new TreeMap<>();

    private final Set<LogName> toDrop = new TreeSet<>();
    private long dropAt;
    private long now;

    /** The epoch about which the primary has to be asked; 0 if it tells by itself. */
    private long askedEpoch;

    /** An answer that was on its way since before the restart knows nothing of what was told to nobody meanwhile. */
    private final long run;

    private boolean fromStart = true;
    private LogName after = LogName.DIRECTORY;
    private long askAt;

    CommitView(ShardId shard, long run, ReplicaLogs logs, WriteQueue writes, Outbox out, Backoff backoff) {
        this.shard = shard;
        this.run = run;
        this.logs = logs;
        this.writes = writes;
        this.out = out;
        this.backoff = backoff;
        askedEpoch = logs.state().primary().isPresent() ? logs.state().adopted() : 0;
    }

    long wakeAt() {
        var questionAt = askedEpoch == 0 ? Long.MAX_VALUE : askAt;
        return toDrop.isEmpty() ? questionAt : Math.min(questionAt, dropAt);
    }

    void tick(long nowMicros) {
        now = nowMicros;
        if (askedEpoch != logs.state().adopted()) {
            askedEpoch = 0; // a later epoch's primary tells everything anyway
        }
        if (askedEpoch != 0 && now >= askAt) {
            askAt = now + backoff.next();
            ask();
        }
        if (now >= dropAt) {
            drop();
        }
    }

    private void ask() {
        var primary = logs.state().primary().orElseThrow();
        out.put(new Output.Send(primary, new Message.AskCommits(shard, askedEpoch, run, fromStart, after)));
    }

    void told(long nowMicros, Message.Commits answer) {
        now = nowMicros;
        if (answer.epoch() != logs.state().adopted()) {
            return;
        }
        answer.commits().forEach(commit -> told(commit.log(), commit.index()));
        if (answer.epoch() == askedEpoch
                && answer.run() == run
                && answer.fromStart() == fromStart
                && answer.after().equals(after)) {
            backoff.succeeded();
            askAt = now + backoff.next();
            if (answer.more() && !answer.commits().isEmpty()) {
                fromStart = false;
                after = answer.commits().getLast().log();
                ask();
            } else {
                askedEpoch = 0;
            }
        }
    }

    /** The primary says that a log is committed up to an index. */
    void told(LogName log, long index) {
        logs.told(log, index);
        show(log);
    }

    /** More of a log may be known to be committed, or be here. */
    void show(LogName log) {
        var committed = logs.committed(log);
        if (committed <= shown.getOrDefault(log, 0L)) {
            return;
        }
        shown.put(log, committed);
        out.put(new Output.Committed(log, committed));
        if (log.isDirectory()) {
            for (var deleted : logs.directory().forget(committed)) {
                shown.remove(deleted);
                toDrop.add(deleted);
            }
            drop();
        }
    }

    /** Removes the logs of spaces that are gone for good; what the disk refuses is tried again. */
    private void drop() {
        toDrop.removeIf(log -> !logs.has(log));
        if (toDrop.isEmpty()) {
            return;
        }
        dropAt = Long.MAX_VALUE;
        var drops = toDrop.stream().<Change>map(Change.Drop::new).toList();
        writes.add(drops, this::drop, () -> dropAt = now + backoff.next());
    }
}
