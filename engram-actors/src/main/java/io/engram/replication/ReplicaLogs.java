package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a replica has, twice: as it is on the disk, and as it will be once everything that waits for the disk is there. New
 * entries are held against the latter; what is told to others is the former.
 */
final class ReplicaLogs {
    private static final class Held {
        private LogPoint forced;
        private LogPoint staged;
        /** How far it is known to be committed, whether or not it is here. */
        private long told;

        private @Nullable Hole hole;
        /** Whether the store knows the log, be it without entries. */
        private boolean onDisk;

        Held(LogPoint last, long told, @Nullable Hole hole, boolean onDisk) {
            this.onDisk = onDisk;
            this.forced = last;
            this.staged = last;
            this.told = told;
            this.hole = hole;
        }
    }

    private final LogReader reader;
    private final Rules rules;
    private final TreeMap<LogName, Held> held = new TreeMap<>();
    private ShardState forcedState;
    private ShardState stagedState;
    private Directory directory;

    ReplicaLogs(LogReader reader, Rules rules) {
        this.reader = reader;
        this.rules = rules;
        forcedState = reader.state();
        stagedState = forcedState;
        for (var log : reader.logs()) {
            held.put(
                    log,
                    new Held(
                            reader.last(log),
                            reader.base(log).index(),
                            reader.hole(log).orElse(null),
                            true));
        }
        directory = readDirectory(forced(LogName.DIRECTORY));
    }

    /** As far as it can be read. */
    private Directory readDirectory(LogPoint upTo) {
        var good = good(LogName.DIRECTORY);
        try {
            return Directory.read(reader, good.index() < upTo.index() ? good : upTo, rules);
        } catch (DamagedLogException e) {
            damage(e.log(), e.hole());
            return Directory.read(reader, good(LogName.DIRECTORY), rules);
        }
    }

    // ---- what is there ----

    /** On the disk. */
    ShardState state() {
        return forcedState;
    }

    /** With what waits for the disk. */
    ShardState stagedState() {
        return stagedState;
    }

    /** With what waits for the disk. */
    Directory directory() {
        return directory;
    }

    /** All that are on the disk, whether the directory names them or not. */
    List<LogName> names() {
        return List.copyOf(held.keySet());
    }

    boolean has(LogName log) {
        return held.containsKey(log);
    }

    LogPoint forced(LogName log) {
        var one = held.get(log);
        return one == null ? LogPoint.START : one.forced;
    }

    LogPoint staged(LogName log) {
        var one = held.get(log);
        return one == null ? LogPoint.START : one.staged;
    }

    Optional<Hole> hole(LogName log) {
        var one = held.get(log);
        return one == null ? Optional.empty() : Optional.ofNullable(one.hole);
    }

    List<LogName> damaged() {
        return held.entrySet().stream()
                .filter(e -> e.getValue().hole != null)
                .map(e -> e.getKey())
                .toList();
    }

    /** Whether everything that this replica has ever confirmed is here. */
    boolean isWhole() {
        return forcedState.whole() && damaged().isEmpty();
    }

    /** The end of what can be read from the beginning: the last point, or the one before the hole. */
    LogPoint good(LogName log) {
        var hole = hole(log);
        if (hole.isEmpty()) {
            return forced(log);
        }
        return reader.point(log, hole.get().first() - 1).orElseGet(() -> reader.base(log));
    }

    /** The point at an index of what is on the disk. */
    Optional<LogPoint> point(LogName log, long index) {
        var last = forced(log);
        return index == last.index() ? Optional.of(last) : reader.point(log, index);
    }

    /** Whether entries that would end at the end of a hole are proven by what is behind it. */
    boolean provenBehindHole(LogName log, LogPoint mended) {
        var last = forced(log);
        if (last.index() <= mended.index()) {
            return rules.agrees(last, mended);
        }
        try {
            var next = reader.read(log, mended.index() + 1, mended.index() + 1, 1, Long.MAX_VALUE);
            return !next.isEmpty() && next.getFirst().follows(mended);
        } catch (DamagedLogException e) {
            damage(log, e.hole());
            return false;
        }
    }

    /** Whether a point of another copy is here too. */
    boolean contains(LogName log, LogPoint point) {
        return point(log, point.index()).filter(own -> rules.agrees(own, point)).isPresent();
    }

