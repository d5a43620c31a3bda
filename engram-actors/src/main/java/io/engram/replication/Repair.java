package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Mends damaged logs from other copies, without touching what is good.
 *
 * <p>What comes back is taken if it is proven to be what was there: it follows from the entry before the hole, and the entry
 * behind the hole follows from it; or it ends with the checksum that the log is remembered to end with. If that is not known,
 * because the node was restarted with a hole at the end of the log, it is taken from one who has adopted the same epoch and has, as this replica, promised nothing since: such copies are prefixes of each other.
 * While there is a hole, the log takes no entries, and what this replica holds does not count in a seal.
 */
final class Repair {
    private final ShardId shard;
    private final ReplicaId self;
    private final ReplicationSettings settings;
    private final ReplicaLogs logs;
    private final WriteQueue writes;
    private final Outbox out;
    private final Backoff backoff;
    private final Map<LogName, LogPoint> snapshots = new HashMap<>();
    private List<ReplicaId> active = List.of();
    private List<ReplicaId> opening = List.of();
    private List<ReplicaId> peers = List.of();
    private int next;
    private long askAt;

    Repair(
            ShardId shard,
            ReplicaId self,
            ReplicationSettings settings,
            ReplicaLogs logs,
            WriteQueue writes,
            Outbox out,
            Backoff backoff) {
        this.shard = shard;
        this.self = self;
        this.settings = settings;
        this.logs = logs;
        this.writes = writes;
        this.out = out;
        this.backoff = backoff;
    }

    /** The members of the active configuration. */
    void peers(List<ReplicaId> members) {
        active = members;
        choosePeers();
    }

    /**
     * The members of a configuration that is being opened. They may have no data yet, so that those of the active one are asked as
     * well.
     */
    void joins(List<ReplicaId> members) {
        opening = members;
        choosePeers();
    }

    private void choosePeers() {
        peers = Stream.concat(active.stream(), opening.stream())
                .distinct()
                .filter(member -> !member.equals(self))
                .toList();
    }

    long wakeAt() {
        return peers.isEmpty() || logs.damaged().isEmpty() ? Long.MAX_VALUE : askAt;
    }

    void tick(long now) {
        if (now < wakeAt()) {
            return;
        }
        var wants = new ArrayList<Message.Want>();
        for (var log : logs.damaged()) {
            if (wants.size() < settings.pageLogs()) {
                var to = logs.hole(log).orElseThrow().last();
                wants.add(new Message.Want(log, List.of(logs.good(log)), to));
            }
        }
        var peer = peers.get(next++ % peers.size());
        askAt = now + backoff.next();
        out.put(new Output.Send(
                peer, new Message.Fetch(shard, logs.state().promised(), true, wants, settings.maxMessageBytes())));
    }

    void fetched(long now, ReplicaId from, Message.Fetched answer) {
        writes.whenSettled(() -> {
            var state = logs.state();
            var sameLineage =
                    standsByAdopted() && answer.promised() == state.promised() && answer.adopted() == state.adopted();
            var changes = new ArrayList<Change>();
            for (var part : answer.parts()) {
                switch (part) {
                    case Message.Part.Entries entries -> {
                        if (mends(entries.piece(), sameLineage)) {
                            changes.add(
                                    new Change.Mend(part.log(), entries.piece().entries()));
                        }
                    }
                    case Message.Part.SnapshotAt snapshot -> {
                        if (replacement(snapshot.log(), snapshot.point(), sameLineage)
                                        .isPresent()
                                && snapshots.putIfAbsent(snapshot.log(), snapshot.point()) == null) {
                            out.put(new Output.FetchSnapshot(from, snapshot.log(), snapshot.point()));
                        }
                    }
                    case Message.Part.Gone _ -> {}
                }
            }
            if (!changes.isEmpty()) {
                backoff.succeeded();
                askAt = now;
                writes.add(changes, () -> {}, () -> {});
            }
        });
    }

    /** Whether nothing was promised since the adopted epoch, so that every entry here is one of its log. */
    private boolean standsByAdopted() {
        var state = logs.state();
        return state.whole() && state.promised() == state.adopted();
    }

    void snapshotFetched(LogName log, LogPoint point) {
        if (point.equals(snapshots.remove(log))) {
            writes.whenSettled(() -> replacement(log, point, standsByAdopted())
                    .ifPresent(change -> writes.add(List.of(change), () -> {}, () -> {})));
        }
    }

    void snapshotFailed(LogName log) {
        snapshots.remove(log);
    }

    /**
     * What to do with a snapshot that covers the hole, when nobody has the entries any more: it takes the place of everything up to
     * it; or of everything, if the log here does not come so far. In the latter case it must be known to be of the same log.
     */
    private Optional<Change> replacement(LogName log, LogPoint snapshot, boolean sameLineage) {
        var hole = logs.hole(log);
        if (hole.isEmpty() || hole.get().last() > snapshot.index()) {
            return Optional.empty();
        }
        // Its own point may be the last that is damaged; then what is good behind it follows from it or not.
        if (logs.contains(log, snapshot)
                || hole.get().last() == snapshot.index()
                        && logs.forced(log).index() > snapshot.index()
                        && logs.provenBehindHole(log, snapshot)) {
            return Optional.of(new Change.CutTo(log, snapshot));
        }
        return sameLineage && logs.forced(log).index() < snapshot.index()
                ? Optional.of(new Change.BeginAt(log, snapshot))
                : Optional.empty();
    }

    private boolean mends(LogPiece piece, boolean sameLineage) {
        var hole = logs.hole(piece.log());
        if (hole.isEmpty() || piece.entries().isEmpty() || !piece.isIntact()) {
            return false;
        }
        if (!piece.before().equals(logs.good(piece.log()))
                || piece.last().index() > hole.get().last()) {
            return false;
        }
        if (sameLineage) {
            return true;
        }
        return piece.last().index() == hole.get().last() && logs.provenBehindHole(piece.log(), piece.last());
    }
}
