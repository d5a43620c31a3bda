package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.simulation.FaultCounts;
import io.engram.simulation.Schedules;
import io.engram.simulation.Simulation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs {@link ReplicationSimulation} with many seeds. */
class ReplicationSimulationTest {
    /** Small bounds, so that every one of them is met. */
    static ReplicationSettings settings(long leaseMicros) {
        return new ReplicationSettings(
                50_000, 400_000, leaseMicros, 0.05, 3, 1_000, 3, 2_000, 2, 40, 20_000, 600, 20, 10_000);
    }

    static void schedule(Simulation<Message> simulation, Rules rules) {
        var random = simulation.random();
        var nodes = random.chance(0.3) ? 5 : random.chance(0.3) ? 4 : 3;
        var world = new ReplicationSimulation(simulation, settings(random.pick(List.of(0L, 100_000L, 300_000L))), rules, nodes, random.chance(0.2) ? 2 : 1);
        world.run(random.between(1_000_000, 6_000_000), new Breaker(world));
        simulation.faults().add("schedule");
        for (var i = 0L; i < world.acknowledged; i++) {
            simulation.faults().add("write acknowledged");
        }
        for (var i = 0L; i < world.reads; i++) {
            simulation.faults().add("read answered");
        }
    }

    @Test
    void nothingAcknowledgedIsLostAndEverythingHeals() {
        var faults = Schedules.of(
                        "engram-actors", ReplicationSimulationTest.class, "nothingAcknowledgedIsLostAndEverythingHeals")
                .<Message>run(2_000, simulation -> schedule(simulation, Rules.STRICT));
        System.err.println(faults);
        assertThat(faults.of(FaultCounts.KILLED)).isPositive();
    }

    public static void main(String[] arguments) {
        if (arguments[0].equals("planted")) {
            var most = Integer.parseInt(arguments[1]);
            for (var bug : PlantedBug.values()) {
                if (arguments.length > 2 && !bug.name().contains(arguments[2])) {
                    continue;
                }
                var found = 0;
                var first = 0;
                var how = new java.util.TreeMap<String, Integer>();
                for (var seed = 1; seed <= most; seed++) {
                    try {
                        schedule(new Simulation<>(seed), bug.rules);
                    } catch (RuntimeException | Error e) {
                        found++;
                        first = first == 0 ? seed : first;
                        var text = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
                        how.merge(
                                e.getClass().getSimpleName() + " "
                                        + text.replaceAll("[a-e]?[0-9]+", "#").substring(0, Math.min(50, text.replaceAll("[a-e]?[0-9]+", "#").length())),
                                1,
                                Integer::sum);
                    }
                }
                System.out.println(bug + ": " + found + " of " + most + ", first " + first);
                how.entrySet().stream().sorted((a, b) -> b.getValue() - a.getValue()).limit(4).forEach(e -> System.out.println("      " + e));
            }
            return;
        }
        var start = System.nanoTime();
        var faults = Schedules.of("engram-actors", ReplicationSimulationTest.class, "x")
                .<Message>run(Integer.parseInt(arguments[0]), simulation -> schedule(simulation, Rules.STRICT));
        System.out.println(faults);
        System.out.printf("%.1f s%n", (System.nanoTime() - start) / 1e9);
    }
}
