package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Becomes a copy of an epoch's start: makes the promise, finds out what is missing, fetches it in pieces, and marks the shard as
 * adopted in the same forced write as the last piece.
 *
 * <p>Until that mark this replica still stands for the epoch that it adopted before, and may be counted on for what was
 * committed there. Therefore a piece only ever takes the place of what differs from it: whatever both have stays untouched, and
 * what was there beyond the start goes only at the end. A snapshot is put on the disk first, and takes the log's place in one
 * forced write.
 *
 * <p>What is here may have been damaged while it did not count. Then it is read back first, so that the damage is met. What others send is let
 * go meanwhile, and asked for afterwards.
 *
 * <p>It runs while nothing else changes the shard here: the promise keeps lower epochs out, and the epoch's own entries are not
 * taken before it is done. So it looks at the disk whenever nothing waits for it. When it dies, the next one goes on from
 * what is on the disk.
 */
final class Adoption {
    private final ShardId shard;
    private final ReplicationSettings settings;
    private final Rules rules;
    private final ReplicaLogs logs;
    private final Optional<ReadBack> readBack;
    private final WriteQueue writes;
    private final Outbox out;
    private final Backoff backoff;
    private final ReplicaId primary;
    private Message.Adopt order;
    private Runnable onDone = () -> {};

    private final TreeMap<LogName, Target> targets = new TreeMap<>();
    private boolean listed;
    /** Logs that are not yet as they have to be. */
    private final Set<LogName> missing = new TreeSet<>();
    /** Logs that begin behind their target, because the primary has come so far meanwhile. */
    private final Set<LogName> beyond = new HashSet<>();
    /** Sources that have not answered yet. */
    private final Set<ReplicaId> asked = new HashSet<>();

    private final Map<LogName, LogPoint> snapshots = new HashMap<>();
    /** Points that a source named and that are here as well, between those that are named to it by themselves. */
    private final Map<LogName, LogPoint> common = new HashMap<>();

    private boolean finishing;
    private boolean done;
    private long retryAt;
    private long now;

    Adoption(
            ShardId shard,
            Message.Adopt order,
            ReplicaId primary,
            ReplicationSettings settings,
            Rules rules,
            ReplicaLogs logs,
            WriteQueue writes,
            Outbox out,
            Backoff backoff) {
        this.shard = shard;
        this.order = order;
        this.primary = primary;
        this.settings = settings;
        this.rules = rules;
        this.logs = logs;
        this.writes = writes;
        this.out = out;
        this.backoff = backoff;
        readBack = logs.stagedState().adopted() < order.trusted()
                ? Optional.of(logs.readBack(settings))
                : Optional.empty();
    }

    long epoch() {
        return order.epoch();
    }

    void onDone(Runnable action) {
        onDone = action;
    }

    long wakeAt() {
        // What else there is to do here comes between one piece and the next.
        return isReading() ? Math.min(now + 1, retryAt) : retryAt;
    }

    // ---- what happens ----

    void begin(long nowMicros) {
        now = nowMicros;
        retryAt = now + backoff.next();
        var state = logs.stagedState();
        if (state.promised() < epoch()) {
            writes.add(List.of(new Change.PutState(state.withPromised(epoch()))), this::compare, () -> {});
        } else {
            writes.whenSettled(this::compare);
        }
    }

    /** The primary asks again, perhaps for a newer list. */
    void askedAgain(long nowMicros, Message.Adopt again) {
        now = nowMicros;
        if (again.manifest() > order.manifest() && !finishing) {
            order = again;
            forgetTargets();
            writes.whenSettled(this::compare);
        }
    }

    void tick(long nowMicros) {
        now = nowMicros;
        if (isReading()) {
            readOn();
        }
        if (now < retryAt || done) {
            return;
        }
        retryAt = now + backoff.next();
        asked.clear();
        if (logs.stagedState().promised() < epoch()) {
            begin(now);
        } else {
            writes.whenSettled(this::step);
        }
    }

    void listed(long nowMicros, Message.Manifest page) {
        now = nowMicros;
        if (page.manifest() > order.manifest() && !finishing) {
            order = order.withManifest(page.manifest(), page.digest());
            forgetTargets();
            if (!page.fromStart()) {
                writes.whenSettled(this::step);
                return;
            }
        }
        var expected = targets.isEmpty()
                ? page.fromStart()
                : !page.fromStart() && page.after().equals(targets.lastKey());
        if (listed || page.manifest() != order.manifest() || !expected) {
            return;
        }
        page.targets().forEach(target -> targets.put(target.log(), target));
        listed = !page.more();
        heard();
        writes.whenSettled(() -> {
            if (listed) {
                lookWhatIsMissing();
            }
            step();
        });
    }

    void fetched(long nowMicros, ReplicaId from, Message.Fetched answer) {
        now = nowMicros;
        if (asked.remove(from) && listed) {
            writes.whenSettled(() -> take(from, answer.parts()));
        }
    }

    void snapshotFetched(long nowMicros, LogName log, LogPoint point) {
        now = nowMicros;
        if (point.equals(snapshots.remove(log))) {
            writes.whenSettled(() -> switchTo(log, point));
        }
    }

