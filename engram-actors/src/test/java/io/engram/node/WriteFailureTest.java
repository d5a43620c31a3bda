package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.embedding.TextEmbedding.State;
import io.engram.memory.Filter;
import io.engram.memory.MemoryBody;
import io.engram.space.EngramException;
import io.engram.space.RememberReceipt;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a space does when its journal does not do as it is told; the journal here is one that fails on demand. */
class WriteFailureTest {
    private static final SpaceId SPACE = new SpaceId("fragile");
    private static final String LOG = "space|fragile|1";

    @TempDir
    Path folder;

    private TestNode node = TestNode.none();

    @BeforeEach
    void start() throws IOException {
        Path pekko = folder.resolve("pekko.conf");
        Files.writeString(pekko, """
            pekko.persistence.testkit.journal.class = "org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin"
            pekko.persistence.testkit.snapshotstore.class =
              "org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin"
            pekko.persistence.journal.plugin = "pekko.persistence.testkit.journal"
            pekko.persistence.snapshot-store.plugin = "pekko.persistence.testkit.snapshotstore"
            """);
        node = TestNode.start(folder, new WordEmbedding(State.OFF), pekko);
    }

    @AfterEach
    void stop() {
        node.stop();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private static RememberRequest text(String content) {
        return RememberRequest.of(MemoryBody.builder(content).build());
    }

    @Test
    void a_write_that_failed_or_was_rejected_once_is_tried_again_under_its_id_and_stored_once() {
        get(node.spaces().remember(SPACE, text("before")));
        var journal = PersistenceTestKit.create(node.system());
        journal.failNextPersisted(LOG);
        RememberReceipt failedOnce = get(node.spaces().remember(SPACE, text("failed once")));
        journal.rejectNextPersisted(LOG);
        RememberReceipt rejectedOnce = get(node.spaces().remember(SPACE, text("rejected once")));
        assertThat(get(node.spaces().list(SPACE, Filter.NONE, 0, 10)).memories())
                .extracting(m -> m.id())
                .hasSize(3)
                .contains(failedOnce.id(), rejectedOnce.id());
    }

    @Test
    void a_write_that_keeps_failing_is_reported_as_unknown_and_never_as_done() {
        get(node.spaces().remember(SPACE, text("before")));
        var journal = PersistenceTestKit.create(node.system());
        journal.failNextNPersisted(LOG, 1000);
        assertThatThrownBy(() -> get(node.spaces().remember(SPACE, text("never"))))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        EngramException.class,
                        e -> assertThat(e.kind()).isEqualTo(EngramException.Kind.OUTCOME_UNKNOWN));
        journal.resetPolicy();
        assertThat(get(node.spaces().list(SPACE, Filter.NONE, 0, 10)).memories())
                .extracting(m -> m.content())
                .containsExactly("before");
    }
}
