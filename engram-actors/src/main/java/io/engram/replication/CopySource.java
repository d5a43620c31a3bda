package io.engram.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives other replicas what they ask for, from what is on the disk. */
final class CopySource {
    private final ShardId shard;
    private final ReplicationSettings settings;
    private final LogReader reader;
    private final ReplicaLogs logs;

    CopySource(ShardId shard, ReplicationSettings settings, LogReader reader, ReplicaLogs logs) {
        this.shard = shard;
        this.settings = settings;
        this.reader = reader;
        this.logs = logs;
    }

    /**
     * Answers as much as fits. For adopting an epoch only one is answered that belongs to what was promised last: otherwise what is
     * here may be about to change.
     */
    Optional<Message.Fetched> answer(Message.Fetch fetch) {
        var state = logs.state();
        if (!fetch.repair() && state.promised() != fetch.epoch()) {
            return Optional.empty();
        }
        var parts = new ArrayList<Message.Part>();
        var left = Math.min(fetch.maxBytes(), settings.maxMessageBytes());
        for (var want : fetch.wants()) {
            if (left <= 0) {
                break;
            }
            var part = part(want, fetch.repair(), left);
            if (part.isPresent()) {
                parts.add(part.get());
                left -= part.get().bytes();
            }
        }
        return Optional.of(
                new Message.Fetched(shard, fetch.epoch(), fetch.repair(), state.promised(), state.adopted(), parts));
    }

    private Optional<Message.Part> part(Message.Want want, boolean repairs, long maxBytes) {
        var log = want.log();
        if (!logs.has(log) && (repairs || !logs.directory().names(log))) {
            return repairs ? Optional.empty() : Optional.of(new Message.Part.Gone(log));
        }
        var common =
                want.known().stream().filter(point -> logs.contains(log, point)).findFirst();
        if (common.isEmpty()) {
            return reader.snapshot(log).map(s -> new Message.Part.SnapshotAt(log, s));
        }
        var from = common.get();
        var to = Math.min(want.to(), logs.forced(log).index());
        try {
            var entries = from.index() >= to
                    ? List.<LogEntry>of()
                    : reader.read(log, from.index() + 1, to, settings.maxMessageEntries(), maxBytes);
            return Optional.of(new Message.Part.Entries(new LogPiece(log, from, entries)));
        } catch (DamagedLogException e) {
            logs.damage(log, e.hole());
            return Optional.empty();
        }
    }
}
