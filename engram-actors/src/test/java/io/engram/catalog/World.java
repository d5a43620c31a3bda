package io.engram.catalog;

import io.engram.catalog.format.BadCatalogBytesException;
import io.engram.catalog.format.MessageCodec;
import io.engram.simulation.NetworkFaults;
import io.engram.simulation.SeededRandom;
import io.engram.simulation.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** A simulated cluster: machines, the oracle that watches them, and the time that passes. */
final class World {
    /** Impatient ones, so that much happens, with bounds so small that they are met. */
    static final CatalogSettings SETTINGS = new CatalogSettings(
            50_000, 5_000, 200_000, 64, 4, 60_000, 20, 64, new CatalogLimits(1 << 20, 64, 64, 16, 64, 5));

    final Simulation<Envelope> simulation;
    final SeededRandom random;
    final Flaw flaw;
    final Oracle oracle = new Oracle();
    final List<Machine> machines = new ArrayList<>();
    private final Map<Incarnation, String> addresses = new HashMap<>();

    World(Simulation<Envelope> simulation, int machines, Flaw flaw, CatalogSettings settings) {
        this.simulation = simulation;
        this.flaw = flaw;
        random = simulation.random();
        for (var i = 1; i <= machines; i++) {
            this.machines.add(new Machine(
                    "n" + i,
                    simulation,
                    oracle,
                    flaw,
                    settings,
                    incarnation -> Optional.ofNullable(addresses.get(incarnation)),
                    lost -> lost.locate(random.pick(this.machines).incarnation())));
        }
        refreshAddresses();
        var codec = new MessageCodec(settings.limits());
        simulation.network().setWire(envelope -> {
            try {
                return codec.decode(codec.encode(envelope));
            } catch (BadCatalogBytesException e) {
                throw new Oracle.Violation(envelope + " cannot be read back: " + e.getMessage());
            }
        });
    }

    /** Machines got new disks, and with them new identities. */
    void refreshAddresses() {
        addresses.clear();
        machines.forEach(machine -> addresses.put(machine.incarnation(), machine.name()));
    }

    Machine machine(int number) {
        return machines.get(number - 1);
    }

    Optional<Machine> machine(Incarnation incarnation) {
        return machines.stream()
                .filter(machine -> machine.incarnation().equals(incarnation))
                .findFirst();
    }

    List<Machine> running() {
        return machines.stream()
                .filter(machine ->
                        machine.process().isUp() && !machine.process().isFrozen())
                .toList();
    }

    /** Lets the next thing happen, and looks at all disks. */
    void step() {
        simulation.time().step();
        machines.forEach(Machine::look);
    }

    void runFor(long micros) {
        var end = simulation.time().nowMicros() + micros;
        while (simulation.time().nextMicros() <= end) {
            step();
        }
        simulation.time().runUntil(end);
    }

    /** Runs until something holds. Fails if that takes too long: stuck is a failure like lost. */
    void await(String what, long mostMicros, Predicate<World> condition) {
        var end = simulation.time().nowMicros() + mostMicros;
        while (!condition.test(this)) {
            if (simulation.time().nextMicros() > end) {
                throw new Oracle.Violation("%s took more than %,d us".formatted(what, mostMicros));
            }
            step();
        }
    }

    void start(Machine machine) {
        machine.start();
        findTheWay(machine, machine.process().run());
    }

    /** What the discovery of a server does: a node that knows no voters asks others, until it does. */
    private void findTheWay(Machine machine, long run) {
        if (machine.node().isPresent()
                && machine.process().run() == run
                && machine.node().flatMap(CatalogNode::founding).isEmpty()) {
            machine.locate(random.pick(machines).incarnation());
            simulation.time().after(random.between(50_000, 500_000), () -> findTheWay(machine, run));
        }
    }

    /** The first machines found the cluster, on a good network. */
    void found(int founders) {
        var nodes = machines.subList(0, founders);
        nodes.forEach(this::start);
        var entries = nodes.stream().map(Machine::entry).toList();
        // They do not all see each other at the same time.
        nodes.forEach(machine -> simulation.time().after(random.between(0, 1_000_000), () -> machine.found(entries)));
        await(
                "founding",
                10_000_000,
                _ -> nodes.stream()
                        .allMatch(machine ->
                                machine.node().flatMap(CatalogNode::founding).isPresent()));
    }

    /** Nothing is broken any more. */
    void heal() {
        simulation.network().healAll();
        simulation.network().setFaults(NetworkFaults.NONE);
        for (var machine : machines) {
            machine.disk().setFailing(false);
            machine.process().thaw();
            if (!machine.process().isUp()) {
                start(machine);
            }
        }
    }
}
