package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.engram.log.LogChange;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process that has a large log to read, and what it says meanwhile. */
class RecoveringTest {
    private static final int CELLS = 96;
    private static final int CELL_BYTES = 1 << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Of random bytes; the next start is to read every one of them. */
    private void makeLog() throws Exception {
        var log = folder.resolve("data/log");
        Files.createDirectories(log);
        var settings = LogStoreSettings.of(log).withMinFreeBytes(0).withWriteBufferBytes(4 << 20);
        var random = new Random(4711);
        try (var store = LogStore.open(settings, new SimpleMeterRegistry())) {
            for (int i = 0; i < CELLS; i++) {
                var bytes = new byte[CELL_BYTES];
                random.nextBytes(bytes);
                store.write(List.of(new LogChange.PutCell("test-" + i % 4, "cell-" + i, bytes)))
                        .toCompletableFuture()
                        .get(60, TimeUnit.SECONDS);
            }
        }
        Files.createFile(log.resolve("check-tables"));
    }

    @Test
    void a_node_says_how_far_it_is_while_it_reads_its_log_and_is_ready_afterwards() throws Exception {
        makeLog();
        var port = freePort();
        var pid = folder.resolve("node.pid");
        var seen = new ArrayList<JsonNode>();
        try (var node = NodeProcess.launch(
                        folder,
                        Map.of("ENGRAM_PID_PATH", pid.toString()),
                        "-p",
                        Integer.toString(port),
                        "-g",
                        "0",
                        "--data-dir",
                        folder.resolve("data").toString());
                var api = new Api(URI.create("http://127.0.0.1:" + port), Duration.ofSeconds(20))) {
            var isReady = false;
            var isFound = false;
            for (long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
                    !isReady && node.isAlive() && System.nanoTime() < end; ) {
                try {
                    var health = api.send("GET", "/health", Map.of(), Optional.empty());
                    isReady = health.status() == 200;
                    if (!isReady) {
                        assertThat(health.status()).isEqualTo(503);
                        assertThat(health.body().path("status").asText()).isEqualTo("recovering");
                        seen.add(health.body().path("recovery"));
                        isFound |= Files.exists(pid);
                        // It is not what people are told of, nor what commands take for a node that serves.
                        if (seen.size() == 1) {
                            assertThat(node.output()).doesNotContain("is ready");
                            assertThat(api.send("GET", "/api/v1/spaces", Map.of(), Optional.empty())
                                            .status())
                                    .isIn(503, 200);
                        }
                    }
                } catch (Api.Unreachable e) {
                    assertThat(seen).isEmpty();
                    Thread.onSpinWait();
                }
            }
            assertThat(isReady).as(node.output()).isTrue();
            assertThat(isFound).as("commands find it meanwhile").isTrue();
            assertThat(seen).as("read before it was ready").anySatisfy(progress -> {
                assertThat(progress.path("step").asText()).isEqualTo("check");
                assertThat(progress.path("total").asLong()).isGreaterThan((long) CELLS * CELL_BYTES);
                assertThat(progress.path("percent").asDouble()).isBetween(0.0, 100.0);
            });
            assertThat(seen.stream()
                            .filter(each -> each.path("step").asText().equals("check"))
                            .map(each -> each.path("done").asLong()))
                    .isSorted();
            assertThat(node.becomesReady()).isTrue();
            assertThat(node.port()).isEqualTo(port);
        }
    }
}
