package io.engram.replication;

import io.engram.simulation.NetworkFaults;
import io.engram.simulation.SeededRandom;
import java.util.List;

/** Breaks things at random, each run in its own mood: some are only slow, in some everything happens at once. */
final class Breaker {
    static final String TRIGGERED = "fault at a decisive moment";
    static final String NO_CATALOG = "node cut off from the catalog";

    private final ReplicationSimulation world;
    private final SeededRandom random;
    private long until;
    private double triggered;

    Breaker(ReplicationSimulation world) {
        this.world = world;
        random = world.simulation.random().split();
    }

    /** Goes on for so long. */
    void begin(long micros) {
        until = world.simulation.time().nowMicros() + micros;
        var network = random.pick(List.of(
                NetworkFaults.NONE,
                new NetworkFaults(0.02, 0.02, 0.02, 200, 3_000, 300_000, false),
                NetworkFaults.SOME,
                new NetworkFaults(0.15, 0.1, 0.1, 200, 20_000, 1_000_000, false)));
        world.simulation.network().setFaults(network);
        if (random.chance(0.3)) {
            world.nodes().forEach(node -> node.disk.setForceMicros(100, random.between(500, 60_000)));
        }
        triggered = random.pick(List.of(0.0, 0.03, 0.1, 0.25));
        var pause = random.pick(List.of(30_000L, 150_000L, 600_000L));
        next(pause);
    }

    private void next(long pause) {
        world.simulation.time().after(random.between(1, 2 * pause), () -> {
            if (world.simulation.time().nowMicros() < until) {
                strike();
                next(pause);
            }
        });
    }

    /** Breaks something just when a promise, an adoption or a snapshot is being made, or an epoch opens. */
    void happens(SimNode node, ShardId id, Output output) {
        if (output instanceof Output.Force force
                && force.changes().stream()
                        .noneMatch(c -> c instanceof Change.PutState || c instanceof Change.CutAfter)) {
            return;
        }
        if (!random.chance(triggered)) {
            return;
        }
        world.simulation.faults().add(TRIGGERED);
        world.simulation.time().after(random.nextBoolean() ? 0 : random.between(0, 5_000), () -> {
            if (world.isQuiet()) {
                return;
            }
            var other = random.pick(world.nodes());
            var primary =
                    world.node(world.register(id).value().newest().primary()).orElse(other);
            var target = random.pick(List.of(node, node, primary, other));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> kill(target, random.between(1_000, 400_000));
                case 3 -> freeze(target);
                case 4 -> isolate(target);
                case 5 -> cutOffCatalog(target);
                default -> world.administer(random);
            }
        });
    }

    private void cutOffCatalog(SimNode node) {
        world.simulation.faults().add(NO_CATALOG);
        node.cutFromCatalog = true;
        later(random.between(100_000, 2_000_000), () -> node.cutFromCatalog = false);
    }

    private void strike() {
        var node = random.pick(world.nodes());
        switch (random.nextInt(19)) {
            case 0, 1 -> kill(node, random.between(1_000, 1_500_000));
            case 2 -> freeze(node);
            case 3, 4 -> cut();
            case 5 -> isolate(node);
            case 6 -> fill(node);
            case 7 -> fail(node);
            case 8 -> clocks(node);
            case 9, 10, 11 -> world.administer(random);
            case 12, 16, 17 -> compact(node);
            case 18 -> cutOffCatalog(node);
            case 13 -> spoil(node);
            case 14 -> {
                world.simulation.faults().add(ReplicationSimulation.CLOSED);
                node.close(random.pick(world.shards()));
            }
            default -> killAll();
        }
    }

    private void later(long micros, Runnable action) {
        world.simulation.time().after(micros, () -> {
            if (!world.isQuiet()) {
                action.run();
            }
        });
    }

    private void kill(SimNode node, long down) {
        if (node.process.isUp()) {
            node.crash();
            later(down, () -> world.restart(node));
        }
    }

    private void killAll() {
        if (random.chance(0.2)) {
            world.nodes().forEach(node -> kill(node, random.between(1_000, 500_000)));
        }
    }

    private void freeze(SimNode node) {
        node.process.freeze(false);
        later(random.between(10_000, 2_000_000), node.process::thaw);
    }

    private void cut() {
        var from = random.pick(world.nodes()).process.name();
        var to = random.pick(world.nodes()).process.name();
        if (from.equals(to)) {
            return;
        }
        var network = world.simulation.network();
        network.cut(from, to);
        later(random.between(10_000, 2_000_000), () -> network.heal(from, to));
    }

    private void isolate(SimNode node) {
        world.simulation.network().isolate(node.process.name());
        if (random.nextBoolean()) {
            cutOffCatalog(node);
        }
        later(random.between(100_000, 2_000_000), world.simulation.network()::healAll);
    }

    private void fill(SimNode node) {
        node.full = true;
        later(random.between(50_000, 1_500_000), () -> node.full = false);
    }

    private void fail(SimNode node) {
        node.disk.setFailing(true);
        later(random.between(1_000, 100_000), () -> {
            node.disk.setFailing(false);
            world.restart(node);
        });
        later(random.between(100_000, 300_000), () -> world.restart(node));
    }

    private void clocks(SimNode node) {
        if (random.nextBoolean()) {
            node.process.clock().jump(random.between(-5_000_000, 5_000_000));
        } else {
            var error = world.settings.clockRateError();
            node.process.clock().setRate(random.pick(List.of(1 - error, 1.0, 1 + error)));
        }
    }

    private void compact(SimNode node) {
        var id = random.pick(world.shards());
        node.durable(id).logs().keySet().stream()
                .filter(log -> !log.isDirectory())
                .forEach(log -> node.compact(id, log));
    }

    private void spoil(SimNode node) {
        if (!world.maySpoil(node)) {
            return;
        }
        if (random.chance(0.4)) {
            world.wipe(node);
            return;
        }
        var id = random.pick(world.shards());
        var logs = List.copyOf(node.durable(id).logs().entrySet());
        if (!logs.isEmpty()) {
            var log = random.pick(logs);
            var from = log.getValue().base().index() + 1;
            var to = log.getValue().last().index();
            if (from <= to) {
                node.flip(id, log.getKey(), random.chance(0.4) ? to : random.between(from, to));
                later(random.between(1_000, 500_000), () -> node.scrub(id));
                if (random.chance(0.3)) {
                    kill(node, random.between(1_000, 100_000));
                }
            }
        }
    }
}
