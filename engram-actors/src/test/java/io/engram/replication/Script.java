package io.engram.replication;

import io.engram.log.format.LogPoint;
import io.engram.simulation.NetworkFaults;
import io.engram.simulation.SeededRandom;
import io.engram.simulation.Simulation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A history that somebody wrote down, played by a cluster of its own: three nodes named a, b, c (and d, e where they are used), one
 * shard, one space. Each step is a line; what lies between the steps is fuzzed, more with every seed: pauses, a slow network,
 * a crash. Random walks alone do not find the histories that matter in any reasonable time.
 */
final class Script {
    private static final ShardId SHARD = new ShardId("p0");
    static final String SPACE = "s0";

    private final Simulation<Message> simulation;
    private final SeededRandom random;
    private final ReplicationSimulation world;
    private final double fuzz;
    private int key;

    /** @param seed 1 plays it as it is written */
    Script(Simulation<Message> simulation, Rules rules, long leaseMicros, int nodes) {
        this.simulation = simulation;
        random = simulation.random().split();
        world = new ReplicationSimulation(simulation, ReplicationSimulationTest.settings(leaseMicros), rules, nodes, 1);
        fuzz = simulation.seed() <= 1 ? 0 : random.pick(List.of(0.02, 0.1, 0.3));
        if (fuzz > 0 && random.nextBoolean()) {
            simulation.network().setFaults(new NetworkFaults(0.01, 0.05, 0.05, 200, 4_000, 50_000, false));
        }
        world.script();
    }

    // ---- steps ----

    /** The catalog is given the next epoch, and its primary learns of it. */
    void propose(String primary, String... members) {
        disturb();
        var epoch = catalog().newest().epoch();
        var ids = Arrays.stream(members).map(m -> node(m).id).toList();
        world.register(SHARD).propose(epoch, new Configuration(epoch + 1, node(primary).id, ids));
        simulation.trace(() -> "SCRIPT proposed " + world.register(SHARD).value());
        learns(primary);
    }

    void learns(String name) {
        var node = node(name);
        if (node.process.isUp()) {
            node.process.inRun(
                    node.process.run(),
                    () -> node.learns(SHARD, world.register(SHARD).value()));
        }
    }

    /** Learns what the catalog said when it had this epoch. */
    void learnsLate(String name, Register.Value value) {
        disturb();
        var node = node(name);
        node.process.inRun(node.process.run(), () -> node.learns(SHARD, value));
    }

    Register.Value catalog() {
        return world.register(SHARD).value();
    }

    /** Waits until the newest epoch is active and its primary knows. */
    void active() {
        await(() -> world.register(SHARD).value().active()
                && world.node(world.register(SHARD).value().newest().primary())
                        .filter(n -> n.isActive(SHARD))
                        .isPresent());
    }

    void await(BooleanSupplier condition) {
        for (var i = 0; i < 300 && !condition.getAsBoolean(); i++) {
            simulation.time().runUntil(simulation.time().nowMicros() + 5_000);
            if (i % 50 == 49) {
                simulation.trace(() -> "SCRIPT still waits");
            }
        }
    }

    void pause(long micros) {
        simulation.time().runUntil(simulation.time().nowMicros() + micros);
    }

    void crash(String name) {
        disturb();
        if (node(name).process.isUp()) {
            node(name).crash();
        }
    }

    void restart(String name) {
        world.restart(node(name));
    }

    void cut(String one, String other) {
        disturb();
        simulation.network().cut(node(one).process.name(), node(other).process.name());
        simulation.network().cut(node(other).process.name(), node(one).process.name());
    }

    void heal(String one, String other) {
        disturb();
        simulation.network().heal(node(one).process.name(), node(other).process.name());
        simulation.network().heal(node(other).process.name(), node(one).process.name());
    }

    void isolate(String name) {
        for (var other : world.nodes()) {
            if (other != node(name)) {
                cut(name, other.process.name().substring(0, 1));
            }
        }
    }

