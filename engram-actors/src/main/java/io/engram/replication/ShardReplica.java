package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One copy of a shard. It does what primaries ask, as far as what it has promised and adopted allows, and never says more than
 * what is on its disk.
 *
 * <p>It is in one of three positions toward an epoch e: it may have <em>promised</em> it (nothing lower is taken any more), be
 * <em>adopting</em> it (copying its start, see {@link Adoption}), or have <em>adopted</em> it (taking its entries). It keeps
 * the three numbers of {@link ShardState}, forced before it answers. When it dies, what it has on the disk is all that
 * matters; what it may have given as a lease is assumed to be given anew at the start.
 */
final class ShardReplica {
    /** A promise that waits for another primary's lease to end. */
    private record Blocked(ReplicaId from, Message.ToReplica message) {}

    /** A snapshot that a primary offered and that is being fetched. */
    private record Offer(ReplicaId from, long epoch, LogPoint point) {}

    private final ShardId shard;
    private final ReplicaId self;
    private final ReplicationSettings settings;
    private final Rules rules;
    private final LogReader reader;
    private final Outbox out;
    private final RandomGenerator random;
    private final ReplicaLogs logs;
    private final WriteQueue writes;
    private final LeaseGuard lease = new LeaseGuard();
    private final Repair repair;
    private final CopySource copies;
    private final CommitView commits;
    private @Nullable Adoption adoption;
    private @Nullable Blocked blocked;
    private final Map<LogName, Offer> offers = new TreeMap<>();

    private long now;

    /**
     * What was kept on the disk, after a start.
     *
     * @param reader of this shard's logs on this node
     * @param random for the jitter of pauses
     */
    ShardReplica(
            ShardId shard,
            ReplicaId self,
            ReplicationSettings settings,
            Rules rules,
            LogReader reader,
            RandomGenerator random,
            Outbox out,
            long now) {
        this.shard = shard;
        this.self = self;
        this.settings = settings;
        this.rules = rules;
        this.reader = reader;
        this.random = random;
        this.out = out;
        this.now = now;
        logs = new ReplicaLogs(reader, rules);
        writes = new WriteQueue(out, logs);
        repair = new Repair(shard, self, settings, logs, writes, out, new Backoff(settings, random));
        copies = new CopySource(shard, settings, reader, logs);
        commits = new CommitView(shard, random.nextLong(), logs, writes, out, new Backoff(settings, random));
        var state = logs.state();
        if (rules.assumesLeaseAfterRestart(state, self)) {
            lease.assume(state.primary().orElseThrow(), now, state.leaseMicros());
        }
    }

    // ---- questions of its own node ----

    /** What it has on the disk. */
    ShardState state() {
        return logs.state();
    }

    boolean isWhole() {
        return logs.isWhole();
    }

    /** The ends of all logs that its directory names. Only right after adopting, while nothing waits for the disk. */
    NavigableMap<LogName, LogPoint> tails() {
        return logs.tails();
    }

    /** What its directory says. Only right while {@link #isWhole}. */
    Directory directory() {
        return logs.directory().copy();
    }

    /** See {@link Shard#copy}. */
    Optional<Shard.Copy> copy(String space) {
        return logs.copy(space);
    }

    /** How far a log may be shown by a reader who does not mind being behind. */
    long committed(LogName log) {
        return logs.committed(log);
    }

    LogPoint last(LogName log) {
        return logs.forced(log);
    }

    /** When {@link #tick} has something to do. */
    long wakeAt() {
        var at = Math.min(repair.wakeAt(), commits.wakeAt());
        if (adoption != null) {
            at = Math.min(at, adoption.wakeAt());
        }
        if (blocked != null) {
            at = Math.min(at, lease.untilMicros());
        }
        return at;
    }

    // ---- what happens ----

    void tick(long nowMicros) {
        now = nowMicros;
        var waiting = blocked;
        if (waiting != null && now >= lease.untilMicros()) {
            blocked = null;
            handle(now, waiting.from(), waiting.message());
        }
        if (adoption != null) {
            adoption.tick(now);
        }
        repair.tick(now);
        commits.tick(now);
    }

