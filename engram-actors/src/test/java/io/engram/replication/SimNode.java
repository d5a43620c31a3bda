package io.engram.replication;

import io.engram.log.format.LogPoint;
import io.engram.simulation.SeededRandom;
import io.engram.simulation.SimulatedDisk;
import io.engram.simulation.SimulatedProcess;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One incarnation of a node: a process, a disk, and a {@link Shard} for each shard of the simulation. */
final class SimNode {
    static final String REFUSED = "write refused by a full disk";
    static final String QUARANTINED = "write refused by a quarantined log";
    static final String SNAPSHOT_LOST = "snapshot not fetched";
    static final String FLIPPED = "bit flipped in an entry";
    static final String MENDED = "damaged entry mended";
    static final String COMPACTED = "log compacted";
    static final String READ_BACK = "copy with data told to read it back";

    /** A timer comes no sooner than after so long, so that something can happen between one and the next. */
    private static final long LEAST_TIMER_MICROS = 50;

    /** A shard in this run of the process. */
    private static final class Running {
        final Shard shard;
        final SpaceKeys keys = new SpaceKeys();
        final Map<String, LogName> spaces = new TreeMap<>();
        SimulatedProcess.@Nullable Timer timer;
        long timerAt = Long.MAX_VALUE;

        Running(Shard shard) {
            this.shard = shard;
        }
    }

    final ReplicaId id;
    final SimulatedProcess<Message> process;
    final SimulatedDisk<StoredNode> disk;
    private final ReplicationSimulation world;
    private final SeededRandom random;
    private final Map<ShardId, Running> running = new HashMap<>();
    private final Map<Long, Consumer<Outcome>> requests = new HashMap<>();
    private long request;
    boolean full;
    boolean cutFromCatalog;
    boolean wiped;

    SimNode(ReplicationSimulation world, String incarnation) {
        this.world = world;
        id = new ReplicaId(incarnation);
        process = world.simulation.process(incarnation);
        disk = new SimulatedDisk<>(world.simulation, process, StoredNode.EMPTY);
        random = world.simulation.random().split();
    }

    /** With what is on its way to the disk. */
    StoredShard written(ShardId id) {
        return disk.read().shard(id);
    }

    StoredShard durable(ShardId shard) {
        return disk.durable().shard(shard);
    }

    boolean isUp() {
        return process.isUp() && !process.isFrozen();
    }

    long now() {
        return process.clock().monotonicMicros();
    }

    // ---- life ----

    void start() {
        process.start(
                (from, message) -> with(message.shard(), shard -> shard.receive(now(), new ReplicaId(from), message)));
        requests.clear();
        running.clear();
        for (var shard : world.shards()) {
            var reader = new StoredReader(() -> durable(shard), log -> foundDamage(shard, log));
            running.put(
                    shard,
                    new Running(new Shard(shard, id, world.settings, world.rules, reader, random.split(), now())));
            with(shard, _ -> {});
        }
    }

    void crash() {
        process.kill();
        disk.crash();
        running.clear();
        requests.clear();
    }

    /** Its disk is gone for ever, and this incarnation with it. */
    void wipe() {
        process.kill();
        disk.wipe(StoredNode.EMPTY);
        running.clear();
        requests.clear();
        wiped = true;
    }

    // ---- feeding the shard ----

    void with(ShardId id, Consumer<Shard> action) {
        var one = running.get(id);
        if (one == null) {
            return;
        }
        action.accept(one.shard);
        for (var outputs = one.shard.takeOutputs(); !outputs.isEmpty(); outputs = one.shard.takeOutputs()) {
            for (var output : outputs) {
                if (running.get(id) != one) {
                    return;
                }
                perform(id, one, output);
            }
        }
        arm(id, one);
    }

    private void arm(ShardId id, Running one) {
        var at = one.shard.wakeAt();
        if (at == one.timerAt) {
            return;
        }
        if (one.timer != null) {
            one.timer.cancel();
            one.timer = null;
        }
        one.timerAt = at;
        if (at != Long.MAX_VALUE) {
            one.timer = process.after(Math.max(LEAST_TIMER_MICROS, at - now()), () -> {
                one.timer = null;
                one.timerAt = Long.MAX_VALUE;
                with(id, shard -> shard.tick(now()));
            });
        }
    }

