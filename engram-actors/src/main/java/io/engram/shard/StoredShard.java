package io.engram.shard;

import io.engram.log.LogDamagedException;
import io.engram.log.LogException;
import io.engram.log.LogReads;
import io.engram.log.LogStore;
import io.engram.log.format.LogPoint;
import io.engram.replication.DamagedLogException;
import io.engram.replication.Hole;
import io.engram.replication.LogEntry;
import io.engram.replication.LogName;
import io.engram.replication.LogReader;
import io.engram.replication.ShardId;
import io.engram.replication.ShardState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the node's log store holds of one shard. Reads wait for the disk. A log that the store has taken out of use because it is
 * damaged is still read, but for what is damaged, so that it can be mended.
 *
 * <p>May be used by several threads.
 */
public final class StoredShard implements LogReader {
    /** The cell in which the state is kept. */
    static final String STATE_CELL = "state";

    private final LogStore store;
    private final LogReads reads;
    private final ShardId shard;
    private final Function<LogName, Optional<LogPoint>> snapshots;

    /**
     * @param snapshots the newest good snapshot of a log on this node's disk that holds nothing but what was committed, whether
     *     or not the log still goes on from it
     */
    public StoredShard(LogStore store, ShardId shard, Function<LogName, Optional<LogPoint>> snapshots) {
        this.store = store;
        this.reads = store.evenDamaged();
        this.shard = shard;
        this.snapshots = snapshots;
    }

    /** The shards of which something is on the disk, be it only what they promised. */
    public static List<ShardId> all(LogStore store) {
        return StoredName.shards(store);
    }

    /** The log of a shard that the store keeps under a name; empty for all other logs, and for that of the shard's state. */
    public static Optional<LogName> logOf(ShardId shard, String storedName) {
        return StoredName.parse(storedName)
                .filter(name -> name.shard().equals(shard))
                .flatMap(StoredName::log);
    }

    /** The shard whose log, or state, the store keeps under a name. */
    public static Optional<ShardId> shardOf(String storedName) {
        return StoredName.parse(storedName).map(StoredName::shard);
    }

    /**
     * {@link ShardState#NONE} only if none was ever kept.
     *
     * @throws LogException if it cannot be read: what the shard has promised is not known then, so that it must not take part
     * @throws IllegalArgumentException if it is of another version
     */
    @Override
    public ShardState state() {
        var log = LogName.storedState(shard);
        var bytes = store.cell(log, STATE_CELL);
        if (bytes.isEmpty() && store.cells(log).contains(STATE_CELL)) {
            throw new IllegalStateException("the state of shard %s is missing".formatted(shard));
        }
        return bytes.map(ShardState::of).orElse(ShardState.NONE);
    }

    @Override
    public List<LogName> logs() {
        return StoredName.logs(store, shard);
    }

    @Override
    public LogPoint base(LogName log) {
        return reads.base(log.stored(shard));
    }

    @Override
    public LogPoint last(LogName log) {
        var stored = log.stored(shard);
        var end = reads.end(stored);
        var lost = store.lost(stored);
        if (lost.isEmpty()) {
            return end;
        }
        var base = reads.base(stored);
        for (var index = end.index(); index > base.index(); index--) {
            if (isGood(log, index)) {
                var point = point(log, index);
                if (point.isPresent()) {
                    return point.get();
                }
            }
        }
        return base;
    }

    /** As far as it is known. */
    private boolean isGood(LogName log, long index) {
        return store.lost(log.stored(shard)).stream()
                .noneMatch(lost -> lost.first() == 0 || lost.first() <= index && index <= lost.last());
    }

    @Override
    public Optional<LogPoint> point(LogName log, long index) {
        try {
            return reads.point(log.stored(shard), index);
        } catch (LogDamagedException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<LogEntry> read(LogName log, long from, long to, int maxEntries, long maxBytes) {
        var read = new ArrayList<LogEntry>();
        var bytes = new long[1];
        try {
            reads.read(log.stored(shard), from, to, maxEntries, entry -> {
                bytes[0] += entry.content().length + LogEntry.OVERHEAD_BYTES;
                if (!read.isEmpty() && bytes[0] > maxBytes) {
                    return false;
                }
                read.add(new LogEntry(
                        entry.index(), entry.epoch(), entry.timeMicros(), entry.content(), entry.checksum()));
                return bytes[0] < maxBytes;
            });
        } catch (LogDamagedException e) {
            if (read.isEmpty()) {
                throw new DamagedLogException(log, hole(log).orElseGet(() -> at(e.index())));
            }
        }
        if (read.isEmpty() && !store.lost(log.stored(shard)).isEmpty()) {
            // What is damaged at the end is behind the last entry that the store can read.
            hole(log)
                    .filter(hole -> hole.first() <= from && from <= hole.last())
                    .ifPresent(hole -> {
                        throw new DamagedLogException(log, hole);
                    });
        }
        return read;
    }

    /** The newest snapshot from which the log on the disk goes on. */
    @Override
    public Optional<LogPoint> snapshot(LogName log) {
        return snapshots.apply(log).filter(point -> point.index() >= base(log).index());
    }

    @Override
    public Optional<Hole> hole(LogName log) {
        var stored = log.stored(shard);
        LogPoint base;
        LogPoint end;
        try {
            base = reads.base(stored);
            end = reads.end(stored);
        } catch (LogDamagedException e) {
            // Not even its name can be read.
            return Optional.of(at(e.index()));
        }
        var lost = store.lost(stored);
        if (lost.isEmpty()) {
            return Optional.empty();
        }
        var first = Long.MAX_VALUE;
        var last = 0L;
        for (var each : lost) {
            first = Math.min(first, each.first() == 0 ? base.index() + 1 : each.first());
            last = Math.max(last, each.first() == 0 ? Math.max(end.index(), base.index() + 1) : each.last());
        }
        // Of the entries at the end only one may have been met so far.
        return Optional.of(new Hole(last > end.index() ? Math.min(first, end.index() + 1) : first, last));
    }

    private static Hole at(long index) {
        return new Hole(Math.max(1, index), Math.max(1, index));
    }
}