    void join(String name) {
        for (var other : world.nodes()) {
            if (other != node(name)) {
                heal(name, other.process.name().substring(0, 1));
            }
        }
    }

    void create(String at) {
        ask(at, new SimClient.Create(SPACE, 200_000));
        pause(60_000);
    }

    void delete(String at) {
        ask(at, new SimClient.Delete(SPACE, 200_000));
        pause(60_000);
    }

    /** Appends so many entries at a node and does not wait. */
    void append(String at, int entries) {
        var keys = new ArrayList<String>();
        for (var i = 0; i < entries; i++) {
            keys.add("k" + key++);
        }
        ask(at, new SimClient.Append(SPACE, keys, Level.QUORUM, 200_000));
    }

    void read(String at, boolean strict) {
        ask(at, new SimClient.Read(SPACE, strict, 200_000));
    }

    void ask(String at, SimClient.Operation operation) {
        disturb();
        var judge = world.judge(SHARD);
        var before = judge.readBegins(SPACE);
        node(at).request(SHARD, operation, outcome -> {
            simulation.trace(() -> "SCRIPT " + operation + " at " + at + ": " + outcome);
            SimClient.isFinal(judge, operation, before, outcome);
        });
    }

    void compact(String name) {
        node(name).compact(SHARD, log(name));
    }

    void flipLast(String name) {
        var log = log(name);
        node(name).flip(SHARD, log, node(name).durable(SHARD).log(log).last().index());
    }

    /** An entry of the space cannot be read any more, and nobody knows. */
    void flip(String name, long index) {
        node(name).flip(SHARD, log(name), index);
    }

    void wipeKeepingIdentity(String name) {
        world.wipeKeepingIdentity(node(name));
    }

    /** A message that was sent long ago arrives only now. */
    void late(String from, String to, Message message) {
        disturb();
        var node = node(to);
        var sender = node(from).id;
        node.process.inRun(
                node.process.run(), () -> node.with(SHARD, shard -> shard.receive(node.now(), sender, message)));
        pause(50_000);
    }

    /** The offer of the snapshot that a node has. */
    Optional<Message> snapshotOffer(String of) {
        var log = log(of);
        return node(of).durable(SHARD).log(log).snapshots().stream()
                .findFirst()
                .map(s -> new Message.SnapshotOffer(SHARD, catalog().newest().epoch(), log, s.point()));
    }

    /** The order to adopt the newest epoch, which began with nothing. */
    Message adoptEmpty() {
        var start = new TreeMap<LogName, LogPoint>();
        start.put(LogName.DIRECTORY, LogPoint.START);
        return new Message.Adopt(SHARD, catalog().newest(), 1, LogTail.digest(start), 0, 0);
    }

    /** How many entries of the space are on a disk. */
    long has(String name) {
        return node(name).durable(SHARD).log(log(name)).last().index();
    }

    ShardState state(String name) {
        return node(name).durable(SHARD).state();
    }

    private LogName log(String name) {
        return node(name).durable(SHARD).logs().keySet().stream()
                .filter(l -> !l.isDirectory())
                .findFirst()
                .orElse(new LogName(SPACE, 1));
    }

    /** Everything heals and goes on by itself. */
    void end() {
        world.heal();
        world.letGo();
        world.converge();
    }

    private SimNode node(String name) {
        return world.nodes().stream()
                .filter(n -> n.process.name().startsWith(name))
                .findFirst()
                .orElseThrow();
    }

    private void disturb() {
        if (!random.chance(fuzz)) {
            return;
        }
        var node = random.pick(world.nodes());
        switch (random.nextInt(5)) {
            case 0, 1 -> pause(random.between(100, 30_000));
            case 2 -> pause(random.between(1_000, 400_000));
            case 3 -> {
                if (node.process.isUp()) {
                    node.crash();
                    world.restart(node);
                }
            }
            default ->
                node.process.inRun(
                        node.process.run(),
                        () -> node.learns(SHARD, world.register(SHARD).value()));
        }
    }
}
