package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that are killed, stopped and in each other's way. */
class KillTest {
    private static final int WRITERS = 4;

    @TempDir
    Path folder;

    /** Everything that a node answered 201 to. */
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

    private static Api.Reply remember(Api api, String id) throws Exception {
        var body = Api.JSON.createObjectNode().put("id", id).put("content", "the text of " + id);
        return api.send("POST", "/api/v1/memories/remember", Map.of(), Optional.of(body));
    }

    /** Writes until the node no longer answers with success. */
    private final class Writers implements AutoCloseable {
        private final java.util.concurrent.ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        private final ArrayList<Future<?>> running = new ArrayList<>();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final AtomicInteger refused = new AtomicInteger();

        Writers(Api api, String round) {
            for (int writer = 0; writer < WRITERS; writer++) {
                var prefix = round + "-" + writer + "-";
                running.add(threads.submit(() -> {
                    for (int n = 0; !stopped.get(); n++) {
                        try {
                            var reply = remember(api, prefix + n);
                            if (reply.status() == 201) {
                                acknowledged.add(prefix + n);
                            } else {
                                assertThat(reply.status()).isEqualTo(503);
                                refused.incrementAndGet();
                                return null;
                            }
                        } catch (Api.Unreachable e) {
                            return null;
                        }
                    }
                    return null;
                }));
            }
        }

        void awaitAcknowledged(int count) {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() >= count);
        }

        void finish() throws Exception {
            for (var each : running) {
                each.get();
            }
        }

        @Override
        public void close() {
            stopped.set(true);
            threads.close();
        }
    }

    private void assertNothingIsLost(NodeProcess node) throws Exception {
        try (var api = node.api()) {
            for (var id : acknowledged) {
                var reply = api.send("GET", "/api/v1/memories/" + id, Map.of(), Optional.empty());
                assertThat(reply.status()).as(id).isEqualTo(200);
                assertThat(reply.body().path("content").asText()).isEqualTo("the text of " + id);
            }
        }
    }

    @Test
    void three_kills_under_load_lose_nothing_that_was_acknowledged() throws Exception {
        for (int round = 1; round <= 3; round++) {
            try (var node = NodeProcess.ready(folder);
                    var api = node.api()) {
                assertNothingIsLost(node);
                try (var writers = new Writers(api, "round" + round)) {
                    writers.awaitAcknowledged(acknowledged.size() + 150);
                    node.kill();
                    writers.finish();
                }
            }
        }
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(450);
        try (var node = NodeProcess.ready(folder)) {
            assertNothingIsLost(node);
        }
    }

    @Test
    void a_termination_finishes_what_is_in_flight_and_exits_cleanly() throws Exception {
        try (var node = NodeProcess.ready(folder);
                var api = node.api();
                var writers = new Writers(api, "term")) {
            writers.awaitAcknowledged(50);
            node.terminate();
            assertThat(node.exitCode(Duration.ofSeconds(30))).isZero();
            writers.finish();
            assertThat(node.output()).contains("shutdown:").contains("shutdown complete");
        }
        try (var node = NodeProcess.ready(folder)) {
            assertNothingIsLost(node);
        }
    }

    @Test
    void what_is_in_the_way_is_said_in_words() throws Exception {
        try (var node = NodeProcess.ready(folder)) {
            var samePort = NodeProcess.launch(
                    folder,
                    "-p",
                    String.valueOf(node.port()),
                    "-g",
                    "0",
                    "--data-dir",
                    folder.resolve("other").toString());
            assertThat(samePort.exitCode(Duration.ofSeconds(60))).isEqualTo(1);
            assertThat(samePort.output())
                    .contains("HTTP port " + node.port() + " on 127.0.0.1 is in use")
                    .contains("--http-port, ENGRAM_HTTP_PORT or server.http_port")
                    .doesNotContain("\tat ");

            var sameFolder = NodeProcess.launch(folder, "-p", "0", "-g", "0");
            assertThat(sameFolder.exitCode(Duration.ofSeconds(60))).isEqualTo(1);
            assertThat(sameFolder.output())
                    .contains("the data folder " + folder.toRealPath().resolve("engram-data") + " cannot be used")
                    .doesNotContain("\tat ");

            var classes = new ArrayList<>(NodeClasses.arguments());
            classes.addFirst("-Xmx32m");
            var noRoom = NodeProcess.launch(
                    folder,
                    Map.of(),
                    classes,
                    "-p",
                    "0",
                    "-g",
                    "0",
                    "--data-dir",
                    folder.resolve("third").toString());
            assertThat(noRoom.exitCode(Duration.ofSeconds(60))).isEqualTo(1);
            assertThat(noRoom.output()).contains("and a node needs 64 to start").doesNotContain("\tat ");
            assertThat(folder.resolve("third")).doesNotExist();

            try (var api = node.api()) {
                assertThat(remember(api, "still-there").status()).isEqualTo(201);
                assertThat(api.send("POST", "/shutdown", Map.of(), Optional.empty())
                                .isSuccess())
                        .isTrue();
            }
            assertThat(node.exitCode(Duration.ofSeconds(30))).isZero();
        }
    }
}
