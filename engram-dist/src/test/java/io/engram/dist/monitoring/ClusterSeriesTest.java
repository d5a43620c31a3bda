package io.engram.dist.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only nodes of a cluster tell, by three of them. */
@Tag("long")
class ClusterSeriesTest {
    private final List<LiveNode> nodes = new ArrayList<>();

    @Test
    void three_nodes_tell_every_series_about_clusters_that_is_asked_for(@TempDir Path folder) throws Exception {
        try {
            startThree(folder);
            for (var i = 0; i < 12; i++) {
                var space = "tenant-" + i;
                // Of a space the first write tells other nodes where it stands; with the second they keep it ready.
                remember(nodes.get(i % 3), space, "the ferry");
                remember(nodes.get(i % 3), space, "the lighthouse");
                assertThat(nodes.get((i + 1) % 3)
                                .get("/api/v1/memories/search?query=ferry&space=" + space)
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(nodes.getFirst().get("/api/v1/spaces").statusCode()).isEqualTo(200);
            var asked = Assets.asked().stream().filter(Coverage::isOfACluster).toList();
            assertThat(asked).hasSizeGreaterThan(25);
            Coverage.awaitAll(
                    asked,
                    () -> nodes.stream().flatMap(node -> node.told().stream()).toList());
        } finally {
            for (var node : nodes) {
                node.close();
            }
        }
    }

    private static void remember(LiveNode node, String space, String what) {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> node.post(
                                        "/api/v1/memories/remember?space=" + space,
                                        "{\"content\":\"" + what + " of " + space + "\"}")
                                .statusCode()
                        == 201);
    }

    private void startThree(Path folder) throws Exception {
        var ports = freePorts(3);
        var seeds = ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        for (var i = 0; i < 3; i++) {
            nodes.add(LiveNode.start(
                    folder.resolve("node-" + i),
                    Map.of(
                            "ENGRAM_CLUSTER_ENABLED",
                            "true",
                            "ENGRAM_NODE_ID",
                            "node-" + i,
                            "ENGRAM_CLUSTER_SEEDS",
                            seeds,
                            "ENGRAM_CLUSTER_NETWORK_SWIM_BIND",
                            "127.0.0.1:" + ports.get(i)),
                    "embedding.provider=none",
                    "persistence.min_free_bytes=0"));
        }
        nodes.forEach(LiveNode::awaitReady);
    }

    private static List<Integer> freePorts(int number) throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        try {
            for (var i = 0; i < number; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }
}
