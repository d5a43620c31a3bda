package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.simulation.FaultCounts;
import io.engram.simulation.Schedules;
import io.engram.simulation.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Replication under everything that can go wrong, many times.
 *
 * <p>A schedule is one run of a {@link ReplicationSimulation} from one seed: three to five nodes with one or two shards, clients
 * that write, read, create and delete, a {@link Breaker} for some seconds of virtual time, and then quiet. After every forced write
 * and every answer the {@link Judge} looks whether what was acknowledged is where it has to be; reads are held against what was
 * acknowledged before they began. In the end everything must be active, whole and equal within a minute of virtual time: stuck is
 * a failure like lost. What chance does not find is in {@link Scripts}; {@link PlantedBugTest} shows that it is all found.
 *
 * <p>A failure prints its seed, the last lines of its trace, and the command that does it again. More schedules:
 *
 * <pre>
 * mvn -pl engram-actors -am test -Dtest=ReplicationSimulationTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dengram.simulation.runs=100000 -Dengram.simulation.from=1
 * </pre>
 */
class ReplicationSimulationTest {
    static final String SCHEDULE = "schedule";
    static final String WRITES = "write acknowledged";
    static final String READS = "read answered";

    /** What a good number of schedules must have met; a fault that does not happen is not tested. */
    private static final List<String> FAULTS = List.of(
            FaultCounts.DROPPED,
            FaultCounts.DUPLICATED,
            FaultCounts.SLOW,
            FaultCounts.OVERTAKEN,
            FaultCounts.CUT,
            FaultCounts.NOBODY,
            FaultCounts.LINK_CUT,
            FaultCounts.KILLED,
            FaultCounts.FROZEN,
            FaultCounts.CLOCK_JUMP,
            FaultCounts.CLOCK_RATE,
            FaultCounts.FORGOTTEN,
            FaultCounts.WIPED,
            FaultCounts.FORCE_FAILED,
            SimNode.REFUSED,
            SimNode.FLIPPED,
            SimNode.MENDED,
            SimNode.COMPACTED,
            SimNode.SNAPSHOT_LOST,
            SimNode.READ_BACK,
            SimClient.RETRIED,
            SimClient.UNKNOWN,
            ReplicationSimulation.PROPOSED,
            ReplicationSimulation.CATALOG_LOST,
            ReplicationSimulation.STALE,
            ReplicationSimulation.CLOSED,
            Breaker.TRIGGERED,
            Breaker.NO_CATALOG);

    /** Small bounds, so that every one of them is met. */
    static ReplicationSettings settings(long leaseMicros) {
        return new ReplicationSettings(
                50_000, 400_000, leaseMicros, 0.05, 3, 1_000, 3, 2_000, 2, 40, 20_000, 600, 20, 10_000);
    }

    static void schedule(Simulation<Message> simulation, Rules rules) {
        var random = simulation.random();
        var nodes = random.chance(0.3) ? 5 : random.chance(0.3) ? 4 : 3;
        var lease = random.pick(List.of(0L, 100_000L, 300_000L));
        var world = new ReplicationSimulation(simulation, settings(lease), rules, nodes, random.chance(0.2) ? 2 : 1);
        world.run(random.between(1_000_000, 6_000_000), new Breaker(world));
        simulation.faults().add(SCHEDULE);
        for (var i = 0L; i < world.acknowledged; i++) {
            simulation.faults().add(WRITES);
        }
        for (var i = 0L; i < world.reads; i++) {
            simulation.faults().add(READS);
        }
    }

    @Test
    void nothingAcknowledgedIsLostAndEverythingHeals() {
        var counts = Schedules.of(
                        "engram-actors", ReplicationSimulationTest.class, "nothingAcknowledgedIsLostAndEverythingHeals")
                .<Message>run(2_000, simulation -> schedule(simulation, Rules.STRICT));
        System.out.println(counts);
        if (counts.of(SCHEDULE) >= 1_000) {
            assertThat(counts.all()).containsKeys(FAULTS.toArray(String[]::new));
            assertThat(counts.of(WRITES)).isGreaterThan(10 * counts.of(SCHEDULE));
            assertThat(counts.of(READS)).isGreaterThan(10 * counts.of(SCHEDULE));
        }
    }

    @TestFactory
    Stream<DynamicTest> knownBadHistoriesDoNoHarm() {
        return Stream.of(Scripts.values())
                .filter(script -> !script.breaksAPromiseOfTheDisk())
                .map(script -> DynamicTest.dynamicTest(script.name(), () -> {
                    for (var seed = 1; seed <= 100; seed++) {
                        play(script, seed);
                    }
                }));
    }

    private static void play(Scripts script, long seed) {
        try {
            script.run(new Simulation<>(seed), Rules.STRICT);
        } catch (RuntimeException | Error failure) {
            var again = new Simulation<Message>(seed, true);
            try {
                script.run(again, Rules.STRICT);
            } catch (RuntimeException | Error same) {
                throw new AssertionError(
                        "%s with seed %d: %s%n%s"
                                .formatted(script, seed, same.getMessage(), String.join("\n", again.lines())),
                        same);
            }
            throw failure;
        }
    }

    /** No protocol survives this; it shows why a disk that was emptied must have another identity. */
    @Test
    void anEmptiedDiskUnderItsOldIdentityLosesWhatWasAcknowledged() {
        assertThatThrownBy(() -> Scripts.EMPTIED_DISK_UNDER_ITS_OLD_NAME.run(new Simulation<>(1), Rules.STRICT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("was acknowledged, but 1 of");
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        var stories = new ArrayList<List<String>>();
        for (var i = 0; i < 2; i++) {
            var simulation = new Simulation<Message>(42, true);
            schedule(simulation, Rules.STRICT);
            stories.add(simulation.lines());
        }
        assertThat(stories.get(0)).isEqualTo(stories.get(1)).isNotEmpty();
    }
}
