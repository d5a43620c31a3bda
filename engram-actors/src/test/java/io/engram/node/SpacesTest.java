package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.engram.embedding.TextEmbedding.State;
import io.engram.memory.Cue;
import io.engram.memory.Embedding;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.Memory;
import io.engram.memory.MemoryBody;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.space.EngramException;
import io.engram.space.EngramException.Kind;
import io.engram.space.ForgetRequest;
import io.engram.space.RememberReceipt;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spaces on a real node with a real log; each test has a space of its own. */
class SpacesTest {
    @TempDir
    static Path folder;

    static TestNode node = TestNode.none();

    @BeforeAll
    static void start() {
        node = TestNode.start(folder, new WordEmbedding(State.READY));
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static Kind failure(CompletionStage<?> stage) {
        try {
            get(stage);
        } catch (CompletionException e) {
            if (e.getCause() instanceof EngramException known) {
                return known.kind();
            }
            throw e;
        }
        throw new AssertionError("it succeeded");
    }

    private static SpaceClient spaces() {
        return node.spaces();
    }

    private static RememberRequest text(String content) {
        return RememberRequest.of(MemoryBody.builder(content).build());
    }

    private static RememberRequest overwriting(RememberRequest r) {
        return new RememberRequest(
                r.id(), r.idPrefix(), r.body(), r.idempotencyKey(), true, r.deduplicate(), r.autoLink(), 0.7f);
    }

    private static RememberRequest deduplicating(RememberRequest r) {
        return new RememberRequest(
                r.id(), r.idPrefix(), r.body(), r.idempotencyKey(), r.overwrite(), true, r.autoLink(), 0.7f);
    }

    private static SearchResult search(SpaceId space, String text) {
        var query = new SearchQuery(Cue.ofText(text), 0, 10, Filter.NONE, Fusion.WEIGHTED);
        return get(spaces().search(space, query)).result();
    }

    @Test
    void what_was_remembered_is_read_back_as_it_was_given() {
        var space = new SpaceId("as-given");
        MemoryBody body = MemoryBody.builder("the tide turned at noon")
                .confidence(0.9f)
                .tags(List.of("sea"))
                .who(List.of("Ana"))
                .embedding(Embedding.of(0.1f, 0.2f, 0.3f))
                .build();
        RememberReceipt receipt = get(spaces().remember(space, RememberRequest.of(body)));
        Memory memory = get(spaces().get(space, receipt.id())).orElseThrow();
        assertThat(memory.body()).isEqualTo(body);
        assertThat(memory.version()).isEqualTo(1);
        assertThat(receipt.replayed()).isFalse();
        assertThat(search(space, "tide").hits()).hasSize(1);
    }

    @Test
    void a_read_of_a_space_that_is_not_there_is_empty_and_creates_nothing() {
        var space = new SpaceId("never-written");
        assertThat(get(spaces().get(space, "x"))).isEmpty();
        assertThat(get(spaces().list(space, Filter.NONE, 0, 10)).total()).isZero();
        assertThat(search(space, "anything").total()).isZero();
        assertThat(failure(spaces().forget(space, delete("x")))).isEqualTo(Kind.NOT_FOUND);
        assertThat(get(spaces().deleteSpace(space))).isFalse();
        assertThat(get(spaces().spaces())).extracting(SpaceInfo::id).doesNotContain(space);
    }

    private static ForgetRequest delete(String id) {
        return new ForgetRequest(id, ForgetRequest.Mode.DELETE, Optional.empty());
    }

    @Test
    void the_same_id_with_the_same_content_gets_the_first_answer_and_with_other_content_a_conflict() {
        var space = new SpaceId("same-id");
        RememberReceipt first = get(spaces().remember(space, text("one").withId("a")));
        RememberReceipt again = get(spaces().remember(space, text("one").withId("a")));
        assertThat(again.storedAt()).isEqualTo(first.storedAt());
        assertThat(again.replayed()).isTrue();
        assertThat(failure(spaces().remember(space, text("two").withId("a")))).isEqualTo(Kind.CONFLICT);
        assertThat(get(spaces().get(space, "a")).orElseThrow().content()).isEqualTo("one");
    }

    @Test
    void overwriting_makes_the_next_version_and_keeps_the_old_one_in_the_history() {
        var space = new SpaceId("overwrite");
        get(spaces().remember(space, text("one").withId("a")));
        RememberReceipt second =
                get(spaces().remember(space, overwriting(text("two").withId("a"))));
        assertThat(second.version()).isEqualTo(2);
        assertThat(get(spaces().history(space, "a")))
                .extracting(Memory::content)
                .containsExactly("one", "two");
        assertThat(search(space, "one").total()).isZero();
        assertThat(get(spaces().list(space, Filter.NONE, 0, 10)).total()).isEqualTo(1);
    }

    @Test
    void an_idempotency_key_gets_the_first_answer_even_after_the_memory_is_gone() {
        var space = new SpaceId("keyed");
        RememberReceipt first = get(spaces().remember(space, text("one").withIdempotencyKey("k")));
        get(spaces().forget(space, delete(first.id())));
        RememberReceipt again = get(spaces().remember(space, text("one").withIdempotencyKey("k")));
        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.replayed()).isTrue();
        assertThat(get(spaces().list(space, Filter.NONE, 0, 10)).total()).isZero();
        assertThat(failure(spaces().remember(space, text("two").withIdempotencyKey("k"))))
                .isEqualTo(Kind.CONFLICT);
    }

