package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.embedding.TextEmbedding.State;
import io.engram.memory.Filter;
import io.engram.memory.MemoryBody;
import io.engram.memory.MemoryPage;
import io.engram.space.EngramException;
import io.engram.space.ForgetRequest;
import io.engram.space.RememberReceipt;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import io.engram.space.SpaceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must still be so after a node has stopped and started again, or a space has left memory. */
class RestartTest {
    private static final SpaceId SPACE = new SpaceId("lasting");

    @TempDir
    Path folder;

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static RememberRequest text(String content) {
        return RememberRequest.of(MemoryBody.builder(content).build());
    }

    @Test
    void a_folder_that_lost_its_identity_gets_the_name_that_its_log_knows() throws IOException {
        var first = TestNode.start(folder, new WordEmbedding(State.OFF));
        get(first.spaces().remember(SPACE, text("kept").withId("kept")));
        first.stop();
        var before = NodeIdentity.read(folder).orElseThrow();
        Files.delete(folder.resolve(NodeIdentity.FILE));

        var second = TestNode.start(folder, new WordEmbedding(State.OFF));
        try {
            assertThat(get(second.spaces().get(SPACE, "kept"))).isPresent();
        } finally {
            second.stop();
        }

        var after = NodeIdentity.read(folder).orElseThrow();
        assertThat(after.nodeId()).isEqualTo(before.nodeId());
        assertThat(after.incarnation()).isNotEqualTo(before.incarnation());
    }

    @Test
    void everything_is_there_again_after_every_restart() {
        List<SpaceInfo> spaces = List.of();
        for (int run = 0; run < 3; run++) {
            TestNode node = TestNode.start(folder, new WordEmbedding(State.OFF));
            try {
                MemoryPage page = get(node.spaces().list(SPACE, Filter.NONE, 0, 1000));
                assertThat(page.total()).isEqualTo(run * 20);
                if (run > 0) {
                    assertThat(get(node.spaces().spaces())).isEqualTo(spaces);
                    RememberReceipt again = get(
                            node.spaces().remember(SPACE, text("first of run 0").withIdempotencyKey("key-0")));
                    assertThat(again.replayed()).isTrue();
                }
                get(node.spaces().remember(SPACE, text("first of run " + run).withIdempotencyKey("key-" + run)));
                for (int i = 1; i < 20; i++) {
                    get(node.spaces().remember(SPACE, text("text " + i + " of run " + run)));
                }
                spaces = get(node.spaces().spaces());
            } finally {
                node.stop();
            }
        }
    }

    @Test
    void deletions_suppressions_and_versions_outlast_a_restart_with_and_without_a_snapshot() {
        for (int snapshotEvery : new int[] {3, 100_000}) {
            var space = new SpaceId("changes-" + snapshotEvery);
            TestNode first = TestNode.start(folder, new WordEmbedding(State.OFF), snapshots(snapshotEvery));
            get(first.spaces().remember(space, text("kept").withId("kept")));
            get(first.spaces().remember(space, text("gone").withId("gone")));
            get(first.spaces().remember(space, text("hidden").withId("hidden")));
            get(first.spaces().remember(space, text("one").withId("changed")));
            var two = new RememberRequest(
                    Optional.of("changed"),
                    "",
                    MemoryBody.builder("two").build(),
                    Optional.empty(),
                    true,
                    false,
                    false,
                    0.7f);
            get(first.spaces().remember(space, two));
            get(first.spaces().forget(space, forget("gone", ForgetRequest.Mode.DELETE)));
            get(first.spaces().forget(space, forget("hidden", ForgetRequest.Mode.SUPPRESS)));
            first.stop();

            TestNode second = TestNode.start(folder, new WordEmbedding(State.OFF), snapshots(snapshotEvery));
            assertThat(get(second.spaces().list(space, Filter.NONE, 0, 10)).memories())
                    .extracting(m -> m.content() + " v" + m.version())
                    .containsExactly("kept v1", "two v2");
            assertThat(get(second.spaces().history(space, "changed"))).hasSize(2);
            assertThat(get(second.spaces().statistics(space)).suppressed()).isEqualTo(1);
            second.stop();
        }
    }