    private void later(long micros, Runnable action) {
        var run = process.run();
        world.simulation.time().after(micros, () -> process.inRun(run, action));
    }

    private void perform(ShardId id, Running one, Output output) {
        switch (output) {
            case Output.Send send -> {
                if (send.message() instanceof Message.Adopt adopt) {
                    world.node(send.to())
                            .map(node -> node.durable(id))
                            .filter(copy -> copy.state().adopted() < adopt.trusted())
                            .filter(copy -> !copy.logs().isEmpty())
                            .ifPresent(_ -> world.simulation.faults().add(READ_BACK));
                }
                process.send(send.to().incarnation(), send.message());
            }
            case Output.Force force -> {
                world.happens(this, id, output);
                if (running.get(id) == one) {
                    force(id, force);
                }
            }
            case Output.FetchSnapshot fetch -> {
                fetchSnapshot(id, fetch);
                world.happens(this, id, output);
            }
            case Output.Activate activate ->
                world.ask(this, () -> {
                    var active = world.register(id).activate(activate.configuration());
                    if (active) {
                        world.judge(id).check();
                    }
                    return () -> with(id, shard -> {
                        if (active) {
                            shard.active(now(), activate.configuration());
                        } else {
                            shard.superseded(
                                    now(), world.register(id).value().newest().epoch());
                        }
                    });
                });
            case Output.Answer answer -> {
                var waiting = requests.remove(answer.request());
                if (waiting != null) {
                    waiting.accept(answer.outcome());
                }
            }
            case Output.Committed committed -> committed(id, one, committed);
            case Output.Opened opened -> {
                world.simulation.trace(() -> this.id + " leads " + opened.configuration());
                world.judge(id).leads(opened.configuration().epoch(), run());
                var stored = durable(id);
                one.keys.reset(stored);
                spaces(one, stored, stored.log(LogName.DIRECTORY).last().index());
                world.happens(this, id, output);
            }
            case Output.Closed closed ->
                world.simulation.trace(() -> this.id + " closed epoch " + closed.epoch() + ": " + closed.why());
            case Output.Diverged diverged -> throw new AssertionError("diverged: " + diverged);
        }
    }

    private String run() {
        return id + "#" + process.run();
    }

    private void committed(ShardId id, Running one, Output.Committed committed) {
        var stored = durable(id);
        world.judge(id).committed(stored, committed.log(), committed.index());
        if (one.shard.isActivePrimary()) {
            one.keys.apply(stored.log(committed.log()), committed.log(), committed.index());
            if (committed.log().isDirectory()) {
                spaces(one, stored, committed.index());
            }
        }
    }

    private static void spaces(Running one, StoredShard stored, long index) {
        var directory = stored.log(LogName.DIRECTORY);
        one.spaces.clear();
        for (var i = 1L; i <= index && i <= directory.last().index(); i++) {
            switch (DirectoryEntry.of(directory.entry(i).content())) {
                case DirectoryEntry.Create create -> one.spaces.put(create.space(), new LogName(create.space(), i));
                case DirectoryEntry.Delete delete ->
                    one.spaces.remove(delete.space(), new LogName(delete.space(), delete.created()));
            }
        }
    }

    // ---- the disk ----

    private void force(ShardId id, Output.Force force) {
        var grows = force.changes().stream().anyMatch(c -> c instanceof Change.Append || c instanceof Change.Mend);
        var quarantined = disk.read().shard(id).refuses(force.changes());
        quarantined.ifPresent(log -> foundDamage(id, log));
        if (quarantined.isPresent() || full && (grows || random.chance(0.2))) {
            world.simulation.faults().add(quarantined.isPresent() ? QUARANTINED : REFUSED);
            later(random.between(50, 1_000), () -> with(id, shard -> shard.refused(now(), force.ticket())));
            return;
        }
        world.simulation.trace(() -> this.id + " forces " + force.changes());
        if (force.changes().stream().anyMatch(c -> c instanceof Change.Mend)) {
            world.simulation.faults().add(MENDED);
        }
        disk.write(disk.read().with(id, disk.read().shard(id).with(force.changes())));
        disk.force(
                () -> {
                    world.judge(id).check();
                    with(id, shard -> shard.forced(now(), force.ticket()));
                },
                this::crash);
    }