    @Test
    void a_repeated_forget_with_its_key_is_answered_as_the_first_and_without_it_is_not_found() {
        var space = new SpaceId("forgetting");
        get(spaces().remember(space, text("one").withId("a")));
        var keyed = new ForgetRequest("a", ForgetRequest.Mode.DELETE, Optional.of("k"));
        assertThat(get(spaces().forget(space, keyed)).replayed()).isFalse();
        assertThat(get(spaces().forget(space, keyed)).replayed()).isTrue();
        assertThat(failure(spaces().forget(space, delete("a")))).isEqualTo(Kind.NOT_FOUND);
        assertThat(get(spaces().get(space, "a"))).isEmpty();
        assertThat(get(spaces().history(space, "a"))).isEmpty();
    }

    @Test
    void a_suppressed_memory_is_hidden_until_it_is_overwritten() {
        var space = new SpaceId("suppress");
        get(spaces().remember(space, text("heron").withId("a")));
        get(spaces().forget(space, new ForgetRequest("a", ForgetRequest.Mode.SUPPRESS, Optional.empty())));
        assertThat(get(spaces().get(space, "a"))).isEmpty();
        assertThat(search(space, "heron").total()).isZero();
        assertThat(failure(spaces().remember(space, text("heron").withId("a")))).isEqualTo(Kind.CONFLICT);
        assertThat(get(spaces().remember(space, overwriting(text("heron").withId("a"))))
                        .version())
                .isEqualTo(2);
        assertThat(search(space, "heron").total()).isEqualTo(1);
    }

    @Test
    void a_deleted_id_begins_anew() {
        var space = new SpaceId("anew");
        get(spaces().remember(space, text("one").withId("a")));
        get(spaces().forget(space, delete("a")));
        assertThat(get(spaces().remember(space, text("two").withId("a"))).version())
                .isEqualTo(1);
        assertThat(get(spaces().history(space, "a")))
                .extracting(Memory::content)
                .containsExactly("two");
    }

    @Test
    void the_first_vector_fixes_the_dimension() {
        var space = new SpaceId("dimension");
        get(spaces().remember(space, withVector("a", 1f, 2f, 3f)));
        assertThatThrownBy(() -> get(spaces().remember(space, withVector("b", 1f, 2f))))
                .hasMessageContaining("2 values")
                .hasMessageContaining("3");
        get(spaces().remember(space, withVector("c", 3f, 2f, 1f)));
        assertThat(get(spaces().statistics(space)).clientDimension()).isEqualTo(3);
    }

    private static RememberRequest withVector(String content, float... values) {
        return RememberRequest.of(
                MemoryBody.builder(content).embedding(Embedding.of(values)).build());
    }

    @Test
    void duplicates_are_kept_unless_the_request_asks() {
        var space = new SpaceId("duplicates");
        RememberReceipt first = get(spaces().remember(space, text("the same words")));
        RememberReceipt kept = get(spaces().remember(space, text("the same words")));
        assertThat(kept.id()).isNotEqualTo(first.id());
        assertThat(kept.duplicateOf()).isEmpty();
        RememberReceipt refused = get(spaces().remember(space, deduplicating(text("The same  words."))));
        assertThat(refused.duplicateOf()).isPresent();
        assertThat(get(spaces().list(space, Filter.NONE, 0, 10)).total()).isEqualTo(2);
    }