    void forced(long nowMicros, long ticket) {
        now = nowMicros;
        writes.forced(ticket);
    }

    void refused(long nowMicros, long ticket) {
        now = nowMicros;
        writes.refused(ticket);
    }

    void handle(long nowMicros, ReplicaId from, Message.ToReplica message) {
        now = nowMicros;
        switch (message) {
            case Message.Seal seal -> seal(from, seal);
            case Message.AskTails ask -> askTails(from, ask);
            case Message.Adopt adopt -> adopt(from, adopt);
            case Message.Manifest manifest -> {
                if (adoption != null && adoption.epoch() == manifest.epoch()) {
                    adoption.listed(now, manifest);
                }
            }
            case Message.Append append -> append(from, append);
            case Message.Fetch fetch ->
                copies.answer(fetch).ifPresent(answer -> out.put(new Output.Send(from, answer)));
            case Message.Commits answer -> commits.told(now, answer);
            case Message.Fetched fetched -> {
                if (fetched.repair()) {
                    repair.fetched(now, from, fetched);
                } else if (adoption != null && adoption.epoch() == fetched.epoch()) {
                    adoption.fetched(now, from, fetched);
                }
            }
            case Message.SnapshotOffer offer -> offered(from, offer);
            case Message.Release release -> {
                if (logs.state().adopted() == release.epoch()) {
                    lease.release();
                    tick(now);
                }
            }
        }
    }

    /** The node's own primary opens an epoch. Tells whether it may, once that is on the disk. */
    void start(long nowMicros, long epoch, boolean keepsPrimary, Consumer<Boolean> opened) {
        now = nowMicros;
        var state = logs.stagedState();
        if (!rules.mayStart(state, epoch)) {
            opened.accept(false);
            return;
        }
        var started = state.withStarted(epoch);
        writes.add(
                List.of(new Change.PutState(keepsPrimary ? started.withPromised(epoch) : started)),
                () -> opened.accept(true),
                () -> opened.accept(false));
    }

    /** Damage was found. */
    void damaged(long nowMicros, LogName log, Hole hole) {
        now = nowMicros;
        logs.damage(log, hole);
        repair.tick(now);
    }

    /** Who else may have copies. */
    void peers(List<ReplicaId> members) {
        repair.peers(members);
    }

    /** A snapshot at this index is on the disk: the entries up to it may go. */
    void compact(long nowMicros, LogName log, long index) {
        now = nowMicros;
        writes.whenSettled(() -> {
            if (index <= logs.committed(log)
                    && index > reader.base(log).index()
                    && logs.directory().names(log)
                    && logs.hole(log).isEmpty()) {
                logs.point(log, index)
                        .ifPresent(point -> writes.add(List.of(new Change.CutTo(log, point)), () -> {}, () -> {}));
            }
        });
    }

    /** The catalog has an active configuration that does without this copy. */
    void left(long nowMicros, Configuration active) {
        now = nowMicros;
        if (!rules.mayRemove(logs.stagedState(), active, self) || !writes.isSettled()) {
            return;
        }
        adoption = null;
        var changes = new ArrayList<Change>();
        logs.names().forEach(log -> changes.add(new Change.Drop(log)));
        if (!changes.isEmpty() || logs.stagedState().adopted() > 0) {
            changes.add(new Change.PutState(rules.afterRemoval(logs.stagedState())));
            writes.add(changes, () -> {}, () -> {});
        }
    }

    void snapshotFetched(long nowMicros, LogName log, LogPoint point) {
        now = nowMicros;
        repair.snapshotFetched(log, point);
        if (adoption != null) {
            adoption.snapshotFetched(now, log, point);
        }
        var offer = offers.get(log);
        if (offer != null && offer.point().equals(point)) {
            offers.remove(log);
            writes.whenSettled(() -> switchTo(log, offer));
        }
    }

    void snapshotFailed(long nowMicros, LogName log) {
        now = nowMicros;
        offers.remove(log);
        repair.snapshotFailed(log);
        if (adoption != null) {
            adoption.snapshotFailed(now, log);
        }
    }

    // ---- promises ----