    void snapshotFailed(long nowMicros, LogName log) {
        now = nowMicros;
        snapshots.remove(log);
    }

    // ---- what is done ----

    private boolean isCurrent() {
        return !done
                && !finishing
                && !isReading()
                && logs.stagedState().promised() == epoch()
                && rules.mayAdopt(logs.stagedState(), epoch());
    }

    private void lookWhatIsMissing() {
        missing.clear();
        targets.keySet().stream().filter(log -> !isThere(log)).forEach(missing::add);
    }

    private void forgetTargets() {
        targets.clear();
        missing.clear();
        listed = false;
        asked.clear();
    }

    private void heard() {
        backoff.succeeded();
        retryAt = now + backoff.next();
    }

    private boolean isReading() {
        return readBack.filter(it -> !it.isDone()).isPresent();
    }

    private void readOn() {
        readBack.ifPresent(ReadBack::step);
        if (!isReading()) {
            writes.whenSettled(this::compare);
        }
    }

    /** Whoever has exactly what is wanted needs no list. */
    private void compare() {
        if (!isCurrent()) {
            return;
        }
        if (logs.isWhole() && LogTail.digest(logs.tails()) == order.digest()) {
            finish(new ArrayList<>());
        } else {
            step();
        }
    }

    private void step() {
        if (!isCurrent()) {
            return;
        }
        if (!listed) {
            var after = targets.isEmpty() ? LogName.DIRECTORY : targets.lastKey();
            out.put(new Output.Send(primary, new Message.AskManifest(shard, epoch(), targets.isEmpty(), after)));
            return;
        }
        missing.removeIf(this::isThere);
        if (missing.isEmpty()) {
            finish(new ArrayList<>());
            return;
        }
        ask();
    }

    /** Asks every source that owes nothing for the next logs that it has. */
    private void ask() {
        var wants = new TreeMap<ReplicaId, List<Message.Want>>();
        for (var log : missing) {
            var target = target(log);
            if (asked.contains(target.source()) || snapshots.containsKey(log)) {
                continue;
            }
            var ofSource = wants.computeIfAbsent(target.source(), _ -> new ArrayList<>());
            if (ofSource.size() < settings.pageLogs()) {
                var to = target.point().index();
                var known = rules.keepsCommonPrefix() ? known(log, to) : List.of(LogPoint.START);
                ofSource.add(new Message.Want(log, known, to));
            }
        }
        wants.forEach((source, ofSource) -> {
            asked.add(source);
            out.put(new Output.Send(
                    source, new Message.Fetch(shard, epoch(), false, ofSource, settings.maxMessageBytes())));
        });
    }

    /** Points that are here, the highest first. */
    private List<LogPoint> known(LogName log, long to) {
        var known = logs.known(log, to);
        var named = common.get(log);
        if (named != null && holds(log, named) && !known.contains(named)) {
            known.add(named);
            known.sort(Comparator.comparingLong(LogPoint::index).reversed());
        }
        return known;
    }

    private Target target(LogName log) {
        var target = targets.get(log);
        if (target == null) {
            throw new ProtocolViolationException("log %s is not among the targets".formatted(log));
        }
        return target;
    }

    /** Whether the log holds what it has to hold; it may have more, which goes at the end. */
    private boolean isThere(LogName log) {
        return beyond.contains(log) && logs.has(log) && logs.hole(log).isEmpty()
                || holds(log, target(log).point());
    }

    /** Whether everything up to a point is here and can be read. */
    private boolean holds(LogName log, LogPoint point) {
        return point.index() <= logs.good(log).index() && logs.contains(log, point);
    }

    private void take(ReplicaId from, List<Message.Part> parts) {
        if (!isCurrent() || !listed) {
            return;
        }
        var changes = new ArrayList<Change>();
        var reached = new HashSet<LogName>();
        var began = false;
        for (var part : parts) {
            if (!missing.contains(part.log())) {
                continue;
            }
            switch (part) {
                case Message.Part.Entries entries -> {
                    switch (take(entries.piece(), changes)) {
                        case NOTHING -> {}
                        case PROGRESS -> began = true;
                        case TARGET -> reached.add(part.log());
                    }
                }
                case Message.Part.SnapshotAt snapshot -> {
                    if (holds(snapshot.log(), snapshot.point())) {
                        // None of the points that were named to the source is in both logs, and this one is.
                        began |= isNews(snapshot.log(), snapshot.point());
                    } else if (snapshots.putIfAbsent(snapshot.log(), snapshot.point()) == null) {
                        out.put(new Output.FetchSnapshot(from, snapshot.log(), snapshot.point()));
                        began = true;
                    }
                }
                case Message.Part.Gone _ -> {
                    // The primary has a newer list by now.
                    forgetTargets();
                    step();
                    return;
                }
            }
        }
        if (changes.isEmpty() && reached.isEmpty() && !began) {
            asked.add(from); // it has nothing for us just now; the timer asks again
            return;
        }
        heard();
        write(changes, reached);
    }

