package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cli.ClusterProcesses.Host;
import io.engram.cli.ClusterProcesses.Member;
import io.engram.proof.Hosts;
import io.engram.proof.Hosts.Way;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes on hosts of their own, between which the network is cut, while clients reach all of them: also the one that does not know
 * that it leads nothing any more. Needs root.
 */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterCutTest {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    private Hosts hosts;
    private ClusterProcesses cluster;
    private ClusterLoad load;

    @BeforeAll
    void prepare() throws Exception {
        hosts = Hosts.made(3);
        var places = new ArrayList<Host>();
        for (var host = 0; host < 3; host++) {
            places.add(new Host(hosts.address(host), hosts.enter(host)));
        }
        cluster = new ClusterProcesses(folder, places);
        load = new ClusterLoad(cluster);
    }

    @BeforeEach
    void allAreThere() throws Exception {
        cluster.startAll();
        cluster.awaitHealthy();
    }

    @AfterAll
    void end() throws Exception {
        if (cluster != null) {
            load.close();
            cluster.close();
            hosts.close();
        }
    }

    /** Cuts around the primary of the busy space until writes to it go on, mends that, and compares. */
    private void cutAroundThePrimary(Function<Integer, List<Way>> cuts) throws Exception {
        try (var run = load.start()) {
            run.awaitAcknowledged(50);
            Member primary = cluster.primary(ClusterLoad.BUSY);
            hosts.cut(cuts.apply(cluster.members().indexOf(primary)));
            load.target().watch();
            // As long as it takes to be taken out, and then some.
            Awaitility.await()
                    .pollDelay(Duration.ofSeconds(8))
                    .atMost(ClusterProcesses.PATIENCE)
                    .until(() -> load.target().firstMs().containsKey(ClusterLoad.BUSY));
            run.awaitAcknowledged(run.acknowledged() + 30);
            ClusterLoad.say(
                    "%s was cut off; ms until a write: %s",
                    primary.name(), load.target().firstMs());
            hosts.cut(List.of());
            run.awaitAcknowledged(run.acknowledged() + 50);
            cluster.awaitHealthy();
            assertThat(primary.isRunning()).isTrue();
        }
        load.assertAllIsFound();
    }

    @Test
    void a_primary_that_is_cut_off_from_the_others_acknowledges_nothing_that_is_lost() throws Exception {
        cutAroundThePrimary(one -> Hosts.between(one, (one + 1) % 3, (one + 2) % 3));
    }

    @Test
    void a_primary_that_hears_and_is_not_heard_loses_nothing() throws Exception {
        cutAroundThePrimary(one -> List.of(new Way(one, (one + 1) % 3), new Way(one, (one + 2) % 3)));
    }

    @Test
    void a_primary_that_is_heard_and_does_not_hear_loses_nothing() throws Exception {
        cutAroundThePrimary(one -> List.of(new Way((one + 1) % 3, one), new Way((one + 2) % 3, one)));
    }

    @Test
    void two_that_only_the_third_sees_both_of_lose_nothing() throws Exception {
        cutAroundThePrimary(one -> Hosts.between(one, (one + 1) % 3));
    }
}
