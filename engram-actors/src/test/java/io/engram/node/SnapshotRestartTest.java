package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.embedding.TextEmbedding.State;
import io.engram.health.HealthCheck;
import io.engram.health.HealthStatus;
import io.engram.journal.JournalRuntime;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.memory.Cue;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.MemoryBody;
import io.engram.memory.SearchQuery;
import io.engram.space.ForgetRequest;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A space comes back from its snapshot when the log before it is gone. */
class SnapshotRestartTest {
    private static final SpaceId SPACE = new SpaceId("lasting");

    @TempDir
    Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private EngramNode start(Duration history) {
        return start(history, LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0));
    }

    private EngramNode start(Duration history, LogStoreSettings log) {
        var settings = new NodeSettings(
                folder,
                Optional.empty(),
                log,
                0,
                TestNode.settings(Duration.ofMinutes(5), 10, 1024),
                List.of(),
                Optional.empty(),
                history,
                Optional.empty());
        var node = EngramNode.start(settings, new WordEmbedding(State.OFF), meters, InstantSource.system());
        get(node.ready());
        return node;
    }

    private double saves() {
        return meters.get("engram.snapshot.saves").counter().count();
    }

    private static LogStore log(EngramNode node) {
        return JournalRuntime.get(node.system()).store();
    }

    private static String name(EngramNode node) {
        return log(node).logs("", "", 100).stream()
                .filter(name -> name.contains(SPACE.value()))
                .findFirst()
                .orElseThrow();
    }

    private static void remember(EngramNode node, int from, int to) {
        for (int i = from; i < to; i++) {
            var body = MemoryBody.builder("stone " + i + " in the river")
                    .tags(List.of("t" + i % 3))
                    .build();
            get(node.spaces().remember(SPACE, RememberRequest.of(body).withId("id-" + i)));
        }
    }

    @Test
    void nothing_is_missing_when_the_log_before_the_snapshots_is_gone() {
        var first = start(Duration.ZERO);
        remember(first, 0, 60);
        get(first.spaces().forget(SPACE, new ForgetRequest("id-7", ForgetRequest.Mode.DELETE, Optional.empty())));
        await().atMost(30, TimeUnit.SECONDS)
                .until(() -> log(first).base(name(first)).index() >= 20);
        remember(first, 60, 63);
        var all = get(first.spaces().list(SPACE, Filter.NONE, 0, 1000));
        assertThat(all.total()).isEqualTo(62);
        get(first.stop());
        var second = start(Duration.ZERO);
        assertThat(get(second.spaces().list(SPACE, Filter.NONE, 0, 1000))).isEqualTo(all);
        var query = new SearchQuery(Cue.ofText("stone 41"), 0, 1, Filter.NONE, Fusion.WEIGHTED);
        assertThat(get(second.spaces().search(SPACE, query)).result().hits())
                .extracting(hit -> hit.memory().id())
                .containsExactly("id-41");
        get(second.stop());
    }

    private static HealthCheck.Result health(EngramNode node) {
        return node.healthChecks().stream()
                .filter(check -> check.name().equals("damaged_snapshots"))
                .findFirst()
                .orElseThrow()
                .check();
    }

    private List<Path> snapshots() {
        try (var files = Files.walk(folder.resolve("snapshots"))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_damaged_snapshot_is_found_by_the_reading_back_said_and_kept_until_there_is_a_newer_one() throws IOException {
        var log = LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0);
        var node = start(Duration.ZERO, log.withScrub(Duration.ofMillis(20), 1L << 30));
        var large = "x".repeat(100_000);
        get(node.spaces()
                .remember(SPACE, RememberRequest.of(MemoryBody.builder(large).build())));
        remember(node, 0, 30);
        await().atMost(30, TimeUnit.SECONDS).until(() -> snapshots().size() == 2);
        var scrubs = meters.get("engram.journal.scrubs").counter();
        var before = scrubs.count();
        await().until(() -> scrubs.count() > before + 1);
        assertThat(health(node).status()).isEqualTo(HealthStatus.HEALTHY);

        var file = snapshots().getFirst();
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        await().atMost(30, TimeUnit.SECONDS).until(() -> health(node).status() == HealthStatus.DEGRADED);
        assertThat(health(node).message()).contains(SPACE.value(), file.toString(), "1 logs");
        assertThat(meters.get("engram.snapshot.damaged").counter().count()).isEqualTo(1);
        assertThat(meters.get("engram.snapshot.damaged.logs").gauge().value()).isEqualTo(1);
        var then = scrubs.count();
        await().until(() -> scrubs.count() > then + 1);
        assertThat(file).hasBinaryContent(bytes);
        assertThat(meters.get("engram.snapshot.damaged").counter().count()).isEqualTo(1);

        remember(node, 30, 50);
        await().atMost(30, TimeUnit.SECONDS).until(() -> Files.notExists(file));
        await().until(() -> health(node).status() == HealthStatus.HEALTHY);
        get(node.stop());
    }

    @Test
    void a_history_keeps_the_log() {
        var node = start(Duration.ofHours(1));
        remember(node, 0, 60);
        // Each save is followed by what it makes superfluous before the next one of the space begins.
        await().atMost(30, TimeUnit.SECONDS).until(() -> saves() >= 3);
        assertThat(log(node).base(name(node)).index()).isZero();
        get(node.stop());
    }
}
