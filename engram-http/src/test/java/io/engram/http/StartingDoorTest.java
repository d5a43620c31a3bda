package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigFactory;
import io.engram.health.Recovery;
import io.engram.health.Recovery.Step;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The door before a node whose log is being read. */
class StartingDoorTest {
    private final ActorSystem<Void> system = ActorSystem.create(
            Behaviors.empty(),
            "starting-door",
            ConfigFactory.parseString("pekko.fail-mixed-versions = off\npekko.log-dead-letters = off")
                    .withFallback(ConfigFactory.load()));
    private final Recovery recovery = new Recovery();
    private final HttpStart start =
            new HttpStart(Metrics.create(), "0.0.0-test", FakeSpaces.NOW, recovery, InstantSource.system());
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpDoor door;

    @BeforeEach
    void open() throws Exception {
        door = HttpDoor.open(system, start, Door.SETTINGS).toCompletableFuture().get(20, TimeUnit.SECONDS);
        recovery.begin(Step.CHECK, 4_000);
        recovery.advance(1_000);
    }

    @AfterEach
    void close() throws Exception {
        door.stop(Duration.ofSeconds(5)).toCompletableFuture().get(20, TimeUnit.SECONDS);
        client.close();
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private HttpResponse<String> ask(String method, String path) throws Exception {
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + door.address().getPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(method.equals("GET") ? "" : "{\"content\":\"a\"}"))
                .header("Content-Type", "application/json")
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> reply) throws Exception {
        return new com.fasterxml.jackson.databind.ObjectMapper().readTree(reply.body());
    }

    private void serve() {
        door.serve(new HttpContext(
                new FakeSpaces(),
                List.of(recovery.health()),
                start.meters(),
                "0.0.0-test",
                FakeSpaces.NOW,
                Optional.empty(),
                () -> {},
                InstantSource.system()));
    }

    @Test
    void health_says_that_it_recovers_and_how_far_it_is() throws Exception {
        assertThat(ask("GET", "/health/alive").statusCode()).isEqualTo(200);
        var health = ask("GET", "/health");
        assertThat(health.statusCode()).isEqualTo(503);
        assertThat(json(health).path("status").asText()).isEqualTo("recovering");
        assertThat(json(health).at("/recovery/step").asText()).isEqualTo("check");
        assertThat(json(health).at("/recovery/unit").asText()).isEqualTo("bytes");
        assertThat(json(health).at("/recovery/done").asLong()).isEqualTo(1_000);
        assertThat(json(health).at("/recovery/total").asLong()).isEqualTo(4_000);
        assertThat(json(health).at("/recovery/percent").asDouble()).isEqualTo(25);
        assertThat(json(health).at("/recovery/elapsed_seconds").isNumber()).isTrue();
        var full = ask("GET", "/api/v1/system/health");
        assertThat(full.statusCode()).isEqualTo(503);
        assertThat(json(full).path("status").asText()).isEqualTo("recovering");
        var check = json(full).at("/checks/0");
        assertThat(check.path("name").asText()).isEqualTo("recovery");
        assertThat(check.path("status").asText()).isEqualTo("unhealthy");
        assertThat(check.path("message").asText()).contains("checking its log", "25 %");
        assertThat(check.at("/progress/percent").asDouble()).isEqualTo(25);
        assertThat(json(full).path("spaces").isEmpty()).isTrue();
        assertThat(json(full).path("cluster").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/v1/memories/remember",
        "GET, /api/v1/memories/search?q=x",
        "GET, /api/v1/spaces",
        "POST, /shutdown",
        "GET, /cluster/health",
        "GET, /nowhere"
    })
    void everything_else_is_refused_with_the_reason_and_when_to_come_again(String method, String path)
            throws Exception {
        var refused = ask(method, path);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(json(refused).at("/error/code").asText()).isEqualTo("RECOVERING");
        assertThat(json(refused).at("/error/message").asText())
                .contains("reading its log")
                .contains("25 %");
        assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 30);
        assertThat(refused.headers().firstValue("X-Request-Id")).isPresent();
    }

    @Test
    void figures_are_told_meanwhile() throws Exception {
        ask("GET", "/api/v1/spaces");
        assertThat(ask("GET", "/metrics/prometheus").body())
                .contains("engram_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"503\"} 1.0")
                .contains("jvm_memory_used_bytes");
        assertThat(ask("GET", "/metrics").statusCode()).isEqualTo(200);
    }

    @Test
    void it_is_ready_when_everything_is_answered_and_the_start_is_over() throws Exception {
        serve();
        // The doors answer in earnest, and the node has still to join others.
        assertThat(ask("GET", "/api/v1/spaces").statusCode()).isEqualTo(200);
        var joining = ask("GET", "/health");
        assertThat(joining.statusCode()).isEqualTo(503);
        assertThat(json(joining).path("status").asText()).isEqualTo("recovering");
        recovery.finish();
        var ready = ask("GET", "/health");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(json(ready).path("status").asText()).isEqualTo("healthy");
        assertThat(json(ready).has("recovery")).isFalse();
        assertThat(json(ask("GET", "/api/v1/system/health"))
                        .at("/checks/0/progress/step")
                        .asText())
                .isEqualTo("ready");
        assertThat(ask("GET", "/nowhere").statusCode()).isEqualTo(404);
    }

    @Test
    void a_start_that_is_over_before_the_door_knows_the_node_is_not_ready_yet() throws Exception {
        recovery.finish();
        assertThat(ask("GET", "/health").statusCode()).isEqualTo(503);
        assertThat(ask("GET", "/api/v1/spaces").statusCode()).isEqualTo(503);
        serve();
        assertThat(ask("GET", "/health").statusCode()).isEqualTo(200);
    }

    @Test
    void the_wait_is_as_long_as_the_rest_takes_within_limits() {
        var half = new Recovery.State(
                Step.CHECK, false, "bytes", 50, java.util.OptionalLong.of(100), Duration.ofSeconds(12));
        assertThat(StartingRoutes.wait(half)).isEqualTo(Duration.ofSeconds(12));
        var little = new Recovery.State(
                Step.CHECK, false, "bytes", 5, java.util.OptionalLong.of(100), Duration.ofSeconds(60));
        assertThat(StartingRoutes.wait(little)).isEqualTo(Duration.ofSeconds(30));
        var unknown =
                new Recovery.State(Step.OPEN, false, "", 0, java.util.OptionalLong.empty(), Duration.ofSeconds(60));
        assertThat(StartingRoutes.wait(unknown)).isEqualTo(Duration.ofSeconds(2));
    }
}