    @Test
    void writes_that_come_together_share_forced_writes_and_each_gets_its_own_answer() {
        var space = new SpaceId("together");
        get(spaces().createSpace(space));
        double before = node.forcedWrites();
        List<CompletableFuture<RememberReceipt>> answers = new ArrayList<>();
        for (int i = 0; i < 800; i++) {
            answers.add(spaces().remember(space, text("memory number " + i).withId("m" + i))
                    .toCompletableFuture());
        }
        for (int i = 0; i < 800; i++) {
            assertThat(get(answers.get(i)).id()).isEqualTo("m" + i);
        }
        assertThat(node.forcedWrites() - before).isLessThan(400);
        assertThat(get(spaces().list(space, Filter.NONE, 0, 1)).total()).isEqualTo(800);
    }

    @Test
    void conflicting_writes_that_come_together_are_decided_one_after_the_other() {
        var space = new SpaceId("race");
        List<CompletableFuture<RememberReceipt>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(spaces().remember(space, text("content " + i).withId("same"))
                    .toCompletableFuture());
        }
        long won = answers.stream()
                .filter(a -> a.handle((r, e) -> e == null).join())
                .count();
        assertThat(won).isEqualTo(1);
        assertThat(get(spaces().history(space, "same"))).hasSize(1);
    }

    @Test
    void a_read_sees_every_write_that_was_acknowledged_before_it() {
        var space = new SpaceId("read-own");
        for (int i = 0; i < 100; i++) {
            RememberReceipt receipt = get(spaces().remember(space, text("note " + i)));
            assertThat(get(spaces().get(space, receipt.id()))).isPresent();
        }
    }

    @Test
    void two_spaces_never_see_each_other() {
        var one = new SpaceId("apart-1");
        var two = new SpaceId("apart-2");
        get(spaces().remember(one, text("secret of one").withId("x")));
        get(spaces().remember(two, text("secret of two").withId("x")));
        assertThat(get(spaces().get(one, "x")).orElseThrow().content()).isEqualTo("secret of one");
        assertThat(search(one, "two").total()).isZero();
        assertThat(search(two, "one").total()).isZero();
    }

    @Test
    void a_deleted_space_is_gone_and_one_of_the_same_name_is_another() {
        var space = new SpaceId("to-delete");
        get(spaces().remember(space, text("old").withId("a")));
        SpaceInfo old = info(space);
        assertThat(get(spaces().deleteSpace(space))).isTrue();
        assertThat(get(spaces().spaces())).extracting(SpaceInfo::id).doesNotContain(space);
        assertThat(get(spaces().get(space, "a"))).isEmpty();
        get(spaces().remember(space, text("new").withId("b")));
        assertThat(get(spaces().get(space, "a"))).isEmpty();
        assertThat(get(spaces().get(space, "b"))).isPresent();
        assertThat(info(space).createdAt()).isAfter(old.createdAt());
    }

    private static SpaceInfo info(SpaceId space) {
        return get(spaces().spaces()).stream()
                .filter(s -> s.id().equals(space))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_text_gets_its_vector_without_anybody_waiting_for_it() {
        var space = new SpaceId("vectors");
        for (int i = 0; i < 40; i++) {
            get(spaces().remember(space, text("sentence number " + i)));
        }
        await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
            assertThat(get(spaces().statistics(space)).embedded()).isEqualTo(40);
            assertThat(get(spaces().statistics(space)).awaitingEmbedding()).isZero();
        });
    }

    @Test
    void links_to_similar_memories_are_found_when_they_are_asked_for() {
        var space = new SpaceId("links");
        RememberReceipt target = get(spaces().remember(space, text("the harbour was full of boats")));
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> get(spaces().statistics(space)).embedded() == 1);
        var request = new RememberRequest(
                Optional.empty(),
                "mem_",
                MemoryBody.builder("the harbour was full of old boats").build(),
                Optional.empty(),
                false,
                false,
                true,
                0.7f);
        RememberReceipt linked = get(spaces().remember(space, request));
        assertThat(linked.links()).singleElement().satisfies(link -> {
            assertThat(link.targetId()).isEqualTo(target.id());
            assertThat(link.similarity()).isBetween(0.7f, 1f);
        });
    }

    @Test
    void a_bulk_request_gives_each_item_its_own_result() {
        var space = new SpaceId("bulk");
        List<RememberRequest> items = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            items.add(text(i == 300 ? " " : "item " + i).withId("i" + i));
        }
        var results = get(spaces().rememberAll(space, items));
        assertThat(results).hasSize(600);
        assertThat(results.get(300)).isInstanceOf(io.engram.space.BulkResult.Failed.class);
        assertThat(results)
                .filteredOn(r -> r instanceof io.engram.space.BulkResult.Stored)
                .hasSize(599);
        assertThat(get(spaces().list(space, Filter.NONE, 0, 1)).total()).isEqualTo(599);
    }
}
