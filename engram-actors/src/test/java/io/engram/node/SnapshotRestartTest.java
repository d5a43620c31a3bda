package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.embedding.TextEmbedding.State;
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
        var settings = new NodeSettings(
                folder,
                Optional.empty(),
                LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0),
                0,
                TestNode.settings(Duration.ofMinutes(5), 10, 1024),
                List.of(),
                Optional.empty(),
                history);
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
