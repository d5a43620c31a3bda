package io.engram.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the benchmarks of a cluster read, send again and hold the nodes to, without a cluster. */
class ClusterBenchesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final AtomicInteger refusals = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> bodies = new ConcurrentLinkedQueue<>();
    private final HttpServer server = newServer();
    private String listed = "{\"memories\":[],\"total\":0}";

    private static HttpServer newServer() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean isWrite = exchange.getRequestMethod().equals("POST");
            if (isWrite) {
                bodies.add(body);
            }
            boolean isRefused = isWrite && refusals.getAndDecrement() > 0;
            var answer = listed.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(isRefused ? 503 : isWrite ? 201 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int port() {
        return server.getAddress().getPort();
    }

    private static int closedPort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void a_percentile_is_a_figure_that_was_measured() {
        var figures = List.of(5.0, 1.0, 4.0, 2.0, 3.0);
        assertThat(Figures.percentile(figures, 0)).isEqualTo(1);
        assertThat(Figures.percentile(figures, 60)).isEqualTo(3);
        assertThat(Figures.percentile(figures, 61)).isEqualTo(4);
        assertThat(Figures.percentile(figures, 100)).isEqualTo(5);
        assertThat(Figures.spread(figures)).isEqualTo("median 3  p99 5  max 5 ms of 5");
        assertThat(Figures.spread(List.of())).isEqualTo("none");
        assertThatThrownBy(() -> Figures.percentile(List.of(), 50)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_a_node_says_of_the_others_is_read() throws IOException {
        var nodes = ClusterState.nodes(JSON.readTree("""
            {"nodes": [{"id": "a", "state": "alive", "primary_shards": 3, "replica_shards": 5},
                       {"id": "b", "state": "suspect", "primary_shards": 4, "replica_shards": 4}]}
            """));
        assertThat(nodes.first()).isEqualTo("b");
        assertThat(nodes.led("b")).isEqualTo(4);
        assertThat(nodes.isAlive("a")).isTrue();
        assertThat(nodes.isAlive("b")).isFalse();
        assertThat(nodes.led("c")).isZero();
    }

    @Test
    void a_cluster_is_well_only_with_all_its_nodes_shards_and_copies() throws IOException {
        var well = """
            {"stats": {"alive": 2}, "shards": {"total": 4, "active": 4, "under_replicated": 0, "unavailable": 0},
             "replication": {"total": 1, "replicas": [{"space": "s", "replica": "b", "lag": 7, "adopted": true}]}}
            """;
        var health = ClusterState.health(JSON.readTree(well));
        assertThat(health.isWell(3)).isTrue();
        assertThat(health.isWell(4)).isFalse();
        assertThat(health.led()).containsExactly("s");
        assertThat(health.copies()).containsExactly(new ClusterState.Copy("s", "b", 7, true));
        for (var ill : List.of(
                well.replace("true", "false"),
                well.replace("\"active\": 4", "\"active\": 3"),
                well.replace("\"under_replicated\": 0", "\"under_replicated\": 1"),
                well.replace("\"unavailable\": 0", "\"unavailable\": 1"))) {
            assertThat(ClusterState.health(JSON.readTree(ill)).isWell(3)).isFalse();
        }
        assertThatThrownBy(() -> ClusterState.health(JSON.readTree("{\"replication\": null}")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void bytes_are_those_of_connections_between_the_nodes_at_both_ends() {
        var lines = List.of(
                "ESTAB 0 0 127.0.0.1:40000 127.0.0.1:7946 cubic bytes_sent:100 bytes_acked:100 bytes_received:30",
                "ESTAB 0 0 [::ffff:127.0.0.1]:7946 [::ffff:127.0.0.1]:40000 cubic bytes_sent:30 bytes_received:100",
                "ESTAB 0 0 127.0.0.1:40001 127.0.0.1:17946 cubic bytes_sent:5000",
                "ESTAB 0 0 127.0.0.1:40002 127.0.0.1:7946 cubic rto:204");
        assertThat(ClusterIdleBench.sent(lines, List.of(7946))).isEqualTo(130);
    }

    @Test
    void the_last_shard_that_was_opened_is_found_in_a_log() {
        var log = List.of(
                "2026-11-29T11:31:50.000Z INFO  i.engram.cli.Serving - ready: HTTP on 127.0.0.1:29095",
                "2026-11-29T11:31:48.000Z DEBUG i.e.c.ClusterRuntime - this node leads shard 12 at epoch 1 ",
                "2026-11-29T11:31:55.026Z DEBUG i.e.c.ClusterRuntime - this node leads shard 681 at epoch 2 ",
                "2026-11-29T11:31:55.020Z DEBUG i.e.c.ClusterRuntime - this node leads shard 9 at epoch 2 ");
        assertThat(ClusterCrashBench.openedMs(log, Instant.parse("2026-11-29T11:31:50Z")))
                .isEqualTo(5_026);
        assertThat(ClusterCrashBench.openedMs(log.subList(0, 2), Instant.parse("2026-11-29T11:31:50Z")))
                .isZero();
    }

    @Test
    void a_request_is_sent_again_as_it_was_until_it_is_acknowledged() throws Exception {
        refusals.set(2);
        var attempts = new RetryingClient.Attempts();
        try (var client = new RetryingClient(List.of(closedPort(), port()), 0, 60, attempts)) {
            assertThat(client.remember("a-space", "note-1", "text")).isTrue();
            assertThat(bodies).hasSize(3);
            assertThat(bodies.stream().distinct()).hasSize(1);
            assertThat(attempts).hasToString("{nobody listens=3, status 503=2}");
        }
    }

    @Test
    void a_request_that_nobody_takes_has_failed() throws Exception {
        var attempts = new RetryingClient.Attempts();
        try (var client = new RetryingClient(List.of(closedPort()), 0, 0, attempts)) {
            assertThat(client.remember("a-space", "note-1", "text")).isFalse();
            assertThat(attempts.total()).isEqualTo(1);
        }
    }

    @Test
    void an_acknowledged_memory_that_is_missing_or_has_another_text_fails_the_run() throws Exception {
        var acknowledged = new Acknowledged(new Texts(3), 200);
        acknowledged.add("a-space", 0);
        acknowledged.add("a-space", 1);
        assertThat(acknowledged.text(1)).hasSize(200);
        var form = "{\"memories\":[{\"id\":\"note-0\",\"content\":%s},{\"id\":\"note-1\",\"content\":%s}],\"total\":2}";
        listed = form.formatted(Texts.quoted(acknowledged.text(0)), Texts.quoted(acknowledged.text(1)));
        assertThat(acknowledged.readBack(List.of(port()))).startsWith("2 acknowledged memories");
        listed = form.formatted(Texts.quoted(acknowledged.text(0)), Texts.quoted("another text"));
        assertThatThrownBy(() -> acknowledged.readBack(List.of(port()))).hasMessageContaining("1 of 2");
    }

    @Test
    void each_busy_space_is_noted_with_its_first_write_after_the_mark() throws Exception {
        var acknowledged = new Acknowledged(new Texts(3), 0);
        try (var writers = SpaceWriters.start(acknowledged, List.of(port()), List.of("space-1", "space-2"), 0.01)) {
            writers.mark();
            ClusterNodes.await(60, "two writes", writers::allHaveWritten);
            assertThat(writers.firstMs()).containsOnlyKeys("space-1", "space-2");
            assertThat(writers.gapsMs()).containsOnlyKeys("space-1", "space-2");
            assertThat(writers.failed()).isZero();
        }
        assertThat(acknowledged.count()).isEqualTo(bodies.size());
    }
}