    /** The last point of a piece that is here too. Where checksums agree, so does everything before. */
    LogPoint common(LogPiece piece) {
        var low = piece.before().index();
        var high = Math.min(good(piece.log()).index(), piece.last().index());
        while (low < high) {
            var middle = low + (high - low + 1) / 2;
            if (contains(piece.log(), piece.at(middle))) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return piece.at(low);
    }

    /** The ends of all logs that the directory names. Only for when nothing waits for the disk. */
    NavigableMap<LogName, LogPoint> tails() {
        var tails = new TreeMap<LogName, LogPoint>();
        tails.put(LogName.DIRECTORY, forced(LogName.DIRECTORY));
        directory.logs().forEach(log -> tails.put(log, forced(log)));
        return tails;
    }

    /**
     * Points by which another copy can find what both have: the end of what is good, and points before it at distances that
     * double, down to the beginning. The highest first.
     *
     * @param below not higher than this index
     */
    List<LogPoint> known(LogName log, long below) {
        var points = new ArrayList<LogPoint>();
        var base = reader.base(log).index();
        var top = Math.min(good(log).index(), below);
        for (long back = 0; top - back > base; back = back == 0 ? 1 : back * 2) {
            point(log, top - back).ifPresent(points::add);
        }
        points.add(reader.base(log));
        return points;
    }

    /** Reads everything on the disk back, from the beginning. */
    ReadBack readBack(ReplicationSettings settings) {
        return new ReadBack(settings, reader, this);
    }

    // ---- what is committed ----

    /** How far the log is committed and here. */
    long committed(LogName log) {
        var one = held.get(log);
        return one == null ? 0 : Math.min(one.told, one.forced.index());
    }

    /** What of a space may be shown; empty while no epoch is adopted. */
    Optional<Shard.Copy> copy(String space) {
        if (forcedState.adopted() == 0) {
            return Optional.empty();
        }
        var log = directory.namedAt(space, committed(LogName.DIRECTORY));
        var shown = log.orElse(LogName.DIRECTORY);
        return Optional.of(new Shard.Copy(log, committed(shown), forced(shown).index()));
    }

    /**
     * The primary of the adopted epoch says that the log is committed up to an index. That stays true: whatever epoch comes, it
     * begins with those entries.
     */
    void told(LogName log, long index) {
        var one = held.get(log);
        if (one != null) {
            one.told = Math.max(one.told, index);
        }
    }

    // ---- changes ----

    void damage(LogName log, Hole hole) {
        var one = held.get(log);
        if (one != null) {
            one.hole = one.hole == null ? hole : one.hole.and(hole);
        }
    }

    /** A change waits for the disk. */
    void stage(Change change) {
        switch (change) {
            case Change.Append append -> {
                var one = held.computeIfAbsent(append.log(), _ -> new Held(LogPoint.START, 0, null, false));
                one.staged = append.entries().getLast().point();
                // Behind a hole the directory cannot be known; it is read again once that is mended.
                if (append.log().isDirectory()
                        && (one.hole == null
                                || directory.index() == append.before().index())) {
                    append.entries().forEach(directory::apply);
                }
            }
            case Change.CutAfter cut -> {
                keepCommitted(cut.log(), cut.point());
                require(cut.log()).staged = cut.point();
                if (cut.log().isDirectory()) {
                    directory = readDirectory(cut.point());
                }
            }
            case Change.BeginAt begin -> {
                keepCommitted(begin.log(), begin.point());
                held.computeIfAbsent(begin.log(), _ -> new Held(LogPoint.START, 0, null, false)).staged = begin.point();
            }
            case Change.Drop drop -> require(drop.log()).staged = LogPoint.START;
            case Change.PutState put -> stagedState = put.state();
            case Change.CutTo _, Change.Mend _ -> {}
        }
    }

    private void keepCommitted(LogName log, LogPoint point) {
        if (point.index() < committed(log) && hole(log).isEmpty() && stagedState.whole()) {
            throw new ProtocolViolationException("log %s is committed up to %d and was about to be cut at %d"
                    .formatted(log, committed(log), point.index()));
        }
    }

    /** Changes are on the disk. */
    void forced(List<Change> changes) {
        var rereadDirectory = false;
        for (var change : changes) {
            switch (change) {
                case Change.Append append -> {
                    var one = require(append.log());
                    one.forced = append.entries().getLast().point();
                    one.onDisk = true;
                }
                case Change.CutAfter cut -> {
                    var one = require(cut.log());
                    one.forced = cut.point();
                    if (one.hole != null && one.hole.first() > cut.point().index()) {
                        one.hole = null;
                    }
                }
                case Change.BeginAt begin -> {
                    var one = require(begin.log());
                    one.forced = begin.point();
                    one.onDisk = true;
                    one.hole = null;
                    one.told = Math.max(one.told, begin.point().index());
                }
                case Change.Mend mend -> {
                    var one = require(mend.log());
                    one.hole = reader.hole(mend.log()).orElse(null);
                    var mended = mend.entries().getLast().point();
                    if (mended.index() > one.forced.index()) {
                        one.forced = mended;
                        one.staged = mended;
                    }
                    rereadDirectory |= mend.log().isDirectory();
                }
                case Change.Drop drop -> {
                    held.remove(drop.log());
                    if (drop.log().isDirectory()) {
                        directory = new Directory(rules);
                    }
                }
                case Change.PutState put -> forcedState = put.state();
                case Change.CutTo cut -> {
                    var one = require(cut.log());
                    if (one.hole != null && one.hole.last() <= cut.point().index()) {
                        one.hole = null;
                    }
                }
            }
        }
        if (rereadDirectory) {
            directory = readDirectory(forced(LogName.DIRECTORY));
        }
    }

    /** Nothing of what waits for the disk will be there. */
    void rollBack() {
        stagedState = forcedState;
        held.values().removeIf(one -> !one.onDisk);
        held.values().forEach(one -> one.staged = one.forced);
        directory = readDirectory(forced(LogName.DIRECTORY));
    }

    private Held require(LogName log) {
        var one = held.get(log);
        if (one == null) {
            throw new ProtocolViolationException("there is no log " + log);
        }
        return one;
    }
}
