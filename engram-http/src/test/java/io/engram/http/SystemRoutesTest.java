package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.health.HealthCheck;
import io.engram.health.HealthStatus;
import io.engram.space.EngramException;
import io.engram.space.SpaceId;
import io.engram.space.SpaceLoad;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SystemRoutesTest {
    private final FakeSpaces spaces = new FakeSpaces();
    private Door door;

    @BeforeEach
    void open() {
        door = Door.open(spaces);
    }

    @AfterEach
    void close() {
        door.close();
    }

    @Test
    void alive_is_an_empty_200() {
        var reply = door.get("/health/alive");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void health_reports_checks_and_true_figures_of_the_spaces() {
        door.post("/api/v1/memories", "{\"content\":\"a\"}");
        door.post("/api/v1/memories", "{\"content\":\"b\"}");
        door.post("/api/v1/spaces", "{\"id\":\"other\"}");

        var plain = door.get("/health");
        assertThat(plain.status()).isEqualTo(200);
        assertThat(plain.json().path("status").asText()).isEqualTo("healthy");
        assertThat(plain.json().path("service").asText()).isEqualTo("engram");
        var full = door.get("/api/v1/system/health");
        assertThat(full.status()).isEqualTo(200);
        assertThat(full.json().path("cluster").isNull()).isTrue();
        assertThat(full.json().path("checks").findValuesAsText("name"))
                .contains("memory", "latency", "error_rate", "serving");
        assertThat(full.json().at("/spaces/0/space").asText()).isEqualTo("default");
        assertThat(full.json().at("/spaces/0/memories").asInt()).isEqualTo(2);
        assertThat(full.json().at("/spaces/0/awaiting_embedding").asInt()).isEqualTo(2);
        assertThat(full.json().at("/spaces/0").has("pressure")).isFalse();
        assertThat(full.json().at("/spaces/1/memories").asInt()).isZero();

        assertThat(door.get("/api/v1/system/health?space=other")
                        .json()
                        .path("spaces")
                        .size())
                .isEqualTo(1);
        assertThat(door.get("/api/v1/system/health?space=unknown")
                        .json()
                        .path("spaces")
                        .size())
                .isZero();
        assertThat(door.get("/api/v1/system/health?space=NO").status()).isEqualTo(422);
    }

    @Test
    void so_many_spaces_are_listed_and_it_is_said_how_many_are_not() {
        for (int i = 0; i < SpacesReport.MAX_LISTED + 3; i++) {
            door.post("/api/v1/spaces", "{\"id\":\"space-%03d\"}".formatted(i));
        }
        var json = door.get("/api/v1/system/health").json();
        assertThat(json.path("spaces").size()).isEqualTo(SpacesReport.MAX_LISTED);
        assertThat(json.path("spaces_left_off").asInt()).isBetween(3, 4);
        assertThat(json.path("spaces").findValues("memories")).hasSize(SpacesReport.MAX_WITH_FIGURES);
        var one = door.get("/api/v1/system/health?space=space-258").json();
        assertThat(one.path("spaces").size()).isEqualTo(1);
        assertThat(one.path("spaces_left_off").asInt()).isZero();
    }

    @Test
    void what_is_asked_of_a_space_is_told_where_it_is_known() {
        door.post("/api/v1/memories", "{\"content\":\"a\"}");
        spaces.loads.put(new SpaceId("default"), new SpaceLoad(0.25, 3.5, 1.5));
        var space = door.get("/api/v1/system/health").json().at("/spaces/0");
        assertThat(space.path("pressure").asDouble()).isEqualTo(0.25);
        assertThat(space.path("reads_per_second").asDouble()).isEqualTo(3.5);
        assertThat(space.path("writes_per_second").asDouble()).isEqualTo(1.5);
        // A node on its own has no copies that could lag.
        assertThat(space.has("lag_entries")).isFalse();
        assertThat(space.has("wal_lag_ms")).isFalse();
    }

    @Test
    void health_answers_while_the_spaces_do_not() {
        spaces.failure = Optional.of(EngramException.unavailable("not now", Duration.ofSeconds(1)));
        var reply = door.get("/api/v1/system/health");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("spaces").size()).isZero();
    }

    @Test
    void a_check_that_does_not_exist_is_unknown() {
        var reply = door.get("/health/spreading");
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.json().path("status").asText()).isEqualTo("unknown");
    }

    @Test
    void introspection_tells_what_the_space_holds() {
        door.post("/api/v1/memories", "{\"content\":\"a\"}");
        var json = door.get("/api/v1/system/introspect").json();
        assertThat(json.at("/memory_statistics/total_nodes").asInt()).isEqualTo(1);
        assertThat(json.at("/performance_metrics/requests").asInt()).isEqualTo(1);
    }

    @Test
    void requests_are_counted_by_route_never_by_path() {
        door.post("/api/v1/memories", "{\"content\":\"a\"}");
        door.get("/api/v1/memories/one");
        door.get("/api/v1/memories/two");
        door.get("/made/up/path");
        var reply = door.get("/metrics/prometheus");
        assertThat(reply.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
        assertThat(reply.text())
                .contains(
                        "engram_http_requests_total{method=\"GET\",route=\"/api/v1/memories/{id}\",status=\"404\"} 2.0")
                .contains("engram_http_requests_total{method=\"POST\",route=\"/api/v1/memories\",status=\"201\"} 1.0")
                .contains("route=\"unmatched\",status=\"404\"} 1.0")
                .contains("engram_http_request_duration_seconds_bucket")
                .contains("engram_info{version=\"0.0.0-test\"} 1")
                .contains("jvm_memory_used_bytes")
                .doesNotContain("/made/up/path");
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> assertThat(door.get("/metrics/prometheus").text()).containsPattern("engram_spaces \\d"));
        assertThat(door.get("/metrics")
                        .json()
                        .at("/snapshot/one_minute/http_request_duration_seconds/count")
                        .asInt())
                .isEqualTo(3);
    }

    @Test
    void figures_come_in_the_format_that_is_asked_for() {
        for (var path : List.of("/metrics", "/metrics/prometheus")) {
            var open = door.get(path, "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
            assertThat(open.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("application/openmetrics-text; version=1.0.0");
            assertThat(open.text()).contains("# TYPE").endsWith("# EOF\n");
        }
        assertThat(door.get("/metrics", "Accept", "text/plain").text())
                .contains("# TYPE")
                .doesNotContain("# EOF");
        assertThat(door.get("/metrics", "Accept", "*/*").json().has("snapshot")).isTrue();
    }

    @Test
    void what_checks_said_last_is_among_the_figures_and_names_are_as_prometheus_wants_them() {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(door.get("/metrics/prometheus").text())
                        .containsPattern("engram_health_status\\{probe=\"serving\"} 0")
                        .contains("process_cpu_seconds_total", "system_cpus ", "engram_clock_seconds ")
                        .doesNotContain("_ns_total", "system_cpu_count"));
    }

    @Test
    void spaces_are_made_listed_looked_at_and_deleted() {
        var made = door.post("/api/v1/spaces", "{\"id\":\"team\"}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.json().path("id").asText()).isEqualTo("team");
        assertThat(made.json().path("created_at").asText()).isNotBlank();
        assertThat(door.post("/api/v1/spaces", "{\"id\":\"team\"}").status()).isEqualTo(201);
        assertThat(door.post("/api/v1/spaces", "{\"id\":\"T\"}").status()).isEqualTo(400);
        assertThat(door.post("/api/v1/spaces", "{}").status()).isEqualTo(422);
        assertThat(door.get("/api/v1/spaces").json().at("/spaces/0/id").asText())
                .isEqualTo("team");
        assertThat(door.get("/api/v1/spaces/team").json().path("memories").asInt())
                .isZero();
        assertThat(door.get("/api/v1/spaces/none").code()).isEqualTo("RESOURCE_NOT_FOUND");
        assertThat(door.delete("/api/v1/spaces/team").status()).isEqualTo(400);
        assertThat(door.delete("/api/v1/spaces/team?confirm=other").status()).isEqualTo(400);
        assertThat(door.delete("/api/v1/spaces/team?confirm=team").status()).isEqualTo(200);
        assertThat(door.delete("/api/v1/spaces/team?confirm=team").status()).isEqualTo(404);
    }

    @Test
    void a_request_has_an_id_that_the_answer_repeats() {
        assertThat(door.get("/health", "X-Request-Id", "ticket-17").headers().firstValue("X-Request-Id"))
                .contains("ticket-17");
        var drawn = door.get("/health").headers().firstValue("X-Request-Id").orElseThrow();
        assertThat(drawn).matches("[0-9a-f]{32}");
        assertThat(door.get("/health", "X-Request-Id", "not a \"name\"")
                        .headers()
                        .firstValue("X-Request-Id"))
                .isPresent()
                .get()
                .asString()
                .matches("[0-9a-f]{32}");
        assertThat(door.get("/no/such/route", "X-Request-Id", "a").headers().firstValue("X-Request-Id"))
                .contains("a");
    }

    @Test
    void the_level_of_the_log_is_shown_and_changed_from_here() throws Exception {
        var path = "/api/v1/system/log-level";
        assertThat(door.get(path).json().path("level").asText()).isEqualTo("info");
        assertThat(door.post(path, "{\"level\": \"warn\"}", "X-Forwarded-For", "192.0.2.1")
                        .status())
                .isEqualTo(403);
        assertThat(door.post(path, "{\"level\": \"LOUD!\"}").status()).isEqualTo(400);
        assertThat(door.post(path, "{}").status()).isEqualTo(422);
        assertThat(door.get(path).json().path("level").asText()).isEqualTo("info");
        var reply = door.post(path, "{\"level\": \"info,engram.space=debug\"}");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("level").asText()).isEqualTo("info,engram.space=debug");
        assertThat(door.post(path, "{\"level\": \"info\"}").status()).isEqualTo(200);
    }

    @Test
    void a_shutdown_is_taken_from_programs_here_and_from_nobody_else() {
        assertThat(door.post("/shutdown", "", "Origin", "https://example.org").code())
                .isEqualTo("FORBIDDEN");
        assertThat(door.post("/shutdown", "", "X-Forwarded-For", "192.0.2.1").status())
                .isEqualTo(403);
        assertThat(door.shutdowns.get()).isZero();
        var reply = door.post("/shutdown", "");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("status").asText()).isEqualTo("shutdown_initiated");
        door.post("/shutdown", "");
        await().atMost(Duration.ofSeconds(5)).until(() -> door.shutdowns.get() == 1);
    }

    @Test
    void while_draining_new_work_is_refused_and_what_is_in_flight_finishes() throws Exception {
        spaces.gate = Optional.of(new CompletableFuture<>());
        var inFlight = CompletableFuture.supplyAsync(() -> door.post("/api/v1/memories", "{\"content\":\"slow\"}"));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> door.get("/metrics/prometheus").text().contains("engram_http_requests_in_flight 1.0"));
        door.door.beginDrain();

        var refused = door.post("/api/v1/memories", "{\"content\":\"late\"}");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.code()).isEqualTo("SHUTTING_DOWN");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(door.get("/health").status()).isEqualTo(503);
        assertThat(door.get("/health").json().path("status").asText()).isEqualTo("unhealthy");
        assertThat(door.get("/health/alive").status()).isEqualTo(200);

        var stopped = door.door.stop(Duration.ofSeconds(20)).toCompletableFuture();
        assertThat(stopped.isDone()).isFalse();
        spaces.gate.orElseThrow().complete(null);
        assertThat(inFlight.get(20, TimeUnit.SECONDS).status()).isEqualTo(201);
        stopped.get(20, TimeUnit.SECONDS);
    }

    @Test
    void too_many_requests_at_once_are_refused() {
        spaces.gate = Optional.of(new CompletableFuture<>());
        var most = Door.SETTINGS.maxInFlight();
        var waiting = java.util.stream.IntStream.range(0, most)
                .mapToObj(_ -> CompletableFuture.supplyAsync(
                        () -> door.get("/api/v1/memories").status(),
                        task -> Thread.ofVirtual().start(task)))
                .toList();
        await().atMost(Duration.ofSeconds(10))
                .until(() -> door.get("/metrics/prometheus")
                        .text()
                        .contains("engram_http_requests_in_flight " + most + ".0"));
        var refused = door.get("/api/v1/memories");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        spaces.gate.orElseThrow().complete(null);
        assertThat(waiting).allSatisfy(each -> assertThat(each.join()).isEqualTo(200));
    }

    @Test
    void the_monitor_counts_how_checks_went() {
        var now = new AtomicLong();
        var next = new AtomicReference<>(HealthCheck.Result.healthy("fine"));
        var monitor = new HealthMonitor(List.of(HealthCheck.of("x", "y", next::get)), now::get);
        monitor.run();
        now.set(2_000_000_000L);
        next.set(HealthCheck.Result.degraded("slow"));
        monitor.run();
        var outcome = monitor.run().getFirst();
        assertThat(outcome.status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(outcome.consecutiveFailures()).isEqualTo(2);
        assertThat(outcome.consecutiveSuccesses()).isZero();
        assertThat(outcome.lastSuccessSecondsAgo()).hasValue(2.0);
        assertThat(outcome.lastFailureSecondsAgo()).hasValue(0.0);
    }

    @Test
    void a_check_that_throws_is_unhealthy() {
        var monitor = new HealthMonitor(
                List.of(HealthCheck.of("x", "y", () -> {
                    throw new IllegalStateException("broken");
                })),
                System::nanoTime);
        assertThat(HealthMonitor.worst(monitor.run())).isEqualTo(HealthStatus.UNHEALTHY);
    }

    @Test
    void latency_and_errors_are_judged_on_enough_recent_requests() {
        var now = new AtomicLong();
        var window = new RequestWindow(now::get);
        for (int i = 0; i < 49; i++) {
            window.add(6_000_000_000L, true);
        }
        assertThat(DoorChecks.latency(window.figures()).status()).isEqualTo(HealthStatus.HEALTHY);
        window.add(6_000_000_000L, true);
        assertThat(DoorChecks.latency(window.figures()).status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(DoorChecks.errorRate(window.figures()).status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(window.figures().p50Seconds()).isEqualTo(6.0);
        now.set(61_000_000_000L);
        assertThat(window.figures().count()).isZero();
        assertThat(DoorChecks.memory(86, 100).status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(DoorChecks.memory(98, 100).status()).isEqualTo(HealthStatus.UNHEALTHY);
    }

    @Test
    void a_node_that_can_only_read_is_degraded_as_a_whole() {
        var monitor = new HealthMonitor(
                List.of(HealthCheck.of(
                        "disk", "storage", () -> HealthCheck.Result.unhealthyForWrites("3 bytes are free"))),
                System::nanoTime);
        var outcomes = monitor.run();
        assertThat(outcomes).singleElement().satisfies(outcome -> {
            assertThat(outcome.status()).isEqualTo(HealthStatus.UNHEALTHY);
            assertThat(outcome.message()).isEqualTo("3 bytes are free");
        });
        assertThat(HealthMonitor.worst(outcomes)).isEqualTo(HealthStatus.DEGRADED);
    }

    @Test
    void what_a_check_of_its_own_speaks_of_is_no_fault_of_the_node() {
        assertThat(Refusal.of(EngramException.quarantined("x")).isTheNodesFault())
                .isFalse();
        assertThat(Refusal.of(EngramException.storageFull("x")).isTheNodesFault())
                .isFalse();
        assertThat(Refusal.of(EngramException.notImplemented("x")).isTheNodesFault())
                .isFalse();
        assertThat(Refusal.of(EngramException.conflict("x")).isTheNodesFault()).isFalse();
        assertThat(Refusal.of(EngramException.writesStopped("x")).isTheNodesFault())
                .isTrue();
        assertThat(Refusal.of(EngramException.unavailable("x", Duration.ofSeconds(1)))
                        .isTheNodesFault())
                .isTrue();
    }
}