    /** Makes a snapshot of what is committed, and then lets the log go up to there. */
    void compact(ShardId id, LogName log) {
        var one = running.get(id);
        if (one == null || !isUp() || full) {
            return;
        }
        var stored = disk.read().shard(id).log(log);
        var index = one.shard.committed(log);
        var contents = stored.contentsUpTo(index);
        if (index <= stored.base().index()
                || contents.isEmpty()
                || stored.point(index).isEmpty()) {
            return;
        }
        world.simulation.faults().add(COMPACTED);
        putSnapshot(id, log, new StoredLog.StoredSnapshot(stored.point(index).get(), contents.get()), () -> {
            with(id, shard -> shard.compact(now(), log, index));
        });
    }

    private void putSnapshot(ShardId id, LogName log, StoredLog.StoredSnapshot snapshot, Runnable done) {
        var shard = disk.read().shard(id);
        disk.write(disk.read().with(id, shard.with(log, shard.log(log).withSnapshot(snapshot))));
        disk.force(done, this::crash);
    }

    private void fetchSnapshot(ShardId id, Output.FetchSnapshot fetch) {
        later(random.between(500, 20_000), () -> {
            var source = world.node(fetch.from());
            var found = source.isPresent()
                            && source.get().isUp()
                            && !world.simulation.network().isCut(fetch.from().incarnation(), this.id.incarnation())
                            && !random.chance(world.isQuiet() ? 0 : 0.1)
                    ? source.get().durable(id).log(fetch.log()).snapshots().stream()
                            .filter(s -> s.point().equals(fetch.point()))
                            .findFirst()
                    : Optional.<StoredLog.StoredSnapshot>empty();
            if (found.isEmpty()) {
                world.simulation.faults().add(SNAPSHOT_LOST);
                with(id, shard -> shard.snapshotFailed(now(), fetch.log()));
            } else {
                putSnapshot(id, fetch.log(), found.get(), () -> fetched(id, fetch.log(), fetch.point()));
            }
        });
    }

    private void fetched(ShardId id, LogName log, LogPoint point) {
        with(id, shard -> shard.snapshotFetched(now(), log, point));
    }

    /** An entry cannot be read any more. */
    void flip(ShardId id, LogName log, long index) {
        world.simulation.faults().add(FLIPPED);
        world.simulation.trace(() -> "entry " + index + " of " + log + " is damaged at " + this.id);
        alter(id, log, stored -> stored.damage(index));
    }

    /** Changes what is on the disk behind its back, both what is durable and what is not yet. */
    private void alter(ShardId id, LogName log, UnaryOperator<StoredLog> change) {
        var shard = disk.read().shard(id);
        disk.write(disk.read().with(id, shard.with(log, change.apply(shard.log(log)))));
        disk.force(() -> {}, this::crash);
    }

    private void foundDamage(ShardId id, LogName log) {
        if (durable(id).log(log).hasUnmetDamage()) {
            later(1, () -> {
                var stored = disk.read().shard(id).log(log);
                if (stored.hasUnmetDamage()) {
                    alter(id, log, StoredLog::note);
                    with(id, shard -> shard.damaged(now(), log, StoredReader.hole(stored)));
                }
            });
        }
    }

    /** Reads everything back. */
    void scrub(ShardId id) {
        if (isUp()) {
            durable(id).logs().forEach((log, stored) -> {
                if (!stored.damaged().isEmpty()) {
                    foundDamage(id, log);
                }
            });
        }
    }

    // ---- requests of clients ----

    /** Takes a request to the shard, if the process runs. */
    void request(ShardId id, SimClient.Operation operation, Consumer<Outcome> answer) {
        process.inRun(process.run(), () -> handle(id, operation, answer));
    }

