package io.engram.replication;

import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;

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

    /** The epoch about which the primary has to be asked; 0 if it tells by itself. */
    private long askedEpoch;

    private boolean fromStart = true;
    private LogName after = LogName.DIRECTORY;
    private long askAt;

    CommitView(ShardId shard, ReplicaLogs logs, WriteQueue writes, Outbox out, Backoff backoff) {
        this.shard = shard;
        this.logs = logs;
        this.writes = writes;
        this.out = out;
        this.backoff = backoff;
        askedEpoch = logs.state().primary().isPresent() ? logs.state().adopted() : 0;
    }

    long wakeAt() {
        return askedEpoch == 0 ? Long.MAX_VALUE : askAt;
    }

    void tick(long now) {
        if (askedEpoch != logs.state().adopted()) {
            askedEpoch = 0; // a later epoch's primary tells everything anyway
        }
        if (now < wakeAt()) {
            return;
        }
        askAt = now + backoff.next();
        ask();
    }

    private void ask() {
        var primary = logs.state().primary().orElseThrow();
        out.put(new Output.Send(primary, new Message.AskCommits(shard, askedEpoch, fromStart, after)));
    }

    void told(long now, Message.Commits answer) {
        if (answer.epoch() != logs.state().adopted()) {
            return;
        }
        answer.commits().forEach(commit -> told(commit.log(), commit.index()));
        if (answer.epoch() == askedEpoch
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
            dropDeleted(committed);
        }
    }

    private void dropDeleted(long committed) {
        var gone = new ArrayList<Change>();
        for (var deleted : logs.directory().forget(committed)) {
            shown.remove(deleted);
            if (logs.has(deleted)) {
                gone.add(new Change.Drop(deleted));
            }
        }
        if (!gone.isEmpty()) {
            writes.add(gone, () -> {}, () -> {});
        }
    }
}
