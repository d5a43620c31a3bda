package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.engram.cli.TraceCollector.Span;
import io.engram.grpc.v1.Cue;
import io.engram.grpc.v1.Memory;
import io.engram.grpc.v1.RecallRequest;
import io.engram.grpc.v1.RecallResponse;
import io.engram.grpc.v1.RecognizeRequest;
import io.engram.grpc.v1.RecognizeResponse;
import io.engram.grpc.v1.RememberRequest;
import io.engram.grpc.v1.RememberResponse;
import io.engram.grpc.v1.SemanticCue;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests through a node's doors, and what a collector hears of them. */
class TracingTest {
    private static final String PARENT = "00f067aa0ba902b7";
    /** What nobody may find in a span. */
    private static final String SECRET = "walnuts";

    @TempDir
    Path folder;

    private static String trace(int number) {
        return "4bf92f3577b34da6a3ce929d0e0e%04x".formatted(number);
    }

    private static Map<String, String> headers(int number) {
        return Map.of(
                "traceparent", "00-" + trace(number) + "-" + PARENT + "-01",
                "tracestate", "rojo=1",
                "X-Request-Id", "request-" + number);
    }

    /** The names of spans with those of the spans above them, by which a tree is compared. */
    private static Map<String, String> parents(List<Span> spans) {
        var names = spans.stream().collect(Collectors.toMap(Span::id, Span::name));
        return spans.stream()
                .collect(Collectors.toMap(Span::name, span -> names.getOrDefault(span.parent(), span.parent())));
    }

