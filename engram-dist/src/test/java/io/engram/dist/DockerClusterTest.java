package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three containers as one cluster, on the image's own libraries. Takes minutes and needs Docker. */
@Tag("long")
class DockerClusterTest {
    private static final String NETWORK = "engram-under-test";
    private static final List<String> NODES = List.of("engram-0", "engram-1", "engram-2");

    @BeforeAll
    static void build() throws Exception {
        Docker.image();
    }

    @AfterEach
    void remove() throws Exception {
        for (var node : NODES) {
            Docker.remove(node);
            Docker.removeVolumes(node);
        }
        Docker.run("network", "rm", NETWORK);
    }

    /** lz4 and zstd have native parts elsewhere; here {@code /tmp} is mounted noexec. */
    @ParameterizedTest
    @ValueSource(strings = {"lz4", "zstd"})
    void what_is_written_to_one_is_read_at_another_and_stays_when_one_is_killed(String compression) throws Exception {
        Docker.ok("network", "create", NETWORK);
        for (var node : NODES) {
            Docker.start(
                    node,
                    "--network",
                    NETWORK,
                    "--hostname",
                    node,
                    "--volume",
                    node + ":/data",
                    "--memory=1g",
                    "-e",
                    "ENGRAM_CLUSTER_ENABLED=true",
                    "-e",
                    "ENGRAM_NODE_ID=" + node,
                    "-e",
                    "ENGRAM_CLUSTER_SEEDS=engram-0:7946,engram-1:7946,engram-2:7946",
                    "-e",
                    "ENGRAM_CLUSTER_ADVERTISE_ADDR=" + node + ":7946",
                    "-e",
                    "ENGRAM_GRPC_BIND=0.0.0.0",
                    "-e",
                    "ENGRAM_CLUSTER_REPLICATION_COMPRESSION=" + compression);
        }
        Docker.awaitHealthy(NODES.toArray(String[]::new));
        for (int i = 0; i < 6; i++) {
            var text = "Note %d of the ferryman: %s".formatted(i, "the ferry leaves at nine. ".repeat(200));
            var stored = Docker.client(NODES.get(i % 3), "memory", "create", text, "--space", "space-" + i % 2);
            assertThat(stored.exitCode()).as(stored.output()).isZero();
        }
        awaitAll(NODES);

        Docker.ok("kill", NODES.getFirst());
        Docker.awaitEnd(NODES.getFirst());
        assertThat(Docker.exitCode(NODES.getFirst())).isEqualTo(137);
        awaitAll(NODES.subList(1, 3));
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofSeconds(2))
                .until(() -> Docker.client(NODES.get(1), "memory", "create", "after the kill", "--space", "space-0")
                                .exitCode()
                        == 0);

        Docker.ok("start", NODES.getFirst());
        Docker.awaitHealthy(NODES.getFirst());
        awaitAll(NODES);
        for (var node : NODES) {
            assertThat(Docker.logs(node))
                    .doesNotContain("UnsatisfiedLinkError", "NoClassDefFoundError", "ClassNotFoundException");
        }
    }

    private static void awaitAll(List<String> nodes) {
        for (var node : nodes) {
            for (int i = 0; i < 6; i++) {
                int number = i;
                await().atMost(Duration.ofMinutes(2))
                        .pollInterval(Duration.ofSeconds(2))
                        .until(() -> Docker.client(
                                        node, "memory", "search", "ferryman", "--space", "space-" + number % 2)
                                .output()
                                .contains("Note " + number));
            }
        }
    }
}
