package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The epoch is active: this run, and no other, takes appends and reads for the shard.
 *
 * <p>An append is placed in the log in memory, goes to every member, the own copy included, and is answered when as many have
 * forced it as its level asks for. A read is answered under leases of a majority, or once a majority has confirmed the epoch. It
 * ends at once when a member has promised a higher epoch.
 *
 * <p>If the next configuration has the same primary, this run goes over to it: it takes no more appends, waits until the own copy
 * has forced all that there is, and then starts the next epoch with its own log as the start. Whoever waits is answered when that
 * epoch is active.
 */
final class Active extends PrimaryPhase {
    private final Term term;
    private final PrimaryLogs logs;
    private final Replicator replicator;
    private final ReadQueue reads;
    private final int self;
    private @Nullable Configuration next;

    /** @param kept what this run led in the epoch before, if it kept the lead */
    Active(ShardPrimary run, Term term, Optional<PrimaryLogs> kept) {
        super(run, term.configuration);
        this.term = term;
        logs = kept.orElseGet(() -> PrimaryLogs.read(run));
        self = term.own().ordinal;
        replicator = new Replicator(run, term, logs);
        reads = new ReadQueue(run, term, replicator);
    }

    @Override
    void enter() {
        run.out.put(new Output.Opened(configuration()));
        logs.begin(term.followers.size());
        // The start of the epoch is committed with its activation.
        commit(logs.directory(), logs.directory().start);
        List.copyOf(logs.all()).forEach(log -> commit(log, log.start));
        for (var follower : term.followers) {
            if (follower.adopted) {
                follower.adopted = false;
                replicator.adopted(follower, false);
            }
        }
        List.copyOf(logs.all()).forEach(this::advance);
    }

    // ---- requests ----

    void append(long request, LogName name, long first, List<NewEntry> entries, Level level, long deadline) {
        var log = logs.of(name);
        if (next != null) {
            refuse(request, Outcome.Reason.CHANGING);
        } else if (name.isDirectory()
                || entries.isEmpty()
                || log.isEmpty()
                || !logs.appended().names(name)) {
            refuse(request, Outcome.Reason.NO_SUCH_SPACE);
        } else if (!run.rules.mayAppend(
                name.created(), logs.directory().committed.index())) {
            refuse(request, Outcome.Reason.CHANGING);
        } else if (first != 0 && first != log.get().last.index() + 1) {
            refuse(request, Outcome.Reason.STALE);
        } else {
            append(request, log.get(), name, entries, level, deadline);
        }
    }

    void create(long request, String space, long timeMicros, long deadline) {
        if (next != null) {
            refuse(request, Outcome.Reason.CHANGING);
        } else if (space.isEmpty() || logs.appended().created(space).isPresent()) {
            refuse(request, Outcome.Reason.EXISTS);
        } else {
            var created = run.rules.logOf(space, logs.directory().last.index() + 1);
            var entry = new NewEntry(new DirectoryEntry.Create(space).toBytes(), timeMicros);
            if (append(request, logs.directory(), created, List.of(entry), Level.QUORUM, deadline)) {
                logs.created(created);
                follow(created);
            }
        }
    }

    private void follow(LogName created) {
        var log = logs.of(created).orElseThrow();
        for (var follower : term.followers) {
            log.next[follower.ordinal] = 1;
        }
    }

    void delete(long request, String space, long timeMicros, long deadline) {
        var created = logs.appended().created(space);
        if (next != null) {
            refuse(request, Outcome.Reason.CHANGING);
        } else if (created.isEmpty()) {
            refuse(request, Outcome.Reason.NO_SUCH_SPACE);
        } else if (!run.rules.mayAppend(
                created.getAsLong(), logs.directory().committed.index())) {
            refuse(request, Outcome.Reason.CHANGING);
        } else {
            var entry = new NewEntry(new DirectoryEntry.Delete(space, created.getAsLong()).toBytes(), timeMicros);
            var subject = run.rules.logOf(space, created.getAsLong());
            append(request, logs.directory(), subject, List.of(entry), Level.QUORUM, deadline);
        }
    }

    private boolean append(
            long request, PrimaryLog log, LogName subject, List<NewEntry> entries, Level level, long deadline) {
        var bytes = entries.stream().mapToLong(NewEntry::bytes).sum();
        if (!logs.hasRoomFor(entries.size(), bytes)) {
            refuse(request, Outcome.Reason.BUSY);
            return false;
        }
        var first = log.last.index() + 1;
        var last = log.last.index() + entries.size();
        logs.append(log, configuration().epoch(), entries, new Pending(request, subject, first, last, level, deadline));
        replicator.appended(log);
        replicator.pumpAll();
        return true;
    }

    void read(long request, String space, boolean strict, long deadline) {
        if (!strict && isLeased()) {
            run.answer(request, readable(space));
        } else if (reads.isFull()) {
            refuse(request, Outcome.Reason.BUSY);
        } else {
            reads.add(request, space, deadline);
        }
    }

    List<LogName> spaces() {
        return List.copyOf(logs.committed().logs());
    }

    /** Of each space's log at each other member. */
    List<Progress> progress() {
        var all = new ArrayList<Progress>();
        for (var log : logs.all()) {
            if (!log.name.isDirectory()) {
                for (var follower : term.followers) {
                    if (follower.ordinal != self) {
                        all.add(progress(log, follower));
                    }
                }
            }
        }
        return all;
    }