    private static ForgetRequest forget(String id, ForgetRequest.Mode mode) {
        return new ForgetRequest(id, mode, Optional.empty());
    }

    private static SpaceSettings snapshots(int every) {
        return TestNode.settings(Duration.ofMinutes(5), every, 1024);
    }

    @Test
    void vectors_are_never_computed_again() {
        var model = new WordEmbedding(State.READY);
        TestNode first = TestNode.start(folder, model);
        for (int i = 0; i < 10; i++) {
            get(first.spaces().remember(SPACE, text("text " + i)));
        }
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> get(first.spaces().statistics(SPACE)).embedded() == 10);
        first.stop();
        assertThat(model.passages()).isEqualTo(10);

        var untouched = new WordEmbedding(State.READY);
        TestNode second = TestNode.start(folder, untouched);
        assertThat(get(second.spaces().statistics(SPACE)).embedded()).isEqualTo(10);
        second.stop();
        assertThat(untouched.passages()).isZero();
    }

    @Test
    void texts_that_were_remembered_without_a_model_get_their_vectors_when_there_is_one() {
        var loading = new WordEmbedding(State.LOADING);
        TestNode node = TestNode.start(folder, loading);
        for (int i = 0; i < 30; i++) {
            get(node.spaces().remember(SPACE, text("text " + i)));
        }
        assertThat(get(node.spaces().statistics(SPACE)).embedded()).isZero();
        loading.settle(State.READY);
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> get(node.spaces().statistics(SPACE)).embedded() == 30);
        node.stop();
    }

    @Test
    void an_idle_space_leaves_memory_and_comes_back_when_it_is_touched() {
        TestNode node = TestNode.start(
                folder, new WordEmbedding(State.OFF), TestNode.settings(Duration.ofMillis(400), 100, 1024));
        get(node.spaces().remember(SPACE, text("asleep").withId("a")));
        await().atMost(20, TimeUnit.SECONDS).until(() -> node.gauge("engram_spaces_open") == 0);
        assertThat(get(node.spaces().get(SPACE, "a"))).isPresent();
        assertThat(node.gauge("engram_spaces_open")).isEqualTo(1);
        await().atMost(20, TimeUnit.SECONDS).until(() -> node.gauge("engram_spaces_open") == 0);
        get(node.spaces().remember(SPACE, text("awake").withId("b")));
        assertThat(get(node.spaces().list(SPACE, Filter.NONE, 0, 10)).total()).isEqualTo(2);
        node.stop();
    }

    @Test
    void beyond_its_share_a_space_refuses_and_keeps_what_it_accepted() {
        TestNode node =
                TestNode.start(folder, new WordEmbedding(State.OFF), TestNode.settings(Duration.ofMinutes(5), 1000, 8));
        List<CompletableFuture<RememberReceipt>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(node.spaces().remember(SPACE, text("text " + i)).toCompletableFuture());
        }
        int accepted = 0;
        for (var answer : answers) {
            Throwable failure = answer.handle((r, e) -> e).join();
            if (failure == null) {
                accepted++;
            } else {
                assertThat(failure).isInstanceOfSatisfying(EngramException.class, e -> {
                    assertThat(e.kind()).isEqualTo(EngramException.Kind.OVERLOADED);
                    assertThat(e.retryAfter()).isPresent();
                });
            }
        }
        assertThat(accepted).isBetween(8, 499);
        assertThat(get(node.spaces().list(SPACE, Filter.NONE, 0, 1)).total()).isEqualTo(accepted);
        node.stop();
    }

    @Test
    void deleting_a_space_frees_its_disk() {
        TestNode node = TestNode.start(folder, new WordEmbedding(State.OFF), snapshots(50));
        String long_ = "words ".repeat(5_000);
        for (int i = 0; i < 200; i++) {
            get(node.spaces().remember(SPACE, text(long_ + i)));
        }
        long full = node.bytesOnDisk();
        get(node.spaces().deleteSpace(SPACE));
        await().atMost(30, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(node.bytesOnDisk()).isLessThan(full / 2));
        node.stop();
    }
}
