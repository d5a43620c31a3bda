package io.engram.dist.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that was asked for everything once has every series that rules and dashboards ask for. */
class LiveSeriesTest {
    private static final String[] SETTINGS = {
        "persistence.snapshot_every=10", "limits.writes_in_flight_per_space=2", "persistence.min_free_bytes=0"
    };

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LiveNode node;

    @BeforeAll
    static void driveThroughEverything() throws Exception {
        try (var first = LiveNode.start(folder, Map.of(), SETTINGS).awaitReady()) {
            for (var i = 0; i < 12; i++) {
                assertThat(remember(first, "before", "number " + i).statusCode())
                        .isEqualTo(201);
            }
            first.stop();
        }
        node = LiveNode.start(folder, Map.of(), SETTINGS).awaitReady();
        drive();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    private static void drive() throws Exception {
        // From the log and the snapshot of the run before.
        assertThat(node.get("/api/v1/memories?space=before").body()).contains("number 11");
        assertThat(node.post("/api/v1/spaces", "{\"id\":\"harbour\"}").statusCode())
                .isEqualTo(201);
        for (var i = 0; i < 12; i++) {
            assertThat(remember(node, "harbour", "the ferry leaves at " + i).statusCode())
                    .isEqualTo(201);
        }
        assertThat(node.post(
                                "/api/v1/memories/bulk?space=harbour",
                                "{\"items\":[{\"content\":\"the lighthouse is red\"},{\"content\":\"nets dry on the"
                                        + " pier\"}]}")
                        .statusCode())
                .isLessThan(300);
        assertThat(node.post(
                                "/api/v1/memories/remember?space=harbour",
                                "{\"id\":\"known\",\"content\":\"tides are in the almanac\"}")
                        .statusCode())
                .isEqualTo(201);
        var health = "/api/v1/system/health";
        await().atMost(Duration.ofMinutes(2))
                .until(() -> !node.get(health).body().contains("loading"));
        for (var i = 0; i < 2; i++) {
            assertThat(node.get("/api/v1/memories/recall?space=harbour&query=boats")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(node.get("/api/v1/memories/search?space=harbour&query=ferry")
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(node.get("/api/v1/memories/known?space=harbour").statusCode())
                .isEqualTo(200);
        assertThat(node.get("/api/v1/memories/known/history?space=harbour").statusCode())
                .isEqualTo(200);
        assertThat(node.delete("/api/v1/memories/known?space=harbour").statusCode())
                .isLessThan(300);
        assertThat(node.delete("/api/v1/memories/unknown?space=harbour").statusCode())
                .isEqualTo(404);
        assertThat(node.get("/api/v1/spaces").statusCode()).isEqualTo(200);
        node.introspect();
        awaitTooMany();
    }

    /** Two writes of a space are let in at a time; of many at once some are turned away. */
    private static void awaitTooMany() {
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            var answers = IntStream.range(0, 32)
                    .mapToObj(i -> node.posting(
                            "/api/v1/memories/remember?space=crowd", "{\"content\":\"one of many, " + i + "\"}"))
                    .toList();
            return answers.stream().map(CompletableFuture::join).anyMatch(answer -> answer.statusCode() == 429);
        });
    }

    private static java.net.http.HttpResponse<String> remember(LiveNode node, String space, String text) {
        return node.post("/api/v1/memories/remember?space=" + space, "{\"content\":\"" + text + "\"}");
    }

    @Test
    void every_series_that_is_asked_for_is_told_with_data() throws Exception {
        var asked = Assets.asked().stream()
                .filter(each -> !Coverage.isOfACluster(each))
                .toList();
        assertThat(asked).hasSizeGreaterThan(80);
        Coverage.awaitAll(asked, node::told);
    }

    @Test
    void prometheus_finds_nothing_to_say_about_names_and_texts() throws Exception {
        var promtool = Tools.require("promtool");
        var exposition = Files.writeString(
                folder.resolve("metrics.txt"), node.get("/metrics/prometheus").body());
        var process = new ProcessBuilder(promtool, "check", "metrics")
                .redirectInput(exposition.toFile())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).isEmpty();
    }

    @Test
    void counters_only_grow_and_the_bounds_of_histograms_stay() {
        var before = node.told();
        remember(node, "harbour", "one more");
        node.get("/api/v1/memories/recall?space=harbour&query=more");
        var after = new HashMap<String, Double>();
        node.told().forEach(sample -> after.put(sample.name() + sample.labels(), sample.value()));
        var counters = before.stream()
                .filter(sample -> sample.name().matches(".*_(total|count|sum|bucket)"))
                .toList();
        assertThat(counters)
                .hasSizeGreaterThan(100)
                .allSatisfy(sample -> assertThat(after.get(sample.name() + sample.labels()))
                        .as(sample.toString())
                        .isNotNull()
                        .isGreaterThanOrEqualTo(sample.value()));
        var bounds = new HashMap<String, TreeSet<String>>();
        node.told().stream()
                .filter(sample -> sample.name().equals("engram_memory_operation_duration_seconds_bucket"))
                .forEach(sample -> bounds.computeIfAbsent(
                                sample.labels().getOrDefault("operation", ""), _ -> new TreeSet<>())
                        .add(sample.labels().getOrDefault("le", "")));
        assertThat(bounds).hasSizeGreaterThan(5);
        assertThat(new HashSet<>(bounds.values()))
                .as("every operation has the same bounds")
                .hasSize(1);
    }

    @Test
    void both_formats_are_there_for_whom_asks_and_json_for_everybody_else() {
        var scraper = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        for (var path : List.of("/metrics", "/metrics/prometheus")) {
            var open = node.get(path, "Accept", scraper);
            assertThat(open.headers().firstValue("Content-Type").orElse("")).startsWith("application/openmetrics-text");
            assertThat(open.body()).endsWith("# EOF\n");
        }
        assertThat(node.get("/metrics", "Accept", "text/plain").body())
                .contains("# TYPE")
                .doesNotContain("# EOF");
        assertThat(node.get("/metrics/prometheus").body()).contains("# TYPE").doesNotContain("# EOF");
        assertThat(node.get("/metrics").body()).startsWith("{");
    }
}
