package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthStatus;
import io.engram.log.LogFailedException;
import io.engram.log.LogStoreSettings;
import io.engram.log.TestLogs;
import io.engram.memory.MemoryBody;
import io.engram.space.EngramException;
import io.engram.space.EngramException.Kind;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.engram.space.SpaceSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A forced write fails under a running node. */
class LogFailureTest {
    private static final SpaceId SPACE = new SpaceId("default");

    @TempDir
    Path folder;

    private static @Nullable Throwable failure(CompletionStage<?> stage) {
        return stage.toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .handle((done, failure) -> failure)
                .join();
    }

    private static RememberRequest text(String content) {
        return RememberRequest.of(MemoryBody.builder(content).build());
    }

    @Test
    void the_node_acknowledges_nothing_more_says_why_and_stops() {
        var failing = new CompletableFuture<TestLogs.Failing>();
        var node = TestNode.start(
                folder,
                opened -> {
                    opened.close();
                    var log = TestLogs.failing(folder.resolve("log"));
                    failing.complete(log);
                    return log.store();
                },
                InstantSource.system());
        assertThat(failure(node.spaces().remember(SPACE, text("before")))).isNull();
        var reason = new AtomicReference<@Nullable Throwable>();
        node.node().failed().thenAccept(reason::set);

        failing.join().failNext().set(new IllegalStateException("input/output error"));
        assertThat(failure(node.spaces().remember(SPACE, text("lost"))))
                .isInstanceOfSatisfying(
                        EngramException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OUTCOME_UNKNOWN));
        node.node()
                .stopped()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
        assertThat(reason.get()).isInstanceOf(LogFailedException.class).hasMessageContaining("input/output error");
        assertThat(node.health("journal").status()).isEqualTo(HealthStatus.UNHEALTHY);
    }

    @Test
    void a_log_that_fails_before_the_node_is_ready_is_said_and_not_waited_for() {
        var failing = TestLogs.failing(folder.resolve("log"));
        failing.failNext().set(new IllegalStateException("input/output error"));
        var settings = new NodeSettings(
                folder,
                LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0),
                SpaceSettings.DEFAULTS,
                List.of(SPACE),
                Optional.empty());
        var node = EngramNode.start(
                settings,
                new WordEmbedding(TextEmbedding.State.OFF),
                new SimpleMeterRegistry(),
                InstantSource.system(),
                (log, meters) -> failing.store());
        assertThat(failure(node.ready())).isInstanceOf(LogFailedException.class);
        node.stopped().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
