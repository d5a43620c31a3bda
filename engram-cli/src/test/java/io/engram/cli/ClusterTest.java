package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cli.ClusterProcesses.Member;
import io.engram.proof.Clients;
import io.engram.proof.Ledger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
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
 * <p>The long ones run with {@code mvn -pl engram-cli -am test -Dtest=ClusterTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dengram.test.excluded=none}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterTest {
    private static final long SEED = Long.getLong("engram.proof.seed", 20_261_125);
    private static final int CLIENTS = 4;
    private static final int SPACES = 8;
    /** Gets half of all writes. */
    private static final String BUSY = "space-0";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    private final Ledger ledger = new Ledger();
    private final Clients clients = new Clients(ledger, SEED, CLIENTS, SPACES);
    private final Random random = new Random(SEED);
    private ClusterProcesses cluster;
    private ClusterTarget target;

    @BeforeAll
    void prepare() throws Exception {
        cluster = new ClusterProcesses(folder, 3);
        target = new ClusterTarget(cluster.members(), SEED);
    }

    @BeforeEach
    void allAreThere() throws Exception {
        cluster.startAll();
        cluster.awaitHealthy();
    }

    @AfterAll
    void end() throws Exception {
        target.close();
        cluster.close();
    }

    private static void say(String form, Object... values) {
        System.out.println("CLUSTER " + form.formatted(values));
    }

    /** All is well again, and every node answers with exactly what was acknowledged. */
    private void assertAllIsFound() throws Exception {
        cluster.awaitHealthy();
        var faults = new ArrayList<String>();
        clients.retry(target, random).ifPresent(faults::add);
        for (var everything : target.everythingOnEach()) {
            faults.addAll(ledger.compare(everything));
        }
        say("%s; not answered with success: %s", ledger.summary(), target.refusals());
        assertThat(faults).as("seed %d", SEED).isEmpty();
    }

    @Test
    @Order(1)
    void three_nodes_form_one_cluster_and_each_serves_what_another_took() throws Exception {
        try (var run = clients.start(target)) {
            run.awaitAcknowledged(100);
        }
        assertAllIsFound();
        assertThat(ledger.unanswered()).isZero();
    }

    @Test
    @Order(2)
    void a_killed_primary_is_replaced_and_comes_back() throws Exception {
        Member primary;
        try (var run = clients.start(target)) {
            run.awaitAcknowledged(50);
            primary = cluster.primary(BUSY);
            primary.kill();
            target.watch();
            Awaitility.await().atMost(ClusterProcesses.PATIENCE).until(() -> target.firstMs()
                    .containsKey(BUSY));
            run.awaitAcknowledged(run.acknowledged() + 100);
            say(
                    "%s led %s and was killed; ms until each space took a write again: %s",
                    primary.name(), BUSY, target.firstMs());
            assertThat(cluster.primary(BUSY)).isNotSameAs(primary);
            primary.launch().awaitReady();
            run.awaitAcknowledged(run.acknowledged() + 100);
        }
        assertAllIsFound();
    }

    @Test
    @Order(3)
    void all_nodes_killed_at_once_come_back_with_everything() throws Exception {
        try (var run = clients.start(target)) {
            run.awaitAcknowledged(100);
            for (var member : cluster.members()) {
                member.kill();
            }
            cluster.startAll();
            run.awaitAcknowledged(run.acknowledged() + 50);
        }
        assertAllIsFound();
    }

    @Test
    @Order(4)
    void a_rolling_restart_fails_no_request_of_a_client_that_tries_again() throws Exception {
        var before = ledger.unanswered();
        try (var run = clients.start(target)) {
            for (var member : cluster.members()) {
                run.awaitAcknowledged(run.acknowledged() + 30);
                member.stop();
                run.awaitAcknowledged(run.acknowledged() + 30);
                member.launch().awaitReady();
                cluster.awaitHealthy();
            }
        }
        assertAllIsFound();
        assertThat(ledger.unanswered()).isEqualTo(before);
    }

    @Test
    @Order(5)
    @Tag("long")
    void a_primary_that_was_frozen_for_longer_than_every_timeout_joins_again_by_itself() throws Exception {
        try (var run = clients.start(target)) {
            run.awaitAcknowledged(50);
            var primary = cluster.primary(BUSY);
            primary.freeze();
            target.watch();
            // As long as it takes for the others to take it out, and then some.
            Awaitility.await()
                    .pollDelay(Duration.ofSeconds(8))
                    .atMost(ClusterProcesses.PATIENCE)
                    .until(() -> target.firstMs().containsKey(BUSY));
            say("%s led %s and was frozen; ms until a write: %s", primary.name(), BUSY, target.firstMs());
            primary.thaw();
            run.awaitAcknowledged(run.acknowledged() + 100);
            cluster.awaitHealthy();
            assertThat(primary.isRunning()).isTrue();
        }
        assertAllIsFound();
    }

    @Test
    @Order(6)
    @Tag("long")
    void a_wiped_disk_is_filled_again() throws Exception {
        for (var member : cluster.members()) {
            try (var run = clients.start(target)) {
                run.awaitAcknowledged(30);
                member.stop();
                member.wipe();
                run.awaitAcknowledged(run.acknowledged() + 30);
                member.launch().awaitReady();
                run.awaitAcknowledged(run.acknowledged() + 30);
            }
            assertAllIsFound();
        }
    }
}
