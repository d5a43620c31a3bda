package io.engram.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.simulation.FaultCounts;
import io.engram.simulation.Schedules;
import io.engram.simulation.Simulation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The catalog under faults, as seeds have it: clients with edits and readers on a cluster whose processes die and freeze,
 * whose disks forget what was not forced, fail and are wiped, whose network loses, repeats and reorders, and whose voters
 * change all the while. The {@link Oracle} looks at every step. When the faults end everything that was wanted must be
 * decided, and all nodes must agree, within a bounded time.
 */
class CatalogSimulationTest {
    private static final int RUNS = 300;
    private static final long STUCK_MICROS = 60_000_000;

    @Test
    void a_catalog_under_faults_loses_nothing_and_recovers() {
        var faults = Schedules.of(
                        "engram-actors",
                        CatalogSimulationTest.class,
                        "a_catalog_under_faults_loses_nothing_and_recovers")
                .<Envelope>run(RUNS, simulation -> schedule(simulation, Flaw.NONE));
        assertThat(faults.of(FaultCounts.KILLED)).isPositive();
    }

    static void schedule(Simulation<Envelope> simulation, Flaw flaw) {
        var random = simulation.random();
        var machines = (int) random.between(3, 7);
        var world = new World(simulation, machines, flaw, World.SETTINGS);
        var founders = (int) random.between(1, Math.min(machines, 5));
        world.found(founders);
        var clients = new ArrayList<Client>();
        for (var i = 1; i <= random.between(1, 4); i++) {
            clients.add(new Client(world, "c" + i, random.between(30_000, 800_000)));
        }
        var operator = new Client(world, "operator", 500_000);
        var chaos = new Chaos(world, Chaos.Severity.drawn(random), operator);
        for (var machine : world.machines.subList(founders, machines)) {
            chaos.admit(machine);
        }
        chaos.begin();
        load(world, clients, random.between(2_000_000, 12_000_000), random.between(5_000, 200_000));
        chaos.end();
        world.heal();
        clients.add(operator);
        recover(world, clients);
        simulation.faults().add("run");
        for (var i = 0; i < clients.stream().mapToLong(Client::decided).sum(); i++) {
            simulation.faults().add("edit decided");
        }
        for (var i = 0; i < world.oracle.generations(); i++) {
            simulation.faults().add("generation founded");
        }
        for (var i = 0; i < clients.stream().mapToLong(Client::readsAnswered).sum(); i++) {
            simulation.faults().add("read answered");
        }
    }

    private static void load(World world, List<Client> clients, long micros, long everyMicros) {
        var end = world.simulation.time().nowMicros() + micros;
        while (world.simulation.time().nowMicros() < end) {
            var client = world.random.pick(clients);
            if (client.undecided().size() < 12) {
                switch (world.random.nextInt(4)) {
                    case 0 -> client.read();
                    case 1 -> propose(world, client);
                    default -> client.step();
                }
            }
            world.runFor(world.random.between(1, 2 * everyMicros));
        }
    }

    private static void propose(World world, Client client) {
        var machine = world.random.pick(world.machines);
        machine.learned().ifPresent(document -> {
            var members = new ArrayList<Incarnation>();
            for (var node : document.body().nodes().values()) {
                if (members.size() < 3 && world.random.chance(0.7)) {
                    members.add(node.incarnation());
                }
            }
            if (!members.isEmpty()) {
                client.propose(world.random.between(0, 3), document, members);
            }
        });
    }

    /** Stuck is a failure like lost. */
    static void recover(World world, List<Client> clients) {
        world.await(
                "deciding what was wanted",
                STUCK_MICROS,
                _ -> clients.stream().allMatch(client -> client.undecided().isEmpty()));
        var last = new Client(world, "last", 500_000).step();
        world.await("one more edit", STUCK_MICROS, _ -> last.isDecided());
        var version = world.oracle.tipVersion();
        for (var machine : world.machines) {
            var read = new ArrayList<Document>();
            world.await("a read at " + machine.name(), STUCK_MICROS, _ -> {
                if (read.isEmpty() && machine.node().isPresent()) {
                    machine.read(answer -> answer.chosen().ifPresent(read::add));
                }
                return !read.isEmpty();
            });
            assertThat(read.getFirst().version()).isGreaterThanOrEqualTo(version);
        }
    }
}
