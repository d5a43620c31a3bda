package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cli.ClusterProcesses.Member;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Who is taken into a cluster of real nodes, and that there is only ever one of it. */
@Tag("long")
class ClusterFoundingTest {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private ClusterProcesses cluster;

    @BeforeEach
    void prepare() throws Exception {
        cluster = new ClusterProcesses(folder, 3);
    }

    @AfterEach
    void end() throws Exception {
        cluster.close();
    }

    private static int remember(Member member, String id) throws Exception {
        try (var api = new Api(member.http(), Duration.ofSeconds(30))) {
            var body = Api.JSON.createObjectNode().put("id", id).put("content", "the text of " + id);
            return api.send("POST", "/api/v1/memories/remember", Map.of(), Optional.of(body))
                    .status();
        }
    }

    private static void assertFound(Member member, String id) throws Exception {
        try (var api = new Api(member.http(), Duration.ofSeconds(30))) {
            assertThat(api.send("GET", "/api/v1/memories/" + id, Map.of(), Optional.empty())
                            .status())
                    .as("%s on %s", id, member.name())
                    .isEqualTo(200);
        }
    }

    private static String refusal(Member member) throws Exception {
        assertThat(member.process().exitCode(ClusterProcesses.PATIENCE)).isNotZero();
        return member.process().output();
    }

    @Test
    void a_node_of_another_cluster_and_one_of_the_same_name_are_refused_by_name() throws Exception {
        cluster.startAll();
        cluster.awaitHealthy();
        try (var strangers = new ClusterProcesses(folder.resolve("other"), 1)) {
            var stranger = strangers.member(0);
            var itsName = Map.of("ENGRAM_NODE_ID", "stranger");
            stranger.launch(itsName).awaitReady();
            assertThat(remember(stranger, "its-own")).isEqualTo(201);
            stranger.stop();
            // It is all of its own cluster, and so stays there; it is not let into this one, and both say so.
            stranger.withSeeds(cluster.member(0).gossip()).launch(itsName);
            for (var member : List.of(stranger, cluster.member(0))) {
                Awaitility.await()
                        .atMost(ClusterProcesses.PATIENCE)
                        .until(() -> member.output().contains("'stranger' (" + stranger.gossip()));
                assertThat(member.output())
                        .contains("belongs to cluster", "correct the addresses in cluster.discovery");
            }
            stranger.awaitReady();
            assertFound(stranger, "its-own");
            cluster.awaitHealthy();
            stranger.stop();

            stranger.wipe();
            stranger.launch(Map.of("ENGRAM_NODE_ID", cluster.member(1).name()));
            assertThat(refusal(stranger))
                    .contains("'node-2'", "have the same name and are both running", stranger.gossip())
                    .contains(cluster.member(1).gossip());
        }
        cluster.awaitHealthy();
        assertThat(remember(cluster.member(2), "after")).isEqualTo(201);
    }

    @Test
    void a_restart_never_founds_a_second_cluster() throws Exception {
        cluster.startAll();
        cluster.awaitHealthy();
        assertThat(remember(cluster.member(0), "first")).isEqualTo(201);
        for (var member : cluster.members()) {
            member.kill();
        }
        // As a careless operator would: it alone, told that it is all there is.
        var alone = cluster.member(1);
        alone.launch(Map.of("ENGRAM_CLUSTER_SEEDS", alone.gossip(), "ENGRAM_CLUSTER_BOOTSTRAP_EXPECT", "1"));
        // It may wait for the others for as long as they are away, or serve what it can.
        Awaitility.await()
                .atMost(ClusterProcesses.PATIENCE)
                .until(() -> alone.output().contains("can be reached and"));
        assertThat(remember(alone, "alone-" + UUID.randomUUID()))
                .as("one of three acknowledges nothing")
                .isIn(503, 504);
        alone.kill();
        cluster.startAll();
        cluster.awaitHealthy();
        for (var member : cluster.members()) {
            assertFound(member, "first");
            assertThat(remember(member, "again-" + member.name())).isEqualTo(201);
        }
    }
}
