package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.embedding.EmbeddingUnavailableException;
import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthCheck;
import io.engram.log.LogStoreSettings;
import io.engram.memory.Cue;
import io.engram.memory.ModelVector;
import io.engram.node.EngramNode;
import io.engram.node.NodeSettings;
import io.engram.space.SpaceId;
import io.engram.space.SpaceSettings;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The door before a real node with a real log, from the first call to a restart. */
class NodeTest {
    @TempDir
    Path folder;

    /** A node without a model: words alone decide. */
    private static final class NoModel implements TextEmbedding {
        @Override
        public State state() {
            return State.OFF;
        }

        @Override
        public void load() {}

        @Override
        public CompletionStage<State> settled() {
            return CompletableFuture.completedFuture(State.OFF);
        }

        @Override
        public String modelId() {
            return "none";
        }

        @Override
        public CompletionStage<Cue.Meaning> cue(String text) {
            return CompletableFuture.failedFuture(new EmbeddingUnavailableException("the model is switched off"));
        }

        @Override
        public CompletionStage<ModelVector> passage(String text) {
            return CompletableFuture.failedFuture(new EmbeddingUnavailableException("the model is switched off"));
        }

        @Override
        public HealthCheck health() {
            return HealthCheck.of("embedding", "embedding", () -> HealthCheck.Result.healthy("switched off"));
        }

        @Override
        public void close() {}
    }