    /** Puts down pieces, with the mark if they are the last ones. */
    private void write(List<Change> changes, Set<LogName> reached) {
        missing.removeAll(reached);
        if (missing.isEmpty()) {
            finish(changes);
        } else if (changes.isEmpty()) {
            step();
        } else {
            if (!rules.marksAdoptedWithLastPiece()) {
                changes.add(mark());
            }
            writes.add(changes, this::step, this::lookWhatIsMissing);
        }
    }

    /** What a piece is good for. */
    private enum Taken {
        NOTHING,
        PROGRESS,
        /** The log holds what it has to hold then. */
        TARGET
    }

    private Taken take(LogPiece piece, List<Change> changes) {
        var log = piece.log();
        var target = target(log).point();
        if (!piece.isIntact() || piece.last().index() > target.index()) {
            return Taken.NOTHING;
        }
        if (piece.last().index() == target.index() && !rules.agrees(piece.last(), target)) {
            return Taken.NOTHING;
        }
        var good = logs.good(log);
        if (piece.before().index() > good.index() || !logs.contains(log, piece.before())) {
            return Taken.NOTHING;
        }
        var common = rules.keepsCommonPrefix() ? logs.common(piece) : piece.before();
        var behind = piece.behind(common.index());
        if (logs.hole(log).isPresent() && (!behind.isEmpty() || piece.last().index() == target.index())) {
            // What is behind the damage is given up; until all of it is back, this copy proves nothing.
            changes.add(new Change.PutState(stagedIn(changes).notWhole()));
            changes.add(new Change.CutAfter(log, common));
        } else if (!behind.isEmpty() && logs.forced(log).index() > common.index()) {
            changes.add(new Change.CutAfter(log, common));
        }
        if (!behind.isEmpty()) {
            changes.add(new Change.Append(log, common, behind));
        }
        if (piece.last().index() == target.index()) {
            return Taken.TARGET;
        }
        // All of it was here already: what differs comes behind it.
        return !behind.isEmpty() || isNews(log, common) ? Taken.PROGRESS : Taken.NOTHING;
    }

    /** Has a point that both logs have named to the source next time; whether that is another one than last time. */
    private boolean isNews(LogName log, LogPoint point) {
        return !point.equals(common.put(log, point));
    }

    private ShardState stagedIn(List<Change> changes) {
        var state = logs.stagedState();
        for (var change : changes) {
            if (change instanceof Change.PutState put) {
                state = put.state();
            }
        }
        return state;
    }

    private void switchTo(LogName log, LogPoint point) {
        if (!isCurrent() || !missing.contains(log) || holds(log, point)) {
            return;
        }
        if (point.index() > target(log).point().index()) {
            beyond.add(log);
        }
        heard();
        var changes = new ArrayList<Change>();
        if (logs.hole(log).isPresent()) {
            // As with a cut: what was good behind the damage is given up.
            changes.add(new Change.PutState(logs.stagedState().notWhole()));
        }
        changes.add(new Change.BeginAt(log, point));
        writes.add(changes, this::step, () -> beyond.remove(log));
    }

    private Change.PutState mark() {
        var configuration = order.configuration();
        return new Change.PutState(
                logs.stagedState().withAdopted(configuration.epoch(), configuration.primary(), order.leaseMicros()));
    }

    /**
     * Cuts what is beyond the start, drops logs that it does not have, and marks the shard as adopted.
     *
     * @param changes the last pieces
     */
    private void finish(List<Change> changes) {
        var last = new ArrayList<Change>();
        var touched = touched(changes);
        if (listed) {
            for (var target : targets.values()) {
                var log = target.log();
                if (!touched.contains(log)
                        && !beyond.contains(log)
                        && rules.cutsLongerTails()
                        && (logs.forced(log).index() > target.point().index()
                                || logs.hole(log).isPresent())) {
                    last.add(new Change.CutAfter(log, target.point()));
                }
            }
            logs.names().stream()
                    .filter(log -> !targets.containsKey(log))
                    .forEach(log -> last.add(new Change.Drop(log)));
        } else {
            logs.names().stream()
                    .filter(log -> !logs.directory().names(log))
                    .forEach(log -> last.add(new Change.Drop(log)));
        }
        changes.addAll(last);
        changes.add(mark());
        finishing = true;
        writes.add(changes, this::finished, () -> {
            finishing = false;
            lookWhatIsMissing();
        });
    }

    /** Logs that are brought to their target by these changes. */
    private static Set<LogName> touched(List<Change> changes) {
        var touched = new HashSet<LogName>();
        for (var change : changes) {
            switch (change) {
                case Change.Append append -> touched.add(append.log());
                case Change.CutAfter cut -> touched.add(cut.log());
                case Change.CutTo _, Change.BeginAt _, Change.Mend _, Change.Drop _, Change.PutState _ -> {}
            }
        }
        return touched;
    }

    private void finished() {
        done = true;
        onDone.run();
        out.put(new Output.Send(primary, new Message.Adopted(shard, epoch(), order.manifest())));
    }
}
