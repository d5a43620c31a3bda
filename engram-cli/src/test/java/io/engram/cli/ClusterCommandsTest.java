package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doors and commands tell of a cluster, of a real one with a single node in a process of its own. */
class ClusterCommandsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static NodeProcess node;

    @BeforeAll
    static void start() throws Exception {
        int gossip;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gossip = socket.getLocalPort();
        }
        node = NodeProcess.ready(
                folder,
                Map.of(
                        "ENGRAM_CLUSTER_ENABLED",
                        "true",
                        "ENGRAM_CLUSTER_SEEDS",
                        "127.0.0.1:" + gossip,
                        "ENGRAM_CLUSTER_NETWORK_SWIM_BIND",
                        "127.0.0.1:" + gossip,
                        "ENGRAM_NODE_ID",
                        "solo"));
        assertThat(ask("memory", "create", "a text", "--space", "tenant-a").exitCode())
                .isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    private record Said(int exitCode, String out, String err) {
        JsonNode json() throws Exception {
            return Api.JSON.readTree(out);
        }
    }

    private static Said ask(String... arguments) throws Exception {
        var all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--server");
        all.add("http://127.0.0.1:" + node.port());
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
        return new Said(code, out.toString(), err.toString());
    }

    @Test
    void the_nodes_are_those_of_the_catalog() throws Exception {
        var nodes = ask("cluster", "nodes", "--json");
        assertThat(nodes.exitCode()).as(nodes.err()).isZero();
        var only = nodes.json().path("nodes");
        assertThat(only).hasSize(1);
        assertThat(only.at("/0/id").asText()).isEqualTo("solo");
        assertThat(only.at("/0/state").asText()).isEqualTo("alive");
        assertThat(only.at("/0/local").asBoolean()).isTrue();
        assertThat(only.at("/0/voter").asBoolean()).isTrue();
        assertThat(only.at("/0/http_address").asText()).isEqualTo("127.0.0.1:" + node.port());
        assertThat(ask("cluster", "nodes").out()).contains("*  solo");
    }

    @Test
    void health_and_catalog_tell_what_the_node_knows() throws Exception {
        var health = ask("cluster", "health", "--json").json();
        assertThat(health.path("node_id").asText()).isEqualTo("solo");
        assertThat(health.at("/partition/state").asText()).isEqualTo("connected");
        assertThat(health.at("/stats/total").asInt()).isZero();
        assertThat(health.at("/assignments/per_node/0/primary_spaces").asInt())
                .isEqualTo(health.at("/assignments/cached_spaces").asInt())
                .isPositive();
        assertThat(health.at("/replication/replicas").isArray()).isTrue();
        assertThat(health.at("/shards/active").asInt()).isPositive();
        assertThat(ask("cluster", "health").out()).contains("connected, 1 of 1 nodes can be reached");

        var catalog = ask("cluster", "catalog", "--json").json();
        assertThat(catalog.path("version").asInt()).isPositive();
        assertThat(catalog.at("/voters/0").asText()).isEqualTo("solo");
        assertThat(ask("cluster", "catalog").out()).contains("a majority answers");
    }

    @Test
    void status_and_figures_have_the_cluster() throws Exception {
        var status = ask("status", "--json").json();
        assertThat(status.at("/cluster/node_id").asText()).isEqualTo("solo");
        assertThat(status.path("replication").isArray()).isTrue();
        assertThat(status.path("replication_total").isNumber()).isTrue();
        assertThat(ask("status").out()).contains("Cluster Node:   solo 0 alive");
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/metrics/prometheus"))
                    .build();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(client.send(request, BodyHandlers.ofString())
                                    .body())
                            .contains("engram_cluster_membership_known 0.0")
                            .contains("engram_cluster_catalog_voters 1.0")
                            .contains("engram_cluster_catalog_majority_answers 1.0")
                            .containsPattern("engram_cluster_spaces_led [1-9]")
                            .contains("engram_cluster_replication_lag_max_entries 0.0")
                            .contains("engram_cluster_replication_lag_max_seconds 0.0"));
        }
    }
}
