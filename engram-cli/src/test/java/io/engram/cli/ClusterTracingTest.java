package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.cli.TraceCollector.Span;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A request that one node takes and another one carries out, over the doors and links that nodes really have. */
class ClusterTracingTest {
    private static final String PARENT = "00f067aa0ba902b7";
    private static final String CALL = "engram.cluster.v1.PeerService/Call";

    @TempDir
    Path folder;

    private static Map<String, String> headers(String trace) {
        return Map.of("traceparent", "00-" + trace + "-" + PARENT + "-01");
    }

    private static Map<String, String> settings(int number, List<Integer> ports, String endpoint) {
        var settings = new HashMap<>(TracedNode.tracing(endpoint));
        settings.put("cluster.enabled", "true");
        settings.put("cluster.node_id", "node-" + number);
        settings.put("cluster.network.swim_bind", "127.0.0.1:" + ports.get(number));
        settings.put(
                "cluster.discovery.seed_nodes",
                ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")));
        settings.put("cluster.replication.factor", "1");
        // Two nodes in one process stand still together when the machine is busy.
        settings.put("cluster.swim.suspicion_timeout", "10s");
        settings.put("cluster.replication.timeout", "10s");
        settings.put("router.request_timeout_ms", "20000");
        return settings;
    }

    private static List<Span> awaitTrace(TraceCollector collector, String trace, int spans) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(collector.of(trace)).hasSize(spans));
        return collector.of(trace);
    }

    /** Each span with its node and the one above it. */
    private static List<String> tree(List<Span> spans) {
        var names = spans.stream().collect(Collectors.toMap(Span::id, ClusterTracingTest::shown));
        return spans.stream()
                .map(span -> shown(span) + " < " + names.getOrDefault(span.parent(), span.parent()))
                .toList();
    }

    private static String shown(Span span) {
        var side = span.kind() == TraceCollector.CLIENT ? "ask " : span.kind() == TraceCollector.SERVER ? "serve " : "";
        return span.node() + ": " + side + span.name();
    }

    @Test
    void a_request_for_a_space_that_another_node_leads_is_one_trace_with_spans_of_both() throws Exception {
        var ports = new ArrayList<Integer>();
        for (var i = 0; i < 2; i++) {
            try (var socket = new ServerSocket(0)) {
                ports.add(socket.getLocalPort());
            }
        }
        try (var collector = new TraceCollector();
                var first = TracedNode.start(folder.resolve("0"), settings(0, ports, collector.endpoint()));
                var second = TracedNode.start(folder.resolve("1"), settings(1, ports, collector.endpoint()))) {
            first.awaitReady();
            second.awaitReady();
            var space = "tenant-1";
            var leader = first.remember(space, "made", "text", Map.of())
                    .headers()
                    .firstValue("X-Engram-Served-By")
                    .orElseThrow();
            var other = leader.equals("node-0") ? "node-1" : "node-0";
            var entry = leader.equals("node-0") ? second : first;
            writeIsOneTrace(collector, entry, space, leader, other);
            readIsOneTrace(collector, entry, space, leader, other);
        }
    }

    private static void writeIsOneTrace(
            TraceCollector collector, TracedNode entry, String space, String leader, String other)
            throws IOException, InterruptedException {
        var trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assertThat(entry.remember(space, "a", "text", headers(trace)).statusCode())
                .isEqualTo(201);
        var spans = awaitTrace(collector, trace, 7);
        var route = "POST /api/v1/memories/remember";
        assertThat(tree(spans))
                .containsExactlyInAnyOrder(
                        "%s: serve %s < %s".formatted(other, route, PARENT),
                        "%s: ask %s < %s: serve %s".formatted(other, CALL, other, route),
                        "%s: serve %s < %s: ask %s".formatted(leader, CALL, other, CALL),
                        "%s: remember < %s: serve %s".formatted(leader, leader, CALL),
                        "%s: queue < %s: remember".formatted(leader, leader),
                        "%s: commit < %s: remember".formatted(leader, leader),
                        "%s: replicate < %s: commit".formatted(leader, leader));
        var asking = spans.stream()
                .filter(span -> span.kind() == TraceCollector.CLIENT)
                .findFirst()
                .orElseThrow();
        assertThat(asking.attributes())
                .containsEntry("rpc.system", "grpc")
                .containsEntry("rpc.grpc.status_code", 0L)
                .containsEntry("engram.operation", "remember")
                .containsEntry("engram.peer", leader);
    }

    private static void readIsOneTrace(
            TraceCollector collector, TracedNode entry, String space, String leader, String other)
            throws IOException, InterruptedException {
        var trace = "4bf92f3577b34da6a3ce929d0e0e4737";
        assertThat(entry.recall(space, "text", headers(trace)).statusCode()).isEqualTo(200);
        var route = "GET /api/v1/memories/recall";
        assertThat(tree(awaitTrace(collector, trace, 6)))
                .containsExactlyInAnyOrder(
                        "%s: serve %s < %s".formatted(other, route, PARENT),
                        "%s: ask %s < %s: serve %s".formatted(other, CALL, other, route),
                        "%s: serve %s < %s: ask %s".formatted(leader, CALL, other, CALL),
                        "%s: recall < %s: serve %s".formatted(leader, leader, CALL),
                        "%s: read_queue < %s: recall".formatted(leader, leader),
                        "%s: rank < %s: recall".formatted(leader, leader));
    }
}