    private void seal(ReplicaId from, Message.Seal seal) {
        if (!promise(from, seal, seal.primary())) {
            return;
        }
        var state = logs.stagedState();
        if (seal.epoch() > state.promised()) {
            adoption = null;
            writes.add(
                    List.of(new Change.PutState(state.withPromised(seal.epoch()))), () -> sealed(from, seal), () -> {});
        } else {
            writes.whenSettled(() -> sealed(from, seal));
        }
    }

    /** Whether the epoch of a message may be promised, or is already. If not, that is answered, or it has to wait. */
    private boolean promise(ReplicaId from, Message.ToReplica message, ReplicaId primary) {
        var promised = logs.stagedState().promised();
        if (message.epoch() < promised) {
            out.put(new Output.Send(from, new Message.Fenced(shard, message.epoch(), promised)));
            return false;
        }
        if (message.epoch() > promised && !rules.mayPromise(lease.isHeldByAnother(primary, now))) {
            if (blocked == null || blocked.message().epoch() <= message.epoch()) {
                blocked = new Blocked(from, message);
            }
            return false;
        }
        return true;
    }

    private void sealed(ReplicaId from, Message.Seal seal) {
        var state = logs.state();
        if (state.promised() != seal.epoch()) {
            return;
        }
        var tails = logs.tails();
        var page = page(tails, Optional.empty());
        out.put(new Output.Send(
                from,
                new Message.Sealed(
                        shard,
                        seal.epoch(),
                        state.adopted(),
                        logs.isWhole(),
                        LogTail.digest(tails),
                        page,
                        page.size() < tails.size())));
    }

    private void askTails(ReplicaId from, Message.AskTails ask) {
        if (logs.state().promised() != ask.epoch() || !writes.isSettled()) {
            return;
        }
        var tails = logs.tails();
        var page = page(tails, Optional.of(ask.after()));
        var more = !page.isEmpty() && !page.getLast().log().equals(tails.lastKey());
        out.put(new Output.Send(from, new Message.Tails(shard, ask.epoch(), ask.after(), page, more)));
    }

    private List<LogTail> page(NavigableMap<LogName, LogPoint> tails, Optional<LogName> after) {
        var rest = after.map(log -> tails.tailMap(log, false)).orElse(tails);
        return rest.entrySet().stream()
                .limit(settings.pageLogs())
                .map(e -> new LogTail(e.getKey(), e.getValue()))
                .toList();
    }

    // ---- adoption ----

    private void adopt(ReplicaId from, Message.Adopt order) {
        if (!promise(from, order, order.configuration().primary())) {
            return;
        }
        if (!rules.mayAdopt(logs.stagedState(), order.epoch())) {
            var epoch = order.epoch();
            if (logs.state().adopted() == epoch) {
                out.put(new Output.Send(from, new Message.Adopted(shard, epoch, Message.Adopted.EARLIER)));
            }
            return;
        }
        repair.joins(order.configuration().members());
        offers.clear();
        var current = adoption;
        if (current != null && current.epoch() == order.epoch()) {
            current.askedAgain(now, order);
            return;
        }
        var begun = new Adoption(shard, order, from, settings, rules, logs, writes, out, new Backoff(settings, random));
        adoption = begun;
        begun.onDone(() -> {
            if (adoption == begun) {
                adoption = null;
            }
        });
        begun.begin(now);
    }

    // ---- entries ----

    private void append(ReplicaId from, Message.Append append) {
        var epoch = append.epoch();
        var state = logs.stagedState();
        if (!rules.takesEntries(state, epoch) || logs.state().adopted() != state.adopted()) {
            out.put(new Output.Send(
                    from,
                    epoch < state.promised()
                            ? new Message.Fenced(shard, epoch, state.promised())
                            : new Message.NotAdopted(shard, epoch, logs.state().adopted())));
            return;
        }
        var given = Math.min(append.leaseMicros(), state.leaseMicros());
        if (given > 0) {
            lease.give(from, now, given);
        }
        for (var commit : append.commits()) {
            commits.told(commit.log(), commit.index());
        }
        var changes = new ArrayList<Change>();
        var verdicts = new TreeMap<LogName, Message.Verdict>();
        var room = writes.gatheredBytes() < 2 * settings.maxInFlightBytes();
        for (var piece : append.pieces()) {
            take(piece, room, changes).ifPresent(verdict -> verdicts.put(piece.log(), verdict));
        }
        Runnable answer = () -> appended(from, append, given, verdicts, append.pieces());
        if (verdicts.isEmpty()) {
            answer.run();
        } else {
            writes.add(changes, answer, () -> {});
        }
    }

