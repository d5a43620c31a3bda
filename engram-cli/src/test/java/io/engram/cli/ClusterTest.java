package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cli.ClusterProcesses.Member;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real nodes, to which everything happens that happens to nodes, while clients write and read through all of them. One
 * cluster lives through all of it: what was acknowledged in the first test must be there after the last.
 *
 * <p>The long ones run with {@code mvn -pl engram-cli -am test -Dtest='Cluster*Test' -Dsurefire.failIfNoSpecifiedTests=false
 * -Dengram.test.excluded=none}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterTest {
    private static final String BUSY = ClusterLoad.BUSY;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    private ClusterProcesses cluster;
    private ClusterLoad load;

    @BeforeAll
    void prepare() throws Exception {
        cluster = new ClusterProcesses(folder, 3);
        load = new ClusterLoad(cluster);
    }

    @BeforeEach
    void allAreThere() throws Exception {
        cluster.startAll();
        cluster.awaitHealthy();
    }

    @AfterAll
    void end() throws Exception {
        load.close();
        cluster.close();
    }

    @Test
    @Order(1)
    void three_nodes_form_one_cluster_and_each_serves_what_another_took() throws Exception {
        try (var run = load.start()) {
            run.awaitAcknowledged(100);
        }
        load.assertAllIsFound();
        assertThat(load.ledger().unanswered()).isZero();
    }

    @Test
    @Order(2)
    void a_killed_primary_is_replaced_and_comes_back() throws Exception {
        Member primary;
        try (var run = load.start()) {
            run.awaitAcknowledged(50);
            primary = cluster.primary(BUSY);
            primary.kill();
            load.target().watch();
            Awaitility.await()
                    .atMost(ClusterProcesses.PATIENCE)
                    .until(() -> load.target().firstMs().containsKey(BUSY));
            run.awaitAcknowledged(run.acknowledged() + 100);
            ClusterLoad.say(
                    "%s led %s and was killed; ms until each space took a write again: %s",
                    primary.name(), BUSY, load.target().firstMs());
            assertThat(cluster.primary(BUSY)).isNotSameAs(primary);
            primary.launch().awaitReady();
            run.awaitAcknowledged(run.acknowledged() + 100);
        }
        load.assertAllIsFound();
    }

    @Test
    @Order(3)
    void all_nodes_killed_at_once_come_back_with_everything() throws Exception {
        try (var run = load.start()) {
            run.awaitAcknowledged(100);
            for (var member : cluster.members()) {
                member.kill();
            }
            cluster.startAll();
            run.awaitAcknowledged(run.acknowledged() + 50);
        }
        load.assertAllIsFound();
    }

    @Test
    @Order(4)
    void a_rolling_restart_fails_no_request_of_a_client_that_tries_again() throws Exception {
        var before = load.ledger().unanswered();
        try (var run = load.start()) {
            for (var member : cluster.members()) {
                run.awaitAcknowledged(run.acknowledged() + 30);
                member.stop();
                run.awaitAcknowledged(run.acknowledged() + 30);
                member.launch().awaitReady();
                cluster.awaitHealthy();
            }
        }
        load.assertAllIsFound();
        assertThat(load.ledger().unanswered()).isEqualTo(before);
    }

    @Test
    @Order(5)
    @Tag("long")
    void a_primary_that_was_frozen_for_longer_than_every_timeout_joins_again_by_itself() throws Exception {
        try (var run = load.start()) {
            run.awaitAcknowledged(50);
            var primary = cluster.primary(BUSY);
            primary.freeze();
            load.target().watch();
            // As long as it takes for the others to take it out, and then some.
            Awaitility.await()
                    .pollDelay(Duration.ofSeconds(8))
                    .atMost(ClusterProcesses.PATIENCE)
                    .until(() -> load.target().firstMs().containsKey(BUSY));
            ClusterLoad.say(
                    "%s led %s and was frozen; ms until a write: %s",
                    primary.name(), BUSY, load.target().firstMs());
            primary.thaw();
            run.awaitAcknowledged(run.acknowledged() + 100);
            cluster.awaitHealthy();
            assertThat(primary.isRunning()).isTrue();
        }
        load.assertAllIsFound();
    }

    @Test
    @Order(6)
    @Tag("long")
    void a_wiped_disk_is_filled_again() throws Exception {
        for (var member : cluster.members()) {
            try (var run = load.start()) {
                run.awaitAcknowledged(30);
                member.stop();
                member.wipe();
                run.awaitAcknowledged(run.acknowledged() + 30);
                member.launch().awaitReady();
                run.awaitAcknowledged(run.acknowledged() + 30);
            }
            load.assertAllIsFound();
        }
    }

    @Test
    @Order(7)
    @Tag("long")
    void a_node_without_room_on_its_disk_stops_nobody_else() throws Exception {
        var more = "60000GiB";
        try (var run = load.start()) {
            run.awaitAcknowledged(30);
            var member = cluster.primary(BUSY);
            member.stop();
            member.launch(
                    Map.of("ENGRAM_PERSISTENCE_MIN_FREE_BYTES", more, "ENGRAM_PERSISTENCE_WARN_FREE_BYTES", more));
            run.awaitAcknowledged(run.acknowledged() + 200);
            member.kill();
            member.launch().awaitReady();
            run.awaitAcknowledged(run.acknowledged() + 50);
        }
        load.assertAllIsFound();
    }
}
