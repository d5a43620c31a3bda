package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands in front of a server that gives prepared answers. */
class CommandsTest {
    @SuppressWarnings("NullAway.Init")
    private StubNode node;

    @BeforeEach
    void start() throws Exception {
        node = new StubNode();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private Said ask(String... arguments) {
        var all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--server");
        all.add(node.url());
        return Said.by(all.toArray(String[]::new));
    }

    private static String unusedAddress() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }
    }

    @Test
    void create_sends_the_text_and_prints_the_id() {
        node.on("POST", "/api/v1/memories/remember", 201, "{\"memory_id\":\"m1\"}");
        var said = ask("memory", "create", "a text", "-c", "0.9", "--space", "notes", "--tag", "x", "--id", "m1");
        assertThat(said.exitCode()).isZero();
        assertThat(said.out()).isEqualTo("remembered m1\n");
        assertThat(node.asked()).singleElement().satisfies(asked -> {
            assertThat(asked.space()).isEqualTo("notes");
            assertThat(asked.json().toString())
                    .isEqualTo("{\"content\":\"a text\",\"id\":\"m1\",\"confidence\":0.9,\"tags\":[\"x\"]}");
        });
    }

    @Test
    void a_memory_gets_an_id_before_it_is_sent_so_that_a_retry_is_harmless() {
        node.on("POST", "/api/v1/memories/remember", 201, "{\"memory_id\":\"m1\"}");
        ask("memory", "create", "a text");
        assertThat(node.asked().getFirst().json().path("id").asText()).matches("mem_[0-9a-f]{32}");
    }

    @Test
    void get_encodes_the_id_and_shows_the_memory() {
        node.on(
                "GET",
                "/api/v1/memories/a%2Fb%20c",
                200,
                "{\"id\":\"a/b c\",\"content\":\"a text\",\"confidence\":0.5,\"timestamp\":\"2026-01-02T03:04:05Z\"}");
        var said = ask("memory", "get", "a/b c");
        assertThat(said.exitCode()).isZero();
        assertThat(said.out())
                .contains("a/b c")
                .contains("a text")
                .contains("50%")
                .contains("2026-01-02");
    }

    @Test
    void search_prints_what_was_found() {
        node.on(
                "GET",
                "/api/v1/memories/search",
                200,
                "{\"memories\":[{\"id\":\"m1\",\"content\":\"two\\nlines\",\"confidence\":0.95}],\"count\":1}");
        assertThat(ask("memory", "search", "what & why?", "-l", "3").out()).isEqualTo("m1   95%  two lines\n");
        assertThat(node.asked().getFirst().path())
                .isEqualTo("/api/v1/memories/search?query=what%20%26%20why%3F&limit=3");
    }

    @Test
    void list_and_delete_use_their_routes() {
        node.on("GET", "/api/v1/memories", 200, "{\"memories\":[],\"count\":0}")
                .on("DELETE", "/api/v1/memories/m1", 200, "{\"status\":\"deleted\"}");
        assertThat(ask("memory", "list", "--limit", "5", "--offset", "10").out())
                .isEqualTo("no memories\n");
        assertThat(ask("memory", "delete", "m1").out()).isEqualTo("deleted m1\n");
        assertThat(node.asked().getFirst().path()).contains("limit=5").contains("offset=10");
    }

    @Test
    void json_is_the_answer_as_one_document() throws Exception {
        var answer = "{\"memories\":[{\"id\":\"m1\"}],\"count\":1}";
        node.on("GET", "/api/v1/memories/search", 200, answer);
        assertThat(ask("memory", "search", "x", "--json").json()).isEqualTo(Api.JSON.readTree(answer));
    }

    @Test
    void what_the_node_refuses_is_said_on_standard_error() {
        var said = ask("memory", "get", "unknown");
        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.out()).isEmpty();
        assertThat(said.err()).isEqualTo("engram: there is no such thing\n");
    }

    @Test
    void a_node_that_is_not_there_is_said_without_a_stack_trace() throws Exception {
        var said = Said.by("memory", "list", "--server", unusedAddress());
        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.err())
                .startsWith("engram: no node answers at http://127.0.0.1:")
                .hasLineCount(1);
    }

    @Test
    void spaces_are_listed_created_and_deleted() {
        node.on(
                        "GET",
                        "/api/v1/spaces",
                        200,
                        "{\"spaces\":[{\"id\":\"notes\",\"created_at\":\"2026-01-02T03:04:05Z\"}]}")
                .on("POST", "/api/v1/spaces", 201, "{\"id\":\"notes\",\"created_at\":\"2026-01-02T03:04:05Z\"}")
                .on("DELETE", "/api/v1/spaces/notes", 200, "{\"deleted\":true}");
        assertThat(ask("space", "list").out()).contains("notes  2026-01-02T03:04:05Z");
        assertThat(ask("space", "create", "notes").out()).startsWith("space notes");
        assertThat(ask("space", "delete", "notes", "--yes").out()).isEqualTo("deleted space notes\n");
        assertThat(node.asked().getLast().path()).isEqualTo("/api/v1/spaces/notes?confirm=notes");
    }

    @ParameterizedTest
    @CsvSource({"notes, 0", "note, 1", "'', 1"})
    void a_space_is_deleted_only_if_its_id_is_typed(String typed, int exitCode) {
        node.on("DELETE", "/api/v1/spaces/notes", 200, "{}");
        var input = System.in;
        System.setIn(new java.io.ByteArrayInputStream(typed.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        try {
            assertThat(ask("space", "delete", "notes").exitCode()).isEqualTo(exitCode);
        } finally {
            System.setIn(input);
        }
        assertThat(node.asked()).hasSize(1 - exitCode);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "memory",
                "memory create",
                "memory create x --confidence 2",
                "memory create x --confidence NaN",
                "memory search x --limit many",
                "benchmark latency nothing",
                "benchmark throughput --clients 0",
                "cluster",
                "cluster health --limit many",
                "memory list --server ftp://x"
            })
    void a_command_line_that_makes_no_sense_is_exit_code_2(String line) {
        var said = Said.by(line.isEmpty() ? new String[0] : line.split(" ", -1));
        assertThat(said.exitCode()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"healthy, online, 0", "degraded, degraded, 0", "unhealthy, error, 4"})
    void status_tells_the_truth_in_its_exit_code(String health, String status, int exitCode) throws Exception {
        node.on("GET", "/health/alive", 200, "")
                .on(
                        "GET",
                        "/api/v1/system/health",
                        health.equals("unhealthy") ? 503 : 200,
                        "{\"status\":\"%s\",\"checks\":[{\"name\":\"log\",\"status\":\"%s\",\"message\":\"so so\"}],\"spaces\":[{\"space\":\"a\",\"memories\":2},{\"space\":\"b\",\"memories\":3}]}"
                                .formatted(health, health));
        var said = ask("status", "--json");
        assertThat(said.exitCode()).isEqualTo(exitCode);
        assertThat(said.json().path("status").asText()).isEqualTo(status);
        assertThat(said.json().path("health").asText()).isEqualTo("responsive");
        assertThat(said.json().path("memory_count").asInt()).isEqualTo(5);
        assertThat(said.json().path("replication").isArray()).isTrue();
        assertThat(said.json().path("config").path("status").asText()).isEqualTo("valid");
        assertThat(said.json().path("message").asText()).isEqualTo(health.equals("healthy") ? "" : "log: so so");
        assertThat(ask("status").out()).contains(status).contains("so so");
    }

    @Test
    void status_of_a_node_among_others_tells_of_the_cluster_and_its_copies() throws Exception {
        node.on("GET", "/health/alive", 200, "")
                .on(
                        "GET",
                        "/api/v1/system/health",
                        200,
                        "{\"status\":\"healthy\",\"cluster\":{\"node_id\":\"node-0\",\"alive\":1,\"suspect\":1,\"dead\":0,\"left\":0,\"total\":2,\"partition\":{\"state\":\"connected\"}}}")
                .on(
                        "GET",
                        "/cluster/health",
                        200,
                        "{\"replication\":{\"replicas\":[{\"space\":\"a\",\"replica\":\"node-1\",\"local_sequence\":5,\"replicated_sequence\":3,\"lag\":2}],\"total\":7,\"omitted\":6,\"max_lag\":2}}");
        var json = ask("status", "--json").json();
        assertThat(json.at("/replication/0/lag").asInt()).isEqualTo(2);
        assertThat(json.at("/replication_total").asInt()).isEqualTo(7);
        assertThat(json.at("/cluster/suspect").asInt()).isEqualTo(1);
        assertThat(ask("status").out())
                .contains("Cluster Node:   node-0 1 alive, 1 suspect, 0 dead, 0 left, 2 total (connected)")
                .contains("Copies:         7, the largest lag is 2 entries");

        node.on("GET", "/cluster/health", 200, "{\"replication\":null}");
        var unknown = ask("status", "--json").json();
        assertThat(unknown.path("replication").isArray()).isTrue();
        assertThat(unknown.path("replication_message").asText()).contains("do not tell");
        assertThat(ask("status").out()).contains("do not tell");
    }

    @Test
    void the_nodes_of_a_cluster_are_a_table() throws Exception {
        var answer =
                "{\"nodes\":[{\"id\":\"node-0\",\"swim_address\":\"10.0.0.1:7946\",\"api_address\":\"10.0.0.1:50051\","
                    + "\"http_address\":\"10.0.0.1:7432\",\"rack\":\"r1\",\"zone\":\"z1\",\"state\":\"alive\",\"local\":true,\"voter\":true,"
                    + "\"primary_shards\":5,\"replica_shards\":8},{\"id\":\"a-long-name\",\"state\":\"dead\",\"local\":false,"
                    + "\"voter\":false,\"primary_shards\":0,\"replica_shards\":3}]}";
        node.on("GET", "/cluster/nodes", 200, answer);
        assertThat(ask("cluster", "nodes").out()).isEqualTo("""
               ID           STATE  VOTES  LEADS  COPIES  GOSSIP         GRPC            HTTP           PLACE
            *  node-0       alive  yes    5      8       10.0.0.1:7946  10.0.0.1:50051  10.0.0.1:7432  z1/r1
               a-long-name  dead   no     0      3
            """);
        assertThat(ask("cluster", "nodes", "--json").json()).isEqualTo(Api.JSON.readTree(answer));
        node.on("GET", "/cluster/nodes", 200, "{\"nodes\":[]}");
        assertThat(ask("cluster", "nodes").out()).contains("no catalog yet");
    }

    @Test
    void the_health_of_a_cluster_is_told_in_lines_and_tables() throws Exception {
        var answer = "{\"node_id\":\"node-0\",\"stats\":{\"alive\":2,\"suspect\":0,\"dead\":0,\"left\":0,\"total\":2},"
            + "\"partition\":{\"state\":\"connected\",\"reachable_nodes\":3,\"total_nodes\":3},"
            + "\"assignments\":{\"cached_spaces\":4,\"per_node\":[{\"node_id\":\"node-0\",\"primary_spaces\":4,\"primary_shards\":2,\"replica_shards\":1}]},"
            + "\"replication\":{\"replicas\":[{\"space\":\"notes\",\"replica\":\"node-1\",\"local_sequence\":5,\"replicated_sequence\":3,\"lag\":2}],\"total\":8,\"omitted\":7,\"max_lag\":2},"
            + "\"catalog\":{\"cluster\":\"6c1f\",\"version\":42,\"generation\":3,\"voters\":[\"node-0\",\"node-1\"],\"majority_answers\":true,\"last_change_ms_ago\":2500},"
            + "\"shards\":{\"total\":3,\"active\":3,\"under_replicated\":1,\"unavailable\":0}}";
        node.on("GET", "/cluster/health", 200, answer);
        assertThat(ask("cluster", "health", "--limit", "1").out()).isEqualTo("""
            Node:        node-0
            Other nodes: 2 alive, 0 suspect, 0 dead, 0 left, 2 total
            Partition:   connected, 3 of 3 nodes can be reached
            Catalog:     version 42, 2 voters, a majority answers
            Shards:      3, 3 active, 1 under-replicated, 0 unavailable
            Spaces:      4

            NODE    SPACES  SHARDS  COPIES OF SHARDS
            node-0  4       2       1

            Copies:      8, the largest lag is 2 entries

            SPACE  COPY AT  HERE  THERE  LAG
            notes  node-1   5     3      2
            and 7 more
            """);
        assertThat(node.asked().getLast().path()).isEqualTo("/cluster/health?limit=1");
        assertThat(ask("cluster", "health", "--json").json()).isEqualTo(Api.JSON.readTree(answer));
        assertThat(ask("cluster", "catalog").out()).isEqualTo("""
            Cluster:     6c1f
            Version:     42
            Generation:  3
            Voters:      node-0, node-1
            Majority:    a majority answers
            Last change: 2.5 s ago
            """);
        assertThat(ask("cluster", "catalog", "--json").json().path("version").asInt())
                .isEqualTo(42);
    }

    @Test
    void what_is_not_known_of_a_cluster_is_said_so() {
        node.on(
                "GET",
                "/cluster/health",
                200,
                "{\"node_id\":\"node-0\",\"assignments\":{\"cached_spaces\":null,\"per_node\":[],\"message\":\"a"
                        + " leader is gone\"},\"replication\":null,\"catalog\":null}");
        assertThat(ask("cluster", "health").out())
                .contains("none is known yet")
                .contains("a leader is gone")
                .contains("do not tell at the moment");
        var catalog = ask("cluster", "catalog");
        assertThat(catalog.exitCode()).isEqualTo(1);
        assertThat(catalog.err()).contains("no catalog yet");

        node.on("GET", "/cluster/nodes", 501, "{\"error\":{\"message\":\"this node does not run in cluster mode\"}}");
        var alone = ask("cluster", "nodes");
        assertThat(alone.exitCode()).isEqualTo(1);
        assertThat(alone.err()).isEqualTo("engram: this node does not run in cluster mode\n");
    }

    @Test
    void status_of_nothing_is_exit_code_3() throws Exception {
        var said = Said.by("status", "--json", "--server", unusedAddress());
        assertThat(said.exitCode()).isEqualTo(3);
        assertThat(said.json().path("status").asText()).isEqualTo("offline");
        assertThat(said.json().path("health").asText()).isEqualTo("unreachable");
    }

    @Test
    void status_of_one_space_asks_for_that_space() {
        node.on("GET", "/health/alive", 200, "").on("GET", "/api/v1/system/health", 200, "{\"status\":\"healthy\"}");
        ask("status", "--space", "notes");
        assertThat(node.asked().getLast().path()).isEqualTo("/api/v1/system/health?space=notes");
    }

    @Test
    void a_benchmark_with_wrong_answers_fails() throws Exception {
        node.on("POST", "/api/v1/memories/remember", 201, "{\"memory_id\":\"another\"}");
        var said = ask("benchmark", "latency", "create", "-i", "5", "-w", "0", "--json");
        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.json().path("errors").asInt()).isEqualTo(5);
        assertThat(said.json().path("operations").asInt()).isZero();
        assertThat(said.err()).contains("5 operations failed").contains("did not give the right answer");
        assertThat(node.asked().getLast().method()).isEqualTo("DELETE");
    }

    @Test
    void a_benchmark_that_cannot_remove_its_space_says_so_and_fails() throws Exception {
        // Whatever it asks for but the writes is not there, and a failed removal has the same answer: make that one
        // another.
        node.on("POST", "/api/v1/memories/remember", 201, "{\"memory_id\":\"another\"}")
                .otherwise("DELETE", 503, "{\"error\":{\"code\":\"X\",\"message\":\"not now\"}}");
        var said = ask("benchmark", "latency", "create", "-i", "1", "-w", "0", "--json");
        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.json().path("space_left").asText()).startsWith("benchmark-");
        assertThat(said.err())
                .contains("1 operations failed")
                .contains("is left behind")
                .contains("not now")
                .contains("engram space delete benchmark-");
        var deletion = node.asked().getLast();
        assertThat(deletion.path()).matches("/api/v1/spaces/(benchmark-[0-9a-f-]+)\\?confirm=\\1");
    }

    @Test
    void version_help_and_completion_are_there() {
        assertThat(Said.by("--version").out()).matches("engram \\d+\\.\\d+\\.\\d+\\n");
        assertThat(Said.by("--help").out())
                .contains("dev", "start", "status", "memory")
                .doesNotContain("train");
        assertThat(Said.by("memory", "create", "--help").exitCode()).isZero();
        assertThat(Said.by("completion", "bash").out()).contains("complete -F").contains("engram");
        assertThat(Said.by("completion", "zsh").out()).contains("bashcompinit");
    }
}
