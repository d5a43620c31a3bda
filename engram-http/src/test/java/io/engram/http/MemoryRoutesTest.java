package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.space.EngramException;
import io.engram.space.SpaceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemoryRoutesTest {
    private static final FakeSpaces SPACES = new FakeSpaces();
    private static Door door;

    @BeforeAll
    static void open() {
        door = Door.open(SPACES);
    }

    @AfterAll
    static void close() {
        door.close();
    }

    @BeforeEach
    void reset() {
        SPACES.failure = Optional.empty();
        SPACES.lexicalOnly = Optional.empty();
        SPACES.node = Optional.empty();
        SPACES.existing().forEach(SPACES::deleteSpace);
    }

    private static final String FULL = """
        {"id":"m1","content":"Ana moved to Lisbon","confidence":0.95,"confidence_reasoning":"she said so",
         "tags":["ana","lisbon"],"metadata":{"source":"letter","page":"3"},"memory_type":"Episodic",
         "timestamp":"2026-04-01T10:00:00+02:00","who":["Ana"],"where_location":"Lisbon","why":"work","how":"by train",
         "emotional_valence":0.5,"importance":0.75,"decay_rate":0.25,"embedding":[0.1,-2,3e-2],"no_such_field":1}
        """;

    @Test
    void remembering_answers_with_both_spellings_of_each_field() {
        var reply = door.post("/api/v1/memories/remember", FULL);

        assertThat(reply.status()).as(reply.text()).isEqualTo(201);
        var json = reply.json();
        assertThat(json.path("id").asText()).isEqualTo("m1");
        assertThat(json.path("memory_id").asText()).isEqualTo("m1");
        assertThat(reply.text()).contains("\"confidence\":0.95,").contains("\"value\":0.95,");
        assertThat(json.at("/storage_confidence/category").asText()).isEqualTo("High");
        assertThat(json.at("/storage_confidence/reasoning").asText()).isNotBlank();
        assertThat(json.path("consolidation_state").asText()).isEqualTo("Recent");
        assertThat(json.path("observed_at").asText()).isEqualTo("2026-04-01T08:00:00Z");
        assertThat(json.path("stored_at").asText()).isEqualTo("2026-05-01T12:00:00.123Z");
        assertThat(json.at("/links/self").asText()).isEqualTo("/api/v1/memories/m1");
        assertThat(json.path("auto_links").isArray()).isTrue();
        assertThat(json.path("version").asInt()).isEqualTo(1);
        assertThat(json.path("system_message").asText()).isNotBlank();
        assertThat(json.has("duplicate_of")).isFalse();
    }

    @Test
    void everything_remembered_is_given_back() {
        door.post("/api/v1/memories/remember", FULL);

        for (var json : List.of(
                door.get("/api/v1/memories/m1").json(),
                door.get("/api/v1/memories?include_embeddings=true").json().at("/memories/0"),
                door.get("/api/v1/memories/search?q=lisbon&include_embeddings=true")
                        .json()
                        .at("/memories/0"))) {
            assertThat(json.path("content").asText()).isEqualTo("Ana moved to Lisbon");
            assertThat(json.path("confidence").toString()).isEqualTo("0.95");
            assertThat(json.path("confidence_reasoning").asText()).isEqualTo("she said so");
            assertThat(json.path("tags").toString()).isEqualTo("[\"ana\",\"lisbon\"]");
            assertThat(json.path("metadata").toString()).isEqualTo("{\"page\":\"3\",\"source\":\"letter\"}");
            assertThat(json.path("memory_type").asText()).isEqualTo("episodic");
            assertThat(json.path("timestamp").asText()).isEqualTo("2026-04-01T08:00:00Z");
            assertThat(json.path("who").toString()).isEqualTo("[\"Ana\"]");
            assertThat(json.path("where_location").asText()).isEqualTo("Lisbon");
            assertThat(json.path("why").asText()).isEqualTo("work");
            assertThat(json.path("how").asText()).isEqualTo("by train");
            assertThat(json.path("emotional_valence").toString()).isEqualTo("0.5");
            assertThat(json.path("importance").toString()).isEqualTo("0.75");
            assertThat(json.path("decay_rate").toString()).isEqualTo("0.25");
            assertThat(json.path("embedding").toString()).isEqualTo("[0.1,-2.0,0.03]");
        }
    }

    @Test
    void an_episode_is_remembered_with_its_time() {
        var reply = door.post(
                "/api/v1/episodes/remember",
                "{\"when\":\"2026-02-03T04:05:06Z\",\"what\":\"the bridge"
                        + " opened\",\"importance\":7,\"who\":[\"all\"]}");

        assertThat(reply.status()).as(reply.text()).isEqualTo(201);
        assertThat(reply.json().path("id").asText()).startsWith("ep_");
        assertThat(reply.json().path("confidence").asDouble()).isEqualTo(1.0);
        var back =
                door.get("/api/v1/memories/" + reply.json().path("id").asText()).json();
        assertThat(back.path("memory_type").asText()).isEqualTo("episodic");
        assertThat(back.path("timestamp").asText()).isEqualTo("2026-02-03T04:05:06Z");
        assertThat(back.path("importance").asDouble()).isEqualTo(1.0);
    }

    @Test
    void numbers_out_of_range_are_clamped_and_other_types_refused() {
        assertThat(door.post("/api/v1/memories/remember", "{\"content\":\"a\",\"confidence\":1.5}")
                        .json()
                        .path("confidence")
                        .asDouble())
                .isEqualTo(1.0);
        assertThat(door.post("/api/v1/memories/remember", "{\"content\":\"b\",\"confidence\":-3}")
                        .json()
                        .path("confidence")
                        .asDouble())
                .isEqualTo(0.0);
        for (var bad : List.of("\"0.5\"", "true", "[1]", "1e999", "9".repeat(60))) {
            var reply = door.post("/api/v1/memories/remember", "{\"content\":\"c\",\"confidence\":" + bad + "}");
            assertThat(reply.status()).as(bad).isEqualTo(422);
            assertThat(reply.code()).isEqualTo("MEMORY_VALIDATION_ERROR");
            assertThat(reply.message()).contains("confidence");
        }
        assertThat(door.post("/api/v1/memories/remember", "{\"content\":\"c\",\"confidence\":NaN}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void missing_and_blank_content_is_refused_by_name() {
        var missing = door.post("/api/v1/memories/remember", "{}");
        assertThat(missing.status()).isEqualTo(422);
        assertThat(missing.message()).contains("'content'");
        assertThat(door.post("/api/v1/memories", "{}").status()).isEqualTo(400);
        assertThat(door.post("/api/v1/memories/remember", "{\"content\":\" \\n\"}")
                        .status())
                .isEqualTo(400);
        assertThat(door.post("/api/v1/memories/remember", "{\"content\":5}").status())
                .isEqualTo(422);
        assertThat(door.post("/api/v1/memories/remember", "[]").status()).isEqualTo(422);
        assertThat(door.post("/api/v1/episodes/remember", "{\"what\":\"x\"}").message())
                .contains("'when'");
        assertThat(door.post("/api/v1/episodes/remember", "{\"what\":\"x\",\"when\":\"yesterday\"}")
                        .status())
                .isEqualTo(422);
        assertThat(door.post("/api/v1/memories/remember", "{\"content\":\"x\",\"memory_type\":\"odd\"}")
                        .status())
                .isEqualTo(422);
        assertThat(door.post("/api/v1/memories/remember", "{\"content\":\"x\",\"embedding\":[1,\"2\"]}")
                        .message())
                .contains("embedding[1]");
    }

    @Test
    void an_id_with_another_text_is_a_conflict_unless_overwriting() {
        door.post("/api/v1/memories/remember", "{\"id\":\"a\",\"content\":\"one\"}");

        var same = door.post("/api/v1/memories/remember", "{\"id\":\"a\",\"content\":\"one\"}");
        assertThat(same.status()).isEqualTo(201);
        assertThat(same.json().path("replayed").asBoolean()).isTrue();
        var other = door.post("/api/v1/memories/remember", "{\"id\":\"a\",\"content\":\"two\"}");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.code()).isEqualTo("MEMORY_CONFLICT");
        var over = door.post("/api/v1/memories/remember", "{\"id\":\"a\",\"content\":\"two\",\"overwrite\":true}");
        assertThat(over.json().path("version").asInt()).isEqualTo(2);

        assertThat(door.get("/api/v1/memories/a").json().path("content").asText())
                .isEqualTo("two");
        assertThat(door.get("/api/v1/memories/a?version=1")
                        .json()
                        .path("content")
                        .asText())
                .isEqualTo("one");
        assertThat(door.get("/api/v1/memories/a?version=3").status()).isEqualTo(404);
        assertThat(door.get("/api/v1/memories/a/history").json().path("count").asInt())
                .isEqualTo(2);
    }

    @Test
    void an_idempotency_key_brings_the_first_answer_back() {
        var first = door.post("/api/v1/memories", "{\"content\":\"once\"}", "Idempotency-Key", "k1");
        var second = door.post("/api/v1/memories", "{\"content\":\"once\"}", "Idempotency-Key", "k1");
        assertThat(second.json().path("id")).isEqualTo(first.json().path("id"));
        assertThat(second.json().path("replayed").asBoolean()).isTrue();
        assertThat(door.post("/api/v1/memories", "{\"content\":\"once\"}", "Idempotency-Key", "k".repeat(201))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void a_duplicate_is_named_when_asked_for() {
        door.post("/api/v1/memories", "{\"id\":\"a\",\"content\":\"same\"}");
        var kept = door.post("/api/v1/memories", "{\"content\":\"same\"}");
        assertThat(kept.status()).isEqualTo(201);
        var reply = door.post("/api/v1/memories", "{\"content\":\"same\",\"deduplicate\":true}");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("duplicate_of").asText()).isEqualTo("a");
        assertThat(door.get("/api/v1/memories").json().path("total").asInt()).isEqualTo(2);
    }

    @Test
    void links_found_are_answered() {
        door.post("/api/v1/memories", "{\"id\":\"a\",\"content\":\"one\"}");
        var reply = door.post("/api/v1/memories", "{\"content\":\"two\",\"auto_link\":true,\"link_threshold\":0.25}");
        assertThat(reply.json().at("/auto_links/0/target_memory_id").asText()).isEqualTo("a");
        assertThat(reply.json().at("/auto_links/0/similarity_score").asDouble()).isEqualTo(0.25);
    }

    @Test
    void each_item_of_a_bulk_request_has_its_own_result() {
        var reply = door.post("/api/v1/memories/bulk", """
            {"items":[{"id":"x","content":"one"},{"content":7},{"what":"w","when":"2026-01-01T00:00:00Z"},
                      {"id":"x","content":"other"},{"content":"one","deduplicate":true}]}
            """);
        assertThat(reply.status()).as(reply.text()).isEqualTo(207);
        var statuses = new ArrayList<Integer>();
        reply.json()
                .path("items")
                .forEach(item -> statuses.add(item.path("status").asInt()));
        assertThat(statuses).containsExactly(201, 422, 201, 409, 200);
        assertThat(reply.json().at("/items/1/error/message").asText()).contains("content");
        assertThat(reply.json().at("/items/2/id").asText()).startsWith("ep_");
        assertThat(reply.json().path("stored").asInt()).isEqualTo(2);
        assertThat(reply.json().path("duplicates").asInt()).isEqualTo(1);
        assertThat(reply.json().path("failed").asInt()).isEqualTo(2);

        assertThat(door.post("/api/v1/memories/bulk", "{\"items\":[{\"content\":\"fine\"}]}")
                        .status())
                .isEqualTo(200);
        assertThat(door.post("/api/v1/memories/bulk", "{\"items\":[]}").status())
                .isEqualTo(400);
        assertThat(door.post("/api/v1/memories/bulk", "{}").status()).isEqualTo(422);
        assertThat(door.post("/api/v1/memories/bulk", "{\"items\":[" + "{},".repeat(20) + "{}]}")
                        .status())
                .isEqualTo(413);
    }

    @Test
    void a_bulk_request_is_retried_as_a_whole_under_one_key() {
        var body = "{\"items\":[{\"content\":\"p\"},{\"content\":\"q\"}]}";
        var first = door.post("/api/v1/memories/bulk", body, "Idempotency-Key", "bulk");
        var second = door.post("/api/v1/memories/bulk", body, "Idempotency-Key", "bulk");
        assertThat(second.json().at("/items/1/id")).isEqualTo(first.json().at("/items/1/id"));
        assertThat(door.get("/api/v1/memories").json().path("total").asInt()).isEqualTo(2);
    }

    @Test
    void a_search_answers_count_and_total() {
        for (int i = 0; i < 5; i++) {
            door.post("/api/v1/memories", "{\"content\":\"text number " + i + "\"}");
        }
        var json = door.get("/api/v1/memories/search?query=number&limit=2&offset=1")
                .json();
        assertThat(json.path("count").asInt()).isEqualTo(2);
        assertThat(json.path("total").asInt()).isEqualTo(5);
        assertThat(json.at("/memories/0/rank").asInt()).isEqualTo(2);
        assertThat(json.path("lexical_only").isNull()).isTrue();
        SPACES.lexicalOnly = Optional.of("the model is loading");
        assertThat(door.get("/api/v1/memories/search?q=number")
                        .json()
                        .path("lexical_only")
                        .asText())
                .isEqualTo("the model is loading");
        assertThat(door.get("/api/v1/memories/search").status()).isEqualTo(400);
        assertThat(door.get("/api/v1/memories/search?q=a&query=b").status()).isEqualTo(400);
        assertThat(door.get("/api/v1/memories/search?q=a&query=a").status()).isEqualTo(200);
    }

    @Test
    void a_recall_has_three_lists_and_three_figures() {
        door.post("/api/v1/memories", "{\"content\":\"tea in the morning\"}");
        door.post("/api/v1/memories", "{\"content\":\"tea in the evening\",\"tags\":[\"late\"]}");

        var json = door.get("/api/v1/memories/recall?query=tea&include_metadata=true&trace_activation=true")
                .json();
        var item = json.at("/memories/vivid/0");
        assertThat(item.path("rank").asInt()).isEqualTo(1);
        assertThat(item.at("/confidence/value").toString()).isEqualTo("0.81");
        assertThat(item.at("/confidence/category").asText()).isEqualTo("High");
        assertThat(item.path("activation_level").toString()).isEqualTo("0.62");
        assertThat(item.path("similarity_score").toString()).isEqualTo("0.43");
        assertThat(item.at("/score_parts/cosine").toString()).isEqualTo("0.86");
        assertThat(item.path("retrieval_path").size()).isEqualTo(3);
        assertThat(json.at("/memories/associated/0/content").asText()).isEqualTo("tea in the evening");
        assertThat(json.at("/memories/reconstructed").isArray()).isTrue();
        assertThat(json.at("/recall_confidence/value").toString()).isEqualTo("0.77");
        assertThat(json.at("/metadata/total_memories_searched").asInt()).isEqualTo(2);
        assertThat(json.at("/metadata/activation_spread_hops").asInt()).isEqualTo(1);
        assertThat(json.at("/query_analysis/search_strategy").asText()).contains("hybrid");

        assertThat(door.get("/api/v1/memories/recall?query=tea")
                        .json()
                        .path("metadata")
                        .isNull())
                .isTrue();
        assertThat(door.get("/api/v1/memories/recall?query=tea&required_tags=late")
                        .json()
                        .at("/memories/vivid")
                        .size())
                .isEqualTo(1);
        assertThat(door.get("/api/v1/memories/recall?query=tea&excluded_tags=late")
                        .json()
                        .at("/memories/vivid/0/content")
                        .asText())
                .isEqualTo("tea in the morning");
        assertThat(door.get("/api/v1/memories/recall?embedding=%5B1,2%5D").status())
                .isEqualTo(200);
        assertThat(door.get("/api/v1/memories/recall?embedding=%5B1,null%5D").status())
                .isEqualTo(400);
    }

    @Test
    void filters_choose_by_time_place_type_and_person() {
        door.post("/api/v1/memories/remember", FULL);
        door.post("/api/v1/memories/remember", "{\"content\":\"Lisbon is in Portugal\"}");
        for (var filter : List.of(
                "from_time=2026-03-01T00:00:00Z&to_time=2026-04-30T00:00:00Z",
                "from_time=2026-03-01T00:00:00%2B01:00&to_time=2026-04-30T00:00:00+01:00",
                "location=lisb",
                "types=episodic,procedural",
                "who=ana",
                "min_confidence=0.9",
                "required_tags=ana,lisbon",
                "required_tags=ana&required_tags=lisbon")) {
            var found = door.get("/api/v1/memories/search?q=Lisbon&" + filter).json();
            assertThat(found.path("count").asInt()).as(filter).isEqualTo(1);
            assertThat(found.at("/memories/0/id").asText()).isEqualTo("m1");
        }
        for (var bad : List.of(
                "from_time=now",
                "types=odd",
                "min_confidence=2",
                "min_confidence=NaN",
                "limit=0",
                "limit=51",
                "limit=x",
                "offset=-1",
                "fusion=odd",
                "q=again",
                "from_time=2026-03-02T00:00:00Z&to_time=2026-03-01T00:00:00Z",
                "include_embeddings=perhaps",
                "location=%ff")) {
            var reply = door.get("/api/v1/memories/search?q=Lisbon&" + bad);
            assertThat(reply.status()).as(bad).isEqualTo(400);
            assertThat(reply.code()).isEqualTo("BAD_REQUEST");
        }
    }

    @Test
    void a_deleted_memory_is_gone() {
        door.post("/api/v1/memories", "{\"id\":\"a b/c\",\"content\":\"one\"}");
        assertThat(door.get("/api/v1/memories/a%20b%2Fc").status()).isEqualTo(200);
        var reply = door.delete("/api/v1/memories/a%20b%2Fc");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("status").asText()).isEqualTo("deleted");
        assertThat(reply.json().path("memory_id").asText()).isEqualTo("a b/c");
        var after = door.get("/api/v1/memories/a%20b%2Fc");
        assertThat(after.status()).isEqualTo(404);
        assertThat(after.code()).isEqualTo("MEMORY_NOT_FOUND");
        assertThat(door.delete("/api/v1/memories/a%20b%2Fc").code()).isEqualTo("MEMORY_NOT_FOUND");
        assertThat(door.delete("/api/v1/memories/a?mode=burn").status()).isEqualTo(400);
    }

    @Test
    void any_of_three_headers_the_query_or_the_body_chooses_the_space() {
        var body = "{\"content\":\"x\",\"memory_space_id\":\"from-body\"}";
        for (var header : SpaceSelection.HEADERS) {
            door.post("/api/v1/memories?space=from-query", body, header, "from-header");
        }
        assertThat(SPACES.existing()).containsExactly(new SpaceId("from-header"));
        door.post("/api/v1/memories?space=from-query", body);
        assertThat(SPACES.existing()).contains(new SpaceId("from-query")).hasSize(2);
        door.post("/api/v1/memories", body);
        assertThat(SPACES.existing()).contains(new SpaceId("from-body")).hasSize(3);
        door.post("/api/v1/memories", "{\"content\":\"x\"}");
        assertThat(SPACES.existing()).contains(new SpaceId("default")).hasSize(4);

        var disagree = door.get("/api/v1/memories", "X-Memory-Space", "one-space", "X-Memory-Space-Id", "other-space");
        assertThat(disagree.status()).isEqualTo(400);
        assertThat(disagree.message()).contains("one-space").contains("other-space");
        assertThat(door.get("/api/v1/memories", "X-Memory-Space", "one", "X-Memory-Space", "two")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void names_that_are_no_spaces_are_refused_everywhere() {
        for (var bad : List.of(
                "..%2F..%2Fetc",
                "%2e%2e%2f",
                "ab",
                "a".repeat(65),
                "Default",
                "d%C3%A9fault",
                "%EF%BD%84efault",
                "a%00b",
                "a%20b",
                "")) {
            assertThat(door.get("/api/v1/memories?space=" + bad).status())
                    .as(bad)
                    .isEqualTo(400);
        }
        for (var bad : List.of("../etc", "ab", "a".repeat(65), "Default", "a b")) {
            assertThat(door.get("/api/v1/memories", "X-Memory-Space", bad).status())
                    .as(bad)
                    .isEqualTo(400);
            assertThat(door.post("/api/v1/memories", "{\"content\":\"x\",\"memory_space_id\":\"" + bad + "\"}")
                            .status())
                    .as(bad)
                    .isEqualTo(400);
        }
        assertThat(SPACES.existing()).isEmpty();
    }

    @Test
    void reading_makes_no_space() {
        for (var path : List.of(
                "/api/v1/memories",
                "/api/v1/memories/x",
                "/api/v1/memories/x/history",
                "/api/v1/memories/search?q=x",
                "/api/v1/memories/recall?q=x",
                "/api/v1/system/introspect",
                "/api/v1/system/health")) {
            door.get(path, "X-Memory-Space", "nowhere");
        }
        assertThat(SPACES.existing()).isEmpty();
    }

    @Test
    void what_the_spaces_refuse_has_its_status_and_code() {
        record Case(EngramException failure, int status, String code) {}
        for (var each : List.of(
                new Case(EngramException.invalid("no"), 400, "INVALID_MEMORY_INPUT"),
                new Case(EngramException.notFound("no"), 404, "MEMORY_NOT_FOUND"),
                new Case(EngramException.conflict("no"), 409, "MEMORY_CONFLICT"),
                new Case(EngramException.tooLarge("no"), 413, "PAYLOAD_TOO_LARGE"),
                new Case(EngramException.overloaded("no", Duration.ofMillis(2500)), 429, "TOO_MANY_REQUESTS"),
                new Case(EngramException.unavailable("no", Duration.ofSeconds(3)), 503, "MEMORY_CLUSTER_UNAVAILABLE"),
                new Case(EngramException.outcomeUnknown("no"), 503, "OUTCOME_UNKNOWN"),
                new Case(EngramException.storageFull("no"), 507, "INSUFFICIENT_STORAGE"),
                new Case(EngramException.quarantined("no"), 503, "SPACE_QUARANTINED"),
                new Case(EngramException.writesStopped("no"), 503, "WRITES_STOPPED"),
                new Case(EngramException.notImplemented("no"), 501, "NOT_IMPLEMENTED"))) {
            SPACES.failure = Optional.of(each.failure());
            var reply = door.post("/api/v1/memories", "{\"content\":\"x\"}");
            assertThat(reply.status()).as(each.code()).isEqualTo(each.status());
            assertThat(reply.code()).isEqualTo(each.code());
            var waits = each.status() == 429
                    || (each.status() == 503 && !each.code().equals("SPACE_QUARANTINED"));
            assertThat(reply.headers().firstValue("Retry-After").isPresent()).isEqualTo(waits);
            if (each.status() == 429) {
                assertThat(reply.headers().firstValue("Retry-After")).contains("3");
            }
        }
    }
}