    private void handle(ShardId id, SimClient.Operation operation, Consumer<Outcome> answer) {
        var one = running.get(id);
        if (one == null || !one.shard.isActivePrimary()) {
            answer.accept(new Outcome.Refused(Outcome.Reason.NOT_PRIMARY));
            return;
        }
        var epoch = one.shard.leads().orElseThrow().epoch();
        var number = ++request;
        var deadline = now() + operation.patienceMicros();
        Consumer<Outcome> checked = outcome -> {
            if (outcome instanceof Outcome.Stored stored && stored.committed() || outcome instanceof Outcome.Readable) {
                // Still in the epoch in which it was asked, or in one that this run went over to.
                var active = one.shard.isActivePrimary() ? one.shard.leads() : Optional.<Configuration>empty();
                world.judge(id).leads(active.map(Configuration::epoch).orElse(epoch), run());
            }
            answer.accept(outcome);
        };
        requests.put(number, checked);
        switch (operation) {
            case SimClient.Append append -> append(id, one, append, number, deadline);
            case SimClient.Create create ->
                with(id, shard -> shard.create(now(), number, create.space(), wall(), deadline));
            case SimClient.Delete delete -> {
                world.judge(id).deleteAsked(delete.space());
                with(id, shard -> shard.delete(now(), number, delete.space(), wall(), deadline));
            }
            case SimClient.Read read ->
                with(id, shard -> shard.read(now(), number, read.space(), read.strict(), deadline));
        }
    }

    private long wall() {
        return Math.max(0, process.clock().wallMicros());
    }

    private void append(ShardId id, Running one, SimClient.Append append, long number, long deadline) {
        var answer = requests.get(number);
        var log = one.spaces.get(append.space());
        if (answer == null) {
            return;
        }
        if (log == null) {
            requests.remove(number);
            answer.accept(new Outcome.Refused(Outcome.Reason.NO_SUCH_SPACE));
            return;
        }
        // What was damaged when it was committed may be mended by now.
        if (!one.keys.apply(durable(id).log(log), log, one.shard.committed(log))) {
            requests.remove(number);
            answer.accept(new Outcome.Refused(Outcome.Reason.BUSY));
            return;
        }
        var last = append.keys().getLast();
        var known = one.keys.indexOf(log, last);
        if (known > 0 || append.keys().stream().anyMatch(key -> one.keys.isUnderWay(log, key))) {
            requests.remove(number);
            answer.accept(
                    known > 0
                            ? new Outcome.Stored(log, known - append.keys().size() + 1, known, true)
                            : new Outcome.Unknown("still under way"));
            return;
        }
        // A part of them may have been committed in an earlier epoch, and the rest lost.
        var missing = append.keys().stream()
                .filter(key -> one.keys.indexOf(log, key) == 0)
                .toList();
        missing.forEach(key -> one.keys.begin(log, key));
        requests.put(number, outcome -> {
            if (running.get(id) == one) {
                switch (outcome) {
                    case Outcome.Stored stored
                    when stored.committed() -> {
                        for (var i = 0; i < missing.size(); i++) {
                            one.keys.stored(log, missing.get(i), stored.first() + i);
                        }
                    }
                    case Outcome.Refused _ -> missing.forEach(key -> one.keys.refused(log, key));
                    case Outcome.Stored _, Outcome.Unknown _, Outcome.Readable _ -> {}
                }
            }
            answer.accept(outcome);
        });
        var entries = missing.stream()
                .map(key -> new NewEntry(key.getBytes(StandardCharsets.UTF_8), wall()))
                .toList();
        with(id, shard -> shard.append(now(), number, log, 0, entries, append.level(), deadline));
    }

    // ---- the catalog ----

    /** What this node learns from the catalog, perhaps late. */
    void learns(ShardId id, Register.Value value) {
        with(id, shard -> {
            value.lastActive().ifPresent(active -> shard.active(now(), active));
            if (value.newest().primary().equals(this.id)) {
                // Also if it is active already: a node that was restarted may try to go on, and must not succeed.
                shard.open(now(), value.newest(), value.lastActive());
            } else if (!value.active()) {
                shard.superseded(now(), value.newest().epoch());
            }
        });
    }

    /** Whether this node's own run leads, or opens, at least this epoch. */
    boolean leads(ShardId id, long epoch) {
        var one = running.get(id);
        return one != null && one.shard.leads().filter(c -> c.epoch() >= epoch).isPresent();
    }

    boolean isActive(ShardId id) {
        var one = running.get(id);
        return one != null && one.shard.isActivePrimary();
    }

    void close(ShardId id) {
        with(id, shard -> shard.close(now(), "asked to"));
    }

    long committed(ShardId id, LogName log) {
        var one = running.get(id);
        return one == null ? 0 : one.shard.committed(log);
    }

    String describe(ShardId id) {
        var one = running.get(id);
        return "%s %s %s"
                .formatted(
                        this.id,
                        one == null ? "down" : one.shard.describe(),
                        durable(id).logs());
    }
}