    private Door start() throws Exception {
        var meters = Metrics.create();
        var settings = new NodeSettings(
                folder,
                LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0),
                SpaceSettings.DEFAULTS,
                List.of(new SpaceId("default")),
                Optional.empty());
        var node = EngramNode.start(settings, new NoModel(), meters, InstantSource.system());
        node.ready().toCompletableFuture().get(60, TimeUnit.SECONDS);
        return Door.open(
                node.system(),
                new HttpContext(
                        node.spaces(),
                        node.healthChecks(),
                        meters,
                        "0.0.0-test",
                        Instant.now(),
                        Optional.of(folder),
                        Optional.of(node.identity()),
                        () -> {},
                        InstantSource.system()),
                () -> node.stop().toCompletableFuture().get(60, TimeUnit.SECONDS));
    }

    @Test
    void the_first_calls_of_a_newcomer_answer_as_promised() throws Exception {
        try (var door = start()) {
            assertThat(door.get("/health/alive").status()).isEqualTo(200);
            assertThat(door.get("/health").json().path("status").asText()).isEqualTo("healthy");
            var health = door.get("/api/v1/system/health").json();
            assertThat(health.path("status").asText()).isEqualTo("healthy");
            assertThat(health.path("checks").findValuesAsText("name")).contains("embedding", "memory");
            assertThat(health.at("/spaces/0/space").asText()).isEqualTo("default");
            assertThat(health.path("checks").findValuesAsText("name"))
                    .contains("disk", "damaged_spaces", "damaged_snapshots");
            assertThat(health.path("node_id").asText()).startsWith("node-");
            assertThat(health.path("incarnation").asText()).hasSize(36);

            var first = door.post("/api/v1/memories/remember", "{\"content\": \"test memory\", \"confidence\": 0.95}");
            assertThat(first.status()).as(first.text()).isEqualTo(201);
            var second = door.post(
                    "/api/v1/memories/remember", "{\"content\": \"deployment test memory\", \"confidence\": 0.95}");
            assertThat(second.text()).contains("\"id\":\"").contains("\"confidence\":0.95");

            var busy = door.get("/api/v1/system/health").json().at("/spaces/0");
            assertThat(busy.path("writes_per_second").asDouble()).isPositive();
            assertThat(busy.path("pressure").asDouble()).isZero();

            var found = door.get("/api/v1/memories/search?q=deployment").json();
            assertThat(found.path("count").asInt()).isEqualTo(1);
            assertThat(found.path("memories").size()).isEqualTo(1);
            assertThat(found.at("/memories/0/content").asText()).isEqualTo("deployment test memory");
            assertThat(found.at("/memories/0/confidence").toString()).isEqualTo("0.95");
            assertThat(found.path("lexical_only").asText()).isNotBlank();
            assertThat(door.get("/api/v1/memories/search?q=test")
                            .json()
                            .path("count")
                            .asInt())
                    .isEqualTo(2);

            var recalled = door.get("/api/v1/memories/recall?query=deployment&include_metadata=true")
                    .json();
            var items = new ArrayList<String>();
            recalled.path("memories")
                    .forEach(list ->
                            list.forEach(item -> items.add(item.path("content").asText())));
            assertThat(items).contains("deployment test memory");
            assertThat(recalled.at("/metadata/total_memories_searched").asInt()).isPositive();

            var id = second.json().path("id").asText();
            assertThat(door.delete("/api/v1/memories/" + id).status()).isEqualTo(200);
            assertThat(door.get("/api/v1/memories/" + id).status()).isEqualTo(404);
            assertThat(door.get("/api/v1/memories/search?q=deployment")
                            .json()
                            .path("count")
                            .asInt())
                    .isZero();
            assertThat(door.get("/metrics/prometheus").text()).contains("engram_http_requests_total");
        }
    }

    @Test
    void a_restart_keeps_what_was_remembered_and_what_was_forgotten() throws Exception {
        String gone;
        try (var door = start()) {
            door.post("/api/v1/memories/remember", "{\"id\":\"kept\",\"content\":\"the first text\"}");
            door.post(
                    "/api/v1/memories/remember",
                    "{\"id\":\"kept\",\"content\":\"the second text\",\"overwrite\":true,\"tags\":[\"a\"]}");
            door.post("/api/v1/memories", "{\"content\":\"once only\"}", "Idempotency-Key", "key-1");
            gone = door.post("/api/v1/memories", "{\"content\":\"to be forgotten\"}")
                    .json()
                    .path("id")
                    .asText();
            door.delete("/api/v1/memories/" + gone);
            door.post("/api/v1/memories?space=team-a", "{\"id\":\"x\",\"content\":\"a secret\"}");
        }
        try (var door = start()) {
            var kept = door.get("/api/v1/memories/kept").json();
            assertThat(kept.path("content").asText()).isEqualTo("the second text");
            assertThat(kept.path("version").asInt()).isEqualTo(2);
            assertThat(kept.path("tags").toString()).isEqualTo("[\"a\"]");
            assertThat(door.get("/api/v1/memories/kept?version=1")
                            .json()
                            .path("content")
                            .asText())
                    .isEqualTo("the first text");
            assertThat(door.get("/api/v1/memories/" + gone).status()).isEqualTo(404);
            var again = door.post("/api/v1/memories", "{\"content\":\"once only\"}", "Idempotency-Key", "key-1");
            assertThat(again.status()).isEqualTo(201);
            assertThat(again.json().path("replayed").asBoolean()).isTrue();
            assertThat(door.post("/api/v1/memories/remember", "{\"id\":\"kept\",\"content\":\"another\"}")
                            .code())
                    .isEqualTo("MEMORY_CONFLICT");
            assertThat(door.get("/api/v1/spaces").json().path("spaces").findValuesAsText("id"))
                    .containsExactly("default", "team-a");
            assertThat(door.get("/api/v1/memories/x?space=team-a")
                            .json()
                            .path("content")
                            .asText())
                    .isEqualTo("a secret");
            assertThat(door.get("/api/v1/memories/x").status()).isEqualTo(404);
            assertThat(door.get("/api/v1/memories/search?q=secret")
                            .json()
                            .path("count")
                            .asInt())
                    .isZero();
        }
    }

    @Test
    void spaces_are_made_by_writing_and_go_with_all_they_hold() throws Exception {
        try (var door = start()) {
            door.get("/api/v1/memories/search?q=x", "X-Memory-Space", "never-written");
            door.post("/api/v1/memories", "{\"content\":\"a text of its own\"}", "X-Memory-Space", "short-lived");
            assertThat(door.get("/api/v1/spaces").json().path("spaces").findValuesAsText("id"))
                    .containsExactly("default", "short-lived");
            assertThat(door.get("/api/v1/spaces/short-lived")
                            .json()
                            .path("memories")
                            .asInt())
                    .isEqualTo(1);
            assertThat(door.delete("/api/v1/spaces/short-lived?confirm=short-lived")
                            .status())
                    .isEqualTo(200);
            assertThat(door.get("/api/v1/spaces/short-lived").status()).isEqualTo(404);
            assertThat(door.get("/api/v1/memories?space=short-lived")
                            .json()
                            .path("total")
                            .asInt())
                    .isZero();
        }
    }

    @Test
    void rules_of_the_spaces_are_answered_as_bad_input() throws Exception {
        try (var door = start()) {
            door.post("/api/v1/memories", "{\"content\":\"with a vector\",\"embedding\":[1,0,0]}");
            var other = door.post("/api/v1/memories", "{\"content\":\"another\",\"embedding\":[1,0]}");
            assertThat(other.status()).as(other.text()).isEqualTo(400);
            assertThat(door.post("/api/v1/memories", "{\"content\":\"zero\",\"embedding\":[0,0,0]}")
                            .status())
                    .isEqualTo(400);
            assertThat(door.get("/api/v1/memories/search?embedding=%5B1,0,0%5D")
                            .json()
                            .path("count")
                            .asInt())
                    .isEqualTo(1);
            assertThat(door.get("/api/v1/memories/search?embedding=%5B1,0%5D").status())
                    .isIn(200, 400);
            for (var bad : List.of(
                    "{\"id\":\"\",\"content\":\"x\"}",
                    "{\"id\":\"" + "i".repeat(300) + "\",\"content\":\"x\"}",
                    "{\"id\":\"a\\u0000b\",\"content\":\"x\"}",
                    "{\"content\":\"half \\ud83d a pair\"}",
                    "{\"content\":\"x\",\"tags\":[\"\"]}")) {
                var reply = door.post("/api/v1/memories", bad);
                assertThat(reply.status()).as(bad + " " + reply.text()).isEqualTo(400);
            }
            var bulk = door.post(
                    "/api/v1/memories/bulk", "{\"items\":[{\"content\":\"fine\"},{\"id\":\"\",\"content\":\"bad\"}]}");
            assertThat(bulk.status()).as(bulk.text()).isEqualTo(207);
            assertThat(bulk.json().at("/items/0/status").asInt()).isEqualTo(201);
            assertThat(bulk.json().at("/items/1/status").asInt()).isEqualTo(400);
        }
    }
}
