package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.tools.attach.VirtualMachine;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real nodes into whose virtual machine an error is put from outside. */
class InjectedFaultTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private void inject(NodeProcess node, String what) throws Exception {
        var machine = VirtualMachine.attach(String.valueOf(node.pid()));
        try {
            machine.loadAgent(FaultAgent.jar(folder).toString(), what);
        } finally {
            machine.detach();
        }
    }

    private static void remember(NodeProcess node) throws Exception {
        try (var api = node.api()) {
            var body = Api.JSON
                    .createObjectNode()
                    .put("content", "before the fault")
                    .put("id", "m1");
            assertThat(api.send("POST", "/api/v1/memories/remember", Map.of(), Optional.of(body))
                            .isSuccess())
                    .isTrue();
        }
    }

    private static String get(NodeProcess node, String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path))
                    .build();
            return client.send(request, BodyHandlers.ofString()).body();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"thread", "virtual"})
    void an_error_that_ends_a_thread_is_told_and_counted_and_the_node_goes_on(String where) throws Exception {
        try (var node = NodeProcess.ready(folder, Map.of("RUST_BACKTRACE", "1"))) {
            assertThat(get(node, "/metrics/prometheus")).contains("engram_crashes_total{kind=\"thread\"} 0.0");
            inject(node, where);
            await().atMost(PATIENCE)
                    .until(() ->
                            get(node, "/metrics/prometheus").contains("engram_crashes_total{kind=\"thread\"} 1.0"));
            assertThat(node.output())
                    .containsPattern("PANIC at FaultAgent.java:\\d+: java.lang.IllegalStateException: injected into a")
                    .contains("ERROR")
                    .contains("PANIC: an unexpected error ended thread injected");
            remember(node);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "linkage"})
    void a_fatal_error_is_told_and_ends_the_process_and_nothing_is_lost(String what) throws Exception {
        try (var node = NodeProcess.ready(folder)) {
            remember(node);
            inject(node, what);
            assertThat(node.exitCode(PATIENCE)).isEqualTo(1);
            assertThat(node.output())
                    .containsPattern("PANIC at \\w+.java:\\d+: java.lang.(OutOfMemoryError|NoSuchMethodError)")
                    .containsPattern("PANIC: a fatal error in .* ends this process");
        }
        try (var node = NodeProcess.ready(folder)) {
            assertThat(get(node, "/api/v1/memories/m1")).contains("before the fault");
        }
    }

    @Test
    void a_heap_dump_is_written_where_one_is_asked_for() throws Exception {
        var dumps = folder.resolve("dumps");
        try (var node = NodeProcess.ready(folder, Map.of("ENGRAM_LOGGING_HEAP_DUMP_DIR", dumps.toString()))) {
            inject(node, "memory");
            await().atMost(PATIENCE).until(() -> !node.isAlive());
            try (var files = Files.list(dumps)) {
                assertThat(files).singleElement().satisfies(file -> {
                    assertThat(file.toString()).endsWith(".hprof");
                    assertThat(Files.size(file)).isGreaterThan(1 << 20);
                });
            }
        }
    }
}
