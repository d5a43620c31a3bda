package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as an operator types them, against a real node in a process of its own. */
class NodeCommandsTest {
    @TempDir
    static Path folder;

    private static NodeProcess node;

    @BeforeAll
    static void start() throws Exception {
        node = NodeProcess.ready(folder);
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
    void a_memory_is_created_found_read_listed_and_deleted() throws Exception {
        assertThat(ask(
                        "memory",
                        "create",
                        "The ferry leaves at nine",
                        "--id",
                        "ferry",
                        "-c",
                        "0.9",
                        "--space",
                        "trips"))
                .returns(0, Said::exitCode);
        assertThat(ask("memory", "search", "ferry", "--space", "trips").out()).contains("The ferry leaves at nine");
        assertThat(ask("memory", "search", "ferry").out()).doesNotContain("The ferry leaves at nine");
        assertThat(ask("memory", "get", "ferry", "--space", "trips", "--json")
                        .json()
                        .path("content")
                        .asText())
                .isEqualTo("The ferry leaves at nine");
        assertThat(ask("memory", "list", "--space", "trips", "--json")
                        .json()
                        .path("memories")
                        .size())
                .isEqualTo(1);
        assertThat(ask("memory", "delete", "ferry", "--space", "trips").exitCode())
                .isZero();
        assertThat(ask("memory", "get", "ferry", "--space", "trips")).satisfies(said -> {
            assertThat(said.exitCode()).isEqualTo(1);
            assertThat(said.err()).contains("ferry");
        });
    }

    @Test
    void a_space_is_created_listed_and_deleted() throws Exception {
        assertThat(ask("space", "create", "short-lived").exitCode()).isZero();
        assertThat(ask("space", "list").out()).contains("short-lived");
        assertThat(ask("space", "delete", "short-lived", "--yes")).returns(0, Said::exitCode);
        assertThat(ask("space", "list").out()).doesNotContain("short-lived");
        assertThat(ask("space", "delete", "short-lived", "--yes").exitCode()).isEqualTo(1);
    }

    @Test
    void the_status_of_a_serving_node_is_online_and_has_every_part() throws Exception {
        var said = ask("status", "--json");
        assertThat(said.exitCode()).isZero();
        assertThat(said.json().path("status").asText()).isEqualTo("online");
        assertThat(said.json().path("replication").isArray()).isTrue();
        assertThat(said.json().path("checks")).isNotEmpty();
    }

    @Test
    void a_node_on_its_own_has_no_cluster_to_show() throws Exception {
        for (var command : new String[] {"nodes", "health", "catalog"}) {
            var said = ask("cluster", command);
            assertThat(said.exitCode()).isEqualTo(1);
            assertThat(said.err()).contains("does not run in cluster mode");
        }
        assertThat(ask("status", "--json").json().path("cluster").isMissingNode())
                .isTrue();
    }

    @Test
    void a_benchmark_measures_and_checks_the_answers() throws Exception {
        for (String operation : new String[] {"create", "get", "search", "recall"}) {
            var said = ask("benchmark", "latency", operation, "--iterations", "20", "--warmup", "2", "--json");
            assertThat(said.exitCode()).as(said.err()).isZero();
            assertThat(said.json().isObject()).isTrue();
        }
        assertThat(ask("benchmark", "throughput", "--duration", "1", "--clients", "2")
                        .exitCode())
                .isZero();
        assertThat(ask("space", "list").out()).doesNotContain("benchmark-");
    }
}