    private static Progress progress(PrimaryLog log, Follower follower) {
        var last = log.last.index();
        var confirmed = follower.adopted ? log.confirmed[follower.ordinal] : 0;
        var lacksNothing = confirmed >= last;
        var isInMemory = !lacksNothing && log.window.has(confirmed + 1);
        return new Progress(
                log.name,
                follower.id,
                last,
                confirmed,
                follower.adopted,
                lacksNothing
                        ? OptionalLong.of(0)
                        : isInMemory ? OptionalLong.of(log.window.bytesFrom(confirmed + 1)) : OptionalLong.empty(),
                isInMemory ? OptionalLong.of(log.window.get(confirmed + 1).timeMicros()) : OptionalLong.empty(),
                follower.heardAt);
    }

    /** Up to where every member, this one too, has a log on its disk; empty if the log is not there. */
    OptionalLong everywhere(LogName name) {
        return logs.of(name)
                .map(log -> term.followers.stream()
                        .mapToLong(follower -> follower.adopted ? log.confirmed[follower.ordinal] : 0)
                        .min())
                .orElse(OptionalLong.empty());
    }

    private boolean isLeased() {
        var leases = term.followers.stream()
                .filter(f -> f.adopted && f.leaseUntil > run.now)
                .count();
        return leases >= configuration().quorum();
    }

    /** What may be shown of a space now. */
    Outcome.Readable readable(String space) {
        var created = logs.committed().created(space);
        if (created.isEmpty()) {
            return new Outcome.Readable(Optional.empty(), 0);
        }
        var name = run.rules.logOf(space, created.getAsLong());
        var log = logs.of(name).orElseThrow();
        return new Outcome.Readable(Optional.of(name), run.rules.showable(log.committed.index(), log.last.index()));
    }

    private void refuse(long request, Outcome.Reason reason) {
        run.answer(request, new Outcome.Refused(reason));
    }

    // ---- answers of the members ----

    @Override
    void handle(ReplicaId from, Message.ToPrimary message) {
        var follower = term.of(from);
        if (follower.isEmpty()) {
            return;
        }
        switch (message) {
            case Message.Appended answer -> {
                if (follower.get().adopted) {
                    replicator.answered(follower.get(), answer).forEach(this::advance);
                    replicator.pump(follower.get());
                    reads.answer(this);
                    changeIfDrained();
                }
            }
            case Message.Adopted adopted -> {
                replicator.adopted(follower.get(), adopted.manifest() == term.manifest() && !term.isStale());
                List.copyOf(logs.all()).forEach(this::advance);
            }
            case Message.NotAdopted _ -> {
                replicator.notAdopted(follower.get());
                askToAdopt();
            }
            case Message.AskManifest ask -> {
                renewList();
                term.answer(from, ask);
            }
            case Message.AskCommits ask -> {
                if (follower.get().adopted) {
                    run.send(from, replicator.commits(follower.get(), ask));
                }
            }
            case Message.Sealed _, Message.Tails _, Message.Fenced _ -> {}
        }
    }

    private void askToAdopt() {
        renewList();
        term.followers.forEach(term::askToAdopt);
    }

    /** What one that joins late has to adopt: the start of the epoch, or if that is not there any more, what is committed. */
    private void renewList() {
        if (!term.isStale()) {
            return;
        }
        var targets = new TreeMap<LogName, Target>();
        for (var log : logs.all()) {
            if (logs.committed().names(log.name)) {
                targets.put(log.name, new Target(log.name, log.committed, run.self));
            }
        }
        term.list(targets);
    }

    private void advance(PrimaryLog log) {
        if (!logs.isThere(log)) {
            return; // deleted by what was committed just before
        }
        replicator.committed(log).ifPresent(point -> commit(log, point));
        logs.answer(log, self);
        logs.trim(log, self, replicator.everybodyHas(log));
    }

    private void commit(PrimaryLog log, LogPoint point) {
        var gained = logs.commit(log, point);
        replicator.tell(log);
        logs.answer(log, self);
        if (!gained.isEmpty()) {
            for (var deleted : logs.committed().forget(point.index())) {
                logs.deleted(deleted).ifPresent(gone -> term.followers.forEach(f -> f.forget(gone)));
                if (term.targets().containsKey(deleted)) {
                    term.outdate();
                }
            }
        }
    }

    // ---- the next epoch ----

    /** The next epoch has the same primary. */
    void changeTo(Configuration configuration) {
        next = configuration;
        changeIfDrained();
    }

    private void changeIfDrained() {
        var configuration = next;
        if (configuration == null || run.configuration() != configuration()) {
            return;
        }
        var drained =
                run.local.isWhole() && logs.all().stream().allMatch(log -> log.confirmed[self] == log.last.index());
        if (drained) {
            reads.refuseAll(Outcome.Reason.CHANGING);
            run.become(Starting.byKeeping(run, configuration, logs, term));
        }
    }

    // ---- time ----

    @Override
    void tick() {
        renewListFor();
        replicator.tick();
        reads.tick();
        logs.expire(run.now);
        changeIfDrained();
    }

    private void renewListFor() {
        if (term.followers.stream().anyMatch(f -> !f.adopted)) {
            renewList();
        }
    }

    @Override
    long wakeAt() {
        var at = Math.min(replicator.wakeAt(), Math.min(reads.wakeAt(), logs.firstDeadline()));
        return next == null ? at : Math.min(at, run.now + run.settings.retryMicros());
    }

    @Override
    void leave(String why) {
        logs.abandon(why);
        reads.refuseAll(Outcome.Reason.NOT_PRIMARY);
        term.followers.forEach(f ->
                run.send(f.id, new Message.Release(run.shard, configuration().epoch())));
    }

    @Override
    String describe() {
        return super.describe() + ", " + term;
    }
}