    /** What becomes of a piece; empty if it is dropped without an answer, so that it will be sent again. */
    private Optional<Message.Verdict> take(LogPiece piece, boolean room, List<Change> changes) {
        var log = piece.log();
        if (logs.hole(log).isPresent()) {
            return Optional.of(Message.Verdict.DAMAGED);
        }
        if (!logs.directory().names(log)) {
            return Optional.of(Message.Verdict.GAP);
        }
        var tail = logs.staged(log);
        if (piece.before().index() > tail.index()) {
            return Optional.of(Message.Verdict.GAP);
        }
        if (piece.last().index() <= tail.index()) {
            var same = piece.last().index() < tail.index() || rules.agrees(piece.last(), tail);
            return Optional.of(same ? Message.Verdict.STORED : diverged(log, tail.index()));
        }
        if (!rules.agrees(piece.at(tail.index()), tail)) {
            return Optional.of(diverged(log, tail.index()));
        }
        var fresh = new LogPiece(log, tail, piece.behind(tail.index()));
        if (!room || !fresh.isIntact()) {
            return Optional.empty();
        }
        changes.add(new Change.Append(log, tail, fresh.entries()));
        return Optional.of(Message.Verdict.STORED);
    }

    private Message.Verdict diverged(LogName log, long index) {
        out.put(new Output.Diverged(self, log, index));
        return Message.Verdict.DIVERGED;
    }

    private void appended(
            ReplicaId from,
            Message.Append append,
            long given,
            Map<LogName, Message.Verdict> verdicts,
            List<LogPiece> pieces) {
        var acks = new ArrayList<Message.Ack>();
        for (var piece : pieces) {
            var verdict = verdicts.get(piece.log());
            if (verdict != null) {
                acks.add(new Message.Ack(piece.log(), logs.forced(piece.log()), verdict));
                commits.show(piece.log());
            }
        }
        out.put(new Output.Send(
                from, new Message.Appended(shard, append.epoch(), append.round(), append.sentAtMicros(), given, acks)));
    }

    // ---- snapshots ----

    private void offered(ReplicaId from, Message.SnapshotOffer offer) {
        var log = offer.log();
        if (!rules.takesEntries(logs.state(), offer.epoch())
                || adoption != null
                || !logs.directory().names(log)
                || logs.hole(log).isPresent()) {
            return;
        }
        if (!rules.snapshotReplaces(logs.forced(log), offer.point())) {
            has(from, offer.epoch(), log);
        } else if (!offers.containsKey(log)) {
            offers.put(log, new Offer(from, offer.epoch(), offer.point()));
            out.put(new Output.FetchSnapshot(from, log, offer.point()));
        }
    }

    /** A snapshot takes the place of the log, unless the log has come so far by itself, or the epoch is another. */
    private void switchTo(LogName log, Offer offer) {
        if (rules.takesEntries(logs.stagedState(), offer.epoch())
                && adoption == null
                && logs.directory().names(log)
                && rules.snapshotReplaces(logs.staged(log), offer.point())) {
            writes.add(
                    List.of(new Change.BeginAt(log, offer.point())),
                    () -> {
                        commits.show(log);
                        has(offer.from(), offer.epoch(), log);
                    },
                    () -> {});
        }
    }

    /** Tells the primary how far a log is here, so that it goes on from there. */
    private void has(ReplicaId primary, long epoch, LogName log) {
        var ack = new Message.Ack(log, logs.forced(log), Message.Verdict.GAP);
        out.put(new Output.Send(primary, new Message.Appended(shard, epoch, 0, 0, 0, List.of(ack))));
    }
}