    private static List<Span> awaitTrace(TraceCollector collector, int number, int spans) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(collector.of(trace(number))).hasSize(spans));
        return collector.of(trace(number));
    }

    private static Span named(List<Span> spans, String name) {
        return spans.stream()
                .filter(span -> span.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void requests_at_both_doors_are_trees_of_the_stages_that_they_went_through() throws Exception {
        try (var collector = new TraceCollector();
                var node = TracedNode.start(folder, TracedNode.tracing(collector.endpoint()))) {
            node.awaitReady();
            assertThat(node.remember("tenant", "a", SECRET, headers(1)).statusCode())
                    .isEqualTo(201);
            assertThat(node.recall("tenant", SECRET, headers(2)).statusCode()).isEqualTo(200);
            node.call(
                    "Remember",
                    RememberRequest.newBuilder()
                            .setMemorySpaceId("tenant")
                            .setMemory(Memory.newBuilder().setId("b").setContent(SECRET))
                            .build(),
                    RememberResponse.getDefaultInstance(),
                    headers(3));
            node.call(
                    "Recall",
                    RecallRequest.newBuilder()
                            .setMemorySpaceId("tenant")
                            .setCue(Cue.newBuilder()
                                    .setSemantic(SemanticCue.newBuilder().setQuery(SECRET)))
                            .build(),
                    RecallResponse.getDefaultInstance(),
                    headers(4));

            var remembered = awaitTrace(collector, 1, 5);
            assertThat(parents(remembered))
                    .isEqualTo(Map.of(
                            "POST /api/v1/memories/remember", PARENT,
                            "remember", "POST /api/v1/memories/remember",
                            "queue", "remember",
                            "commit", "remember",
                            "force", "commit"));
            var root = named(remembered, "POST /api/v1/memories/remember");
            assertThat(root.kind()).isEqualTo(TraceCollector.SERVER);
            assertThat(root.service()).isEqualTo("engram");
            assertThat(root.state()).isEqualTo("rojo=1");
            assertThat(root.attributes())
                    .containsEntry("http.request.method", "POST")
                    .containsEntry("http.route", "/api/v1/memories/remember")
                    .containsEntry("http.response.status_code", 201L)
                    .containsEntry("engram.space", "tenant")
                    .containsEntry("engram.request.id", "request-1");
            assertThat(named(remembered, "remember").attributes())
                    .isEqualTo(Map.of("engram.space", "tenant", "engram.operation", "remember"));

            assertThat(parents(awaitTrace(collector, 2, 4)))
                    .isEqualTo(Map.of(
                            "GET /api/v1/memories/recall", PARENT,
                            "recall", "GET /api/v1/memories/recall",
                            "read_queue", "recall",
                            "rank", "recall"));
            var called = awaitTrace(collector, 3, 5);
            assertThat(parents(called))
                    .isEqualTo(Map.of(
                            "engram.v1.EngramService/Remember", PARENT,
                            "remember", "engram.v1.EngramService/Remember",
                            "queue", "remember",
                            "commit", "remember",
                            "force", "commit"));
            assertThat(named(called, "engram.v1.EngramService/Remember").attributes())
                    .isEqualTo(Map.of(
                            "rpc.system", "grpc",
                            "rpc.service", "engram.v1.EngramService",
                            "rpc.method", "Remember",
                            "rpc.grpc.status_code", 0L,
                            "engram.space", "tenant"));
            assertThat(parents(awaitTrace(collector, 4, 4)))
                    .isEqualTo(Map.of(
                            "engram.v1.EngramService/Recall", PARENT,
                            "recall", "engram.v1.EngramService/Recall",
                            "read_queue", "recall",
                            "rank", "recall"));
            assertThat(collector.spans()).allSatisfy(span -> {
                assertThat(span.toString()).doesNotContain(SECRET);
                assertThat(span.status()).isZero();
                assertThat(span.startNanos()).isLessThanOrEqualTo(span.endNanos());
            });
        }
    }

    @Test
    void refusals_are_spans_too_and_what_nobody_wants_traced_is_none() throws Exception {
        try (var collector = new TraceCollector();
                var node = TracedNode.start(folder, TracedNode.tracing(collector.endpoint()))) {
            node.awaitReady();
            var unwanted = Map.of("traceparent", "00-" + trace(9) + "-" + PARENT + "-00");
            assertThat(node.recall("tenant", "a", unwanted).statusCode()).isEqualTo(200);
            assertThat(node.get("tenant", "/health", Map.of()).statusCode()).isEqualTo(200);
            assertThat(node.get("tenant", "/nowhere/" + SECRET, Map.of()).statusCode())
                    .isEqualTo(404);
            assertThat(node.get("tenant", "/nowhere/" + SECRET, headers(1)).statusCode())
                    .isEqualTo(404);
            assertThat(node.get("tenant", "/api/v1/memories/" + SECRET, headers(2))
                            .statusCode())
                    .isEqualTo(404);
            assertThat(node.get("tenant", "/api/v1/system/health", headers(3)).statusCode())
                    .isEqualTo(200);
            assertThatThrownBy(() -> node.call(
                            "Recognize",
                            RecognizeRequest.getDefaultInstance(),
                            RecognizeResponse.getDefaultInstance(),
                            headers(4)))
                    .hasMessageContaining("UNIMPLEMENTED");
            var nowhere = named(awaitTrace(collector, 1, 1), "GET");
            assertThat(nowhere.attributes())
                    .containsEntry("http.response.status_code", 404L)
                    .doesNotContainKey("http.route");
            assertThat(parents(awaitTrace(collector, 2, 3)))
                    .as("of a space that is not there")
                    .isEqualTo(Map.of(
                            "GET /api/v1/memories/{id}", PARENT, "get", "GET /api/v1/memories/{id}", "open", "get"));
            awaitTrace(collector, 3, 1);
            var unserved = named(awaitTrace(collector, 4, 1), "engram.v1.EngramService/Recognize");
            assertThat(unserved.attribute("rpc.grpc.status_code")).isEqualTo(12L);
            assertThat(unserved.attribute("error.type")).isEqualTo("UNIMPLEMENTED");
            assertThat(unserved.status()).isEqualTo(2);
            // All that came before has come by now.
            assertThat(collector.of(trace(9))).isEmpty();
            assertThat(collector.spans()).extracting(Span::trace).containsOnly(trace(1), trace(2), trace(3), trace(4));
            assertThat(collector.spans()).noneMatch(span -> span.toString().contains(SECRET));
        }
    }

    @Test
    void a_request_that_comes_with_no_trace_begins_one_by_chance() throws Exception {
        try (var collector = new TraceCollector()) {
            var settings = new HashMap<>(TracedNode.tracing(collector.endpoint()));
            settings.put("tracing.service_name", "memories");
            try (var node = TracedNode.start(folder.resolve("all"), settings)) {
                node.awaitReady();
                node.recall("tenant", "a", Map.of());
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> collector.spans().stream()
                                .anyMatch(span -> span.parent().isEmpty()
                                        && span.name().equals("GET /api/v1/memories/recall")
                                        && span.service().equals("memories")));
            }
            var before = collector.spans().size();
            settings.put("tracing.sample_ratio", "0");
            try (var node = TracedNode.start(folder.resolve("none"), settings)) {
                node.awaitReady();
                node.recall("tenant", "a", Map.of());
                node.recall("tenant", "a", headers(1));
                awaitTrace(collector, 1, 3);
            }
            assertThat(collector.spans()).hasSize(before + 3);
        }
    }

    @Test
    void without_a_collector_requests_go_on_and_lost_spans_are_counted() throws Exception {
        int nobody;
        try (var socket = new ServerSocket(0)) {
            nobody = socket.getLocalPort();
        }
        var settings = new HashMap<>(TracedNode.tracing("http://127.0.0.1:" + nobody + "/v1/traces"));
        settings.put("tracing.queue_spans", "8");
        settings.put("tracing.batch_spans", "8");
        settings.put("tracing.export_timeout", "500ms");
        try (var node = TracedNode.start(folder, settings)) {
            node.awaitReady();
            for (var i = 0; i < 50; i++) {
                assertThat(node.remember("tenant", "m" + i, "text", headers(i)).statusCode())
                        .isEqualTo(201);
            }
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                var lost = node.figure("engram_tracing_spans_total", "outcome=\"failed\"")
                        + node.figure("engram_tracing_spans_total", "outcome=\"dropped\"");
                assertThat(lost).isGreaterThanOrEqualTo(250);
                assertThat(node.figure("engram_tracing_spans_waiting", "")).isZero();
            });
            assertThat(node.figure("engram_tracing_spans_total", "outcome=\"exported\""))
                    .isZero();
        }
    }

    @Test
    void where_it_is_off_nothing_is_loaded_counted_or_sent_along() throws Exception {
        var classes = folder.resolve("classes.log");
        var arguments = new ArrayList<>(NodeClasses.arguments());
        arguments.addFirst("-Xlog:class+load=info:file=" + classes + ":none");
        try (var node = NodeProcess.launch(folder, Map.of(), arguments, "-p", "0", "-g", "0")) {
            assertThat(node.becomesReady()).as(node.output()).isTrue();
            try (var api = node.api()) {
                var body = Api.JSON.createObjectNode().put("id", "a").put("content", "text");
                var answer = api.send("POST", "/api/v1/memories/remember", headers(1), Optional.of(body));
                assertThat(answer.status()).isEqualTo(201);
                assertThat(api.send("GET", "/api/v1/memories/recall?query=text", headers(2), Optional.empty())
                                .status())
                        .isEqualTo(200);
            }
            node.terminate();
            assertThat(node.awaitEnd(60, TimeUnit.SECONDS)).isTrue();
        }
        var loaded = loaded(classes);
        assertThat(loaded).anyMatch(name -> name.startsWith("io.engram.space.SpaceActor"));
        assertThat(loaded).noneMatch(name -> name.startsWith("io.opentelemetry"));
        assertThat(loaded).noneMatch(name -> name.startsWith("io.engram.trace.otlp"));
    }

    private static List<String> loaded(Path classes) throws IOException {
        try (var lines = Files.lines(classes)) {
            return lines.map(line -> line.substring(0, Math.max(0, line.indexOf(' '))))
                    .toList();
        }
    }
}
