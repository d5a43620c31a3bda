package io.engram.catalog;

import io.engram.simulation.NetworkFaults;
import io.engram.simulation.SeededRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Breaks things at random moments, and mends them again. Also changes voters, and lets machines come and go. */
final class Chaos {
    /** How hard it tries. */
    record Severity(long everyMicros, boolean wipes, boolean changesVoters, double badNetwork) {
        static Severity drawn(SeededRandom random) {
            return new Severity(
                    random.between(5_000, 400_000),
                    random.chance(0.6),
                    random.chance(0.8),
                    random.chance(0.3) ? 0 : 0.5);
        }
    }

    private final World world;
    private final SeededRandom random;
    private final Severity severity;
    private final Client operator;
    private final Set<Incarnation> lost = new HashSet<>();
    private final List<List<Incarnation>> wanted = new ArrayList<>();
    private boolean over;
    private long changes;

    Chaos(World world, Severity severity, Client operator) {
        this.world = world;
        this.severity = severity;
        this.operator = operator;
        random = world.random.split();
    }

    void begin() {
        next();
    }

    /** Nothing more is broken from now on. */
    void end() {
        over = true;
    }

    /** How many changes of voters were wanted. */
    long changes() {
        return changes;
    }

    private void next() {
        world.simulation.time().after(random.between(1, 2 * severity.everyMicros()), () -> {
            if (!over) {
                act();
                next();
            }
        });
    }

    private void act() {
        var machine = random.pick(world.machines);
        var network = world.simulation.network();
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> {
                machine.kill();
                restartLater(machine);
            }
            case 3 -> {
                machine.process().freeze(random.nextBoolean());
                world.simulation.time().after(random.between(1_000, 1_500_000), machine.process()::thaw);
            }
            case 4 -> network.isolate(machine.name());
            case 5, 6 -> network.cut(machine.name(), random.pick(world.machines).name());
            case 7, 8, 9 -> network.healAll();
            case 10 ->
                network.setFaults(
                        random.chance(severity.badNetwork())
                                ? new NetworkFaults(
                                        random.nextDouble() * 0.3,
                                        random.nextDouble() * 0.3,
                                        random.nextDouble() * 0.2,
                                        100,
                                        random.between(500, 60_000),
                                        random.between(60_000, 3_000_000),
                                        random.chance(0.3))
                                : NetworkFaults.NONE);
            case 11 -> {
                if (severity.wipes()) {
                    wipe(machine);
                }
            }
            case 12 -> changeVoters();
            case 13 -> {
                machine.disk().setFailing(true);
                world.simulation.time().after(random.between(1_000, 300_000), () -> {
                    machine.disk().setFailing(false);
                    restartLater(machine);
                });
            }
            default -> throw new IllegalStateException();
        }
    }

    private void restartLater(Machine machine) {
        world.simulation.time().after(random.between(1_000, 1_000_000), () -> {
            if (!machine.process().isUp()) {
                world.start(machine);
            }
        });
    }

    /** An empty disk, unless that would take the majority from voters who may be needed. */
    private void wipe(Machine machine) {
        var possible = new ArrayList<>(world.oracle.possibleVoters());
        possible.addAll(wanted);
        var with = new HashSet<>(lost);
        with.add(machine.incarnation());
        var bearable = possible.stream()
                .allMatch(voters -> voters.stream().filter(with::contains).count() <= (voters.size() - 1) / 2);
        if (!bearable || machine.node().flatMap(CatalogNode::founding).isEmpty()) {
            return;
        }
        machine.kill();
        lost.add(machine.incarnation());
        var before = machine.incarnation();
        machine.wipe();
        world.refreshAddresses();
        world.start(machine);
        join(machine, before);
    }

    private void join(Machine machine, Incarnation before) {
        operator.wish(new Edit.JoinNode(machine.entry(), Optional.of(before)), "", "");
    }

    /** Lets a machine in that was not there at the founding. */
    void admit(Machine machine) {
        world.start(machine);
        operator.wish(new Edit.JoinNode(machine.entry(), Optional.empty()), "", "");
    }

    private void changeVoters() {
        if (!severity.changesVoters()) {
            return;
        }
        var knowing = world.running().stream()
                .flatMap(machine -> machine.node().stream())
                .filter(node -> node.founding().isPresent())
                .toList();
        if (knowing.isEmpty()) {
            return;
        }
        var node = random.pick(knowing);
        var document = node.known().or(node::founding).orElseThrow();
        var candidates = new ArrayList<Incarnation>();
        for (var entry : document.body().nodes().values()) {
            if (!lost.contains(entry.incarnation())) {
                candidates.add(entry.incarnation());
            }
        }
        if (candidates.isEmpty()) {
            return;
        }
        var chosen = new HashSet<Incarnation>();
        var count = random.chance(0.2) ? 1 : random.chance(0.7) ? 3 : 5;
        if (severity.wipes() && count == 1) {
            count = 3;
        }
        for (var tries = 0; tries < 40 && chosen.size() < count; tries++) {
            chosen.add(random.pick(candidates));
        }
        if (chosen.size() % 2 == 0) {
            return;
        }
        var voters = chosen.stream().sorted().toList();
        wanted.add(voters);
        changes++;
        operator.wish(new Edit.ChangeVoters(node.founding().orElseThrow().id().generation() + 1, voters), "", "");
    }
}
