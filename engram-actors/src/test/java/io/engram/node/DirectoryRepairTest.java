package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthStatus;
import io.engram.log.LogRescue;
import io.engram.log.TestLogs;
import io.engram.memory.MemoryBody;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data folder of which the directory of spaces is damaged, and what a repaired copy of it serves. */
class DirectoryRepairTest {
    private static final SpaceId FIRST = new SpaceId("first");
    private static final SpaceId SECOND = new SpaceId("second");
    private static final SpaceId EMPTY = new SpaceId("empty");
    private static final SpaceId DELETED = new SpaceId("deleted");
    private static final SpaceId AGAIN = new SpaceId("again");

    @TempDir
    Path parent;

    private TestNode node = TestNode.none();
    private List<SpaceInfo> before = List.of();

    /** The directory's events are: 1 first, 2 second, 3 empty, 4 to 6 deleted, 7 to 9 again, 10 again once more. */
    @BeforeEach
    void aNode() {
        start("data");
        remember(FIRST, "a");
        remember(SECOND, "b");
        get(node.spaces().createSpace(EMPTY));
        remember(DELETED, "c");
        get(node.spaces().deleteSpace(DELETED));
        remember(AGAIN, "d");
        get(node.spaces().deleteSpace(AGAIN));
        remember(AGAIN, "e");
        before = get(node.spaces().spaces());
        node.stop();
    }

    @AfterEach
    void stop() {
        node.stop();
    }

    private void start(String folder) {
        node = TestNode.start(parent.resolve(folder), new WordEmbedding(TextEmbedding.State.OFF));
    }

    private Path log() {
        return parent.resolve("data/log");
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private void remember(SpaceId space, String id) {
        get(node.spaces()
                .remember(
                        space,
                        RememberRequest.of(MemoryBody.builder("text " + id).build())
                                .withId(id)));
    }

    private boolean has(SpaceId space, String id) {
        return get(node.spaces().get(space, id)).isPresent();
    }

    /** As the repair does it, into the folder {@code new}. */
    private DirectoryRepair.Result repair() throws IOException {
        try (var copy = FolderCopy.begin(parent.resolve("data"), parent.resolve("new"))) {
            LogRescue.run(copy.oldLog(), copy.newLog(), Optional.empty());
            copy.copySnapshots();
            var result = DirectoryRepair.run(parent.resolve("new")).orElseThrow();
            var owner = NodeIdentity.read(parent.resolve("data")).map(NodeIdentity::nodeId);
            copy.finish(NodeIdentity.draw(owner, Instant.EPOCH));
            return result;
        }
    }

    @Test
    void a_node_on_the_damaged_folder_serves_the_spaces_by_their_logs() {
        TestLogs.damage(log(), DirectoryRepair.LOG, 1, 10);
        start("data");
        assertThat(has(FIRST, "a")).isTrue();
        assertThat(has(SECOND, "b")).isTrue();
        assertThat(has(AGAIN, "e")).isTrue();
        assertThat(has(AGAIN, "d")).isFalse();
        remember(FIRST, "more");
        assertThat(get(node.spaces().spaces())).extracting(SpaceInfo::id).contains(FIRST, SECOND, AGAIN);
        assertThat(get(node.spaces().spaces())).extracting(SpaceInfo::id).doesNotContain(DELETED);
    }

    @Test
    void a_repaired_folder_serves_every_space_and_says_which_are_guessed() throws IOException {
        TestLogs.damage(log(), DirectoryRepair.LOG, 1, 10);
        var result = repair();
        assertThat(result.spaces()).containsExactlyInAnyOrder(FIRST, SECOND, EMPTY, AGAIN);
        assertThat(result.guesses())
                .anyMatch(guess -> guess.contains("'first' is known by its log 'space|first|1' alone"))
                .anyMatch(guess -> guess.contains("'again' is known by its log 'space|again|6' alone"))
                .noneMatch(guess -> guess.contains("second"));
        servesAsBefore();
    }

    private void servesAsBefore() {
        start("new");
        assertThat(node.health("damaged_spaces").status()).isEqualTo(HealthStatus.HEALTHY);
        var after = get(node.spaces().spaces());
        assertThat(after)
                .extracting(SpaceInfo::id)
                .isEqualTo(before.stream().map(SpaceInfo::id).toList());
        for (int i = 0; i < after.size(); i++) {
            // The log's first entry is written a moment after the space was entered.
            assertThat(after.get(i).createdAt())
                    .isBetween(
                            before.get(i).createdAt().minusSeconds(1),
                            before.get(i).createdAt().plusSeconds(30));
        }
        assertThat(has(FIRST, "a")).isTrue();
        assertThat(has(SECOND, "b")).isTrue();
        assertThat(has(AGAIN, "e")).isTrue();
        assertThat(has(AGAIN, "d")).isFalse();
        assertThat(has(DELETED, "c")).isFalse();
        // And everything can be done again.
        remember(DELETED, "f");
        assertThat(get(node.spaces().deleteSpace(FIRST))).isTrue();
        node.stop();
        start("new");
        assertThat(has(DELETED, "f")).isTrue();
        assertThat(has(DELETED, "c")).isFalse();
        assertThat(has(FIRST, "a")).isFalse();
        assertThat(has(EMPTY, "nothing")).isFalse();
    }

    @Test
    void a_directory_of_which_nothing_is_left_is_made_of_the_logs_alone() throws IOException {
        TestLogs.damage(log(), DirectoryRepair.LOG, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        TestLogs.loseNameAndRoot(log(), DirectoryRepair.LOG);
        var result = repair();
        assertThat(result.spaces()).contains(FIRST, SECOND, AGAIN).doesNotContain(DELETED);
        start("new");
        assertThat(has(FIRST, "a")).isTrue();
        assertThat(has(SECOND, "b")).isTrue();
        assertThat(has(AGAIN, "e")).isTrue();
        remember(EMPTY, "f");
        assertThat(has(EMPTY, "f")).isTrue();
    }

    @Test
    void what_was_deleted_stays_deleted() throws IOException {
        // Without the events that it was removed and purged, and without its log: it is there, and empty.
        TestLogs.damage(log(), DirectoryRepair.LOG, 5, 6);
        var result = repair();
        assertThat(result.guesses()).anyMatch(guess -> guess.contains("'deleted' has no log"));
        start("new");
        assertThat(has(DELETED, "c")).isFalse();
        remember(DELETED, "f");
        assertThat(has(DELETED, "f")).isTrue();
    }

    @Test
    void a_folder_without_any_space_gets_no_directory() throws IOException {
        var empty = Files.createDirectories(parent.resolve("other/log"));
        TestLogs.open(empty).close();
        assertThat(DirectoryRepair.run(parent.resolve("other"))).isEmpty();
    }
}
