package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static io.engram.grpc.GrpcFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.engram.grpc.v1.Confidence;
import io.engram.grpc.v1.ConfidenceCategory;
import io.engram.grpc.v1.ConsolidationState;
import io.engram.grpc.v1.ContextCue;
import io.engram.grpc.v1.Cue;
import io.engram.grpc.v1.EmbeddingCue;
import io.engram.grpc.v1.Episode;
import io.engram.grpc.v1.ForgetMode;
import io.engram.grpc.v1.ForgetRequest;
import io.engram.grpc.v1.ForgetResponse;
import io.engram.grpc.v1.Memory;
import io.engram.grpc.v1.MemoryType;
import io.engram.grpc.v1.RecallRequest;
import io.engram.grpc.v1.RememberRequest;
import io.engram.grpc.v1.SemanticCue;
import io.engram.memory.RecallQuery;
import io.engram.space.RequestTerms;
import io.engram.space.SpaceId;
import io.grpc.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Remember, Recall and Forget over the wire. Each test works in a space of its own. */
class MemoryCallsTest {
    private static final FakeSpaces SPACES = new FakeSpaces();
    private static Optional<GrpcFixture> fixture = Optional.empty();
    private static int spaces;

    private final String space = "space-" + ++spaces;

    @BeforeAll
    static void open() {
        fixture = Optional.of(new GrpcFixture(SPACES, List.of(), GrpcSettings.DEFAULTS));
    }

    @AfterAll
    static void close() {
        fixture.orElseThrow().close();
    }

    private static GrpcFixture grpc() {
        return fixture.orElseThrow();
    }

    private RememberRequest.Builder text(String id, String content) {
        return RememberRequest.newBuilder()
                .setMemorySpaceId(space)
                .setMemory(Memory.newBuilder().setId(id).setContent(content));
    }

    private RecallRequest.Builder about(String words) {
        return RecallRequest.newBuilder()
                .setMemorySpaceId(space)
                .setCue(Cue.newBuilder().setSemantic(SemanticCue.newBuilder().setQuery(words)));
    }

    private List<String> idsOf(RecallRequest.Builder request) {
        return await(grpc().engram.recall(request.build())).getMemoriesList().stream()
                .map(Memory::getId)
                .toList();
    }

    @Test
    void a_call_says_on_which_terms_it_is_answered_and_the_answer_by_whom() {
        var stored = await(grpc().engram
                .remember()
                .addHeader("x-engram-acknowledgement", "all")
                .invokeWithMetadata(text("terms", "on every copy").build()));
        assertThat(stored.getHeaders().getText("x-engram-served-by")).contains("node-2");
        assertThat(SPACES.terms())
                .isEqualTo(new RequestTerms(RequestTerms.Consistency.PRIMARY, RequestTerms.Acknowledgement.ALL));
        await(grpc().engram
                .recall()
                .addHeader("x-engram-consistency", "strict")
                .invoke(about("every copy").build()));
        assertThat(SPACES.terms().consistency()).isEqualTo(RequestTerms.Consistency.STRICT);
        var near = await(grpc().engram
                .recall()
                .addHeader("x-engram-consistency", "nearest")
                .invokeWithMetadata(about("every copy").build()));
        assertThat(near.getHeaders().getText("x-engram-lag")).contains("3");
        for (var unmet : List.of("primary", "odd")) {
            var status = failure(grpc().engram
                    .remember()
                    .addHeader("x-engram-acknowledgement", unmet)
                    .invoke(text("terms", "on every copy").build()));
            assertThat(status.getCode())
                    .isEqualTo(unmet.equals("odd") ? Status.Code.INVALID_ARGUMENT : Status.Code.UNIMPLEMENTED);
        }
    }

    @Test
    void a_memory_comes_back_with_every_field() {
        var memory = Memory.newBuilder()
                .setId("harbour")
                .setContent("the harbour froze over")
                .setConfidence(Confidence.newBuilder().setValue(0.4f).setReasoning("hearsay"))
                .setCreatedAt(Timestamp.newBuilder().setSeconds(1_600_000_000).setNanos(5))
                .setDecayRate(0.25f)
                .putMetadata("source", "letter")
                .addTags("winter")
                .addTags("sea")
                .setMemoryType(MemoryType.MEMORY_TYPE_PROCEDURAL)
                .addWho("Ana")
                .setWhereLocation("Tallinn")
                .setWhy("cold")
                .setHow("slowly")
                .setEmotionalValence(0f)
                .setImportance(0.5f)
                .addEmbedding(1f)
                .addEmbedding(-2f)
                .build();
        var receipt = await(grpc().engram
                .remember(RememberRequest.newBuilder()
                        .setMemorySpaceId(space)
                        .setMemory(memory)
                        .build()));
        assertThat(receipt.getMemoryId()).isEqualTo("harbour");
        assertThat(receipt.getVersion()).isEqualTo(1);
        assertThat(receipt.getStorageConfidence().getValue()).isEqualTo(0.4f);
        assertThat(receipt.getStorageConfidence().getCategory())
                .isEqualTo(ConfidenceCategory.CONFIDENCE_CATEGORY_MEDIUM);
        assertThat(receipt.getInitialState()).isEqualTo(ConsolidationState.CONSOLIDATION_STATE_RECENT);

        var back = await(grpc().engram.recall(about("harbour ice").build())).getMemories(0);
        assertThat(back.getActivation()).isEqualTo(0.5f);
        assertThat(back.getVersion()).isEqualTo(1);
        assertThat(back.hasStoredAt()).isTrue();
        assertThat(back.hasLastAccess()).isFalse();
        assertThat(back.toBuilder()
                        .clearActivation()
                        .clearVersion()
                        .clearStoredAt()
                        .setConfidence(back.getConfidence().toBuilder().clearCategory())
                        .build())
                .isEqualTo(memory);
    }

    @Test
    void an_episode_comes_back_with_every_field() {
        var episode = Episode.newBuilder()
                .setWhen(Timestamp.newBuilder().setSeconds(1_500_000_000))
                .setWhat("Ana met Bo")
                .setEncodingConfidence(Confidence.newBuilder().setCategory(ConfidenceCategory.CONFIDENCE_CATEGORY_HIGH))
                .setWhereLocation("Lisbon")
                .addWho("Ana")
                .addWho("Bo")
                .setWhy("by chance")
                .setHow("at the tram")
                .setDecayRate(0f)
                .setEmotionalValence(-0.5f)
                .setImportance(1f)
                .addEmbedding(0.5f)
                .addTags("city")
                .putMetadata("k", "v")
                .build();
        var receipt = await(grpc().engram
                .remember(RememberRequest.newBuilder()
                        .setMemorySpaceId(space)
                        .setEpisode(episode)
                        .build()));
        assertThat(receipt.getMemoryId()).startsWith("ep_");
        assertThat(receipt.getObservedAt().getSeconds()).isEqualTo(1_500_000_000);

        var back = await(grpc().engram.recall(about("ana met bo").build())).getMemories(0);
        assertThat(back.getContent()).isEqualTo("Ana met Bo");
        assertThat(back.getConfidence().getValue()).isEqualTo(0.9f);
        assertThat(back.getCreatedAt()).isEqualTo(episode.getWhen());
        assertThat(back.getMemoryType()).isEqualTo(MemoryType.MEMORY_TYPE_EPISODIC);
        assertThat(back.getWhoList()).containsExactly("Ana", "Bo");
        assertThat(back.getWhereLocation()).isEqualTo("Lisbon");
        assertThat(back.getWhy()).isEqualTo("by chance");
        assertThat(back.getHow()).isEqualTo("at the tram");
        assertThat(back.hasDecayRate()).isTrue();
        assertThat(back.getEmotionalValence()).isEqualTo(-0.5f);
        assertThat(back.getImportance()).isEqualTo(1f);
        assertThat(back.getEmbeddingList()).containsExactly(0.5f);
        assertThat(back.getTagsList()).containsExactly("city");
        assertThat(back.getMetadataMap()).containsExactly(java.util.Map.entry("k", "v"));
    }

    @Test
    void what_nobody_said_is_left_out_and_confidence_is_the_default() {
        await(grpc().engram.remember(text("", "plain words").build()));
        var back = await(grpc().engram.recall(about("plain").build())).getMemories(0);
        assertThat(back.getId()).startsWith("mem_");
        assertThat(back.getConfidence().getValue()).isEqualTo(0.7f);
        assertThat(back.getMemoryType()).isEqualTo(MemoryType.MEMORY_TYPE_SEMANTIC);
        assertThat(back.hasDecayRate() || back.hasEmotionalValence() || back.hasImportance())
                .isFalse();
        assertThat(back.getEmbeddingList()).isEmpty();
        assertThat(Instant.ofEpochSecond(back.getCreatedAt().getSeconds()))
                .isAfter(Instant.parse("2020-01-01T00:00:00Z"));
    }

    @Test
    void another_text_under_an_id_is_refused_unless_overwriting() {
        await(grpc().engram.remember(text("x", "first words").build()));
        var status = failure(grpc().engram.remember(text("x", "second words").build()));
        assertThat(status.getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
        var receipt = await(grpc().engram
                .remember(text("x", "second words").setOverwrite(true).build()));
        assertThat(receipt.getVersion()).isEqualTo(2);
    }

    @Test
    void a_retry_with_its_key_gets_the_first_answer_by_field_or_metadata() {
        var first = await(grpc().engram
                .remember(text("", "once only").setIdempotencyKey("k1").build()));
        var again = await(grpc().engram
                .remember(text("", "once only").setIdempotencyKey("k1").build()));
        var third = await(grpc().engram
                .remember()
                .addHeader("idempotency-key", "k1")
                .invoke(text("", "once only").build()));
        assertThat(first.getReplayed()).isFalse();
        assertThat(List.of(again, third)).allSatisfy(answer -> {
            assertThat(answer.getReplayed()).isTrue();
            assertThat(answer.getMemoryId()).isEqualTo(first.getMemoryId());
        });
        assertThat(failure(grpc().engram
                                .remember()
                                .addHeader("idempotency-key", "other")
                                .invoke(text("", "once only")
                                        .setIdempotencyKey("k1")
                                        .build()))
                        .getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void the_options_of_a_remember_reach_the_space() {
        await(grpc().engram
                .remember(text("o", "options")
                        .setAutoLink(true)
                        .setLinkThreshold(0.25f)
                        .setDeduplicate(true)
                        .build()));
        var request = SPACES.remembered().getLast();
        assertThat(request.autoLink()).isTrue();
        assertThat(request.deduplicate()).isTrue();
        assertThat(request.overwrite()).isFalse();
        assertThat(request.linkThreshold()).isEqualTo(0.25f);
    }

    @Test
    void the_space_comes_from_the_field_or_the_metadata_and_they_must_agree() {
        for (var key : List.of("x-engram-memory-space", "x-memory-space", "x-memory-space-id")) {
            await(grpc().engram
                    .remember()
                    .addHeader(key, space)
                    .invoke(text(key, "by " + key).clearMemorySpaceId().build()));
        }
        await(grpc().engram
                .remember()
                .addHeader("x-memory-space", space)
                .invoke(text("both", "agree").build()));
        assertThat(await(SPACES.list(new SpaceId(space), io.engram.memory.Filter.NONE, 0, 10))
                        .total())
                .isEqualTo(4);
        Supplier<Status> disagree = () -> failure(grpc().engram
                .remember()
                .addHeader("x-memory-space", "another")
                .invoke(text("no", "no").build()));
        assertThat(disagree.get().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(disagree.get().getDescription()).contains(space).contains("another");
        assertThat(failure(grpc().engram
                                .remember()
                                .addHeader("x-memory-space", "another")
                                .addHeader("x-engram-memory-space", "third")
                                .invoke(text("no", "no").clearMemorySpaceId().build()))
                        .getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void no_space_at_all_means_the_default_space() {
        await(grpc().engram
                .remember(
                        text("in-default", "default words").clearMemorySpaceId().build()));
        assertThat(await(SPACES.get(new SpaceId("default"), "in-default"))).isPresent();
    }

    @Test
    void a_recall_answers_in_order_with_metadata_and_traces_only_if_asked() {
        await(grpc().engram.remember(text("a", "red green blue").build()));
        await(grpc().engram.remember(text("b", "red green").build()));
        await(grpc().engram.remember(text("c", "yellow").build()));
        var plain = await(grpc().engram.recall(about("red green blue").build()));
        assertThat(plain.getMemoriesList()).extracting(Memory::getId).containsExactly("a", "b");
        assertThat(plain.hasMetadata()).isFalse();
        assertThat(plain.getTracesList()).isEmpty();
        assertThat(plain.getRecallConfidence().getValue()).isEqualTo(0.7f);
        assertThat(plain.getRecollections(0).getActivation()).isEqualTo(1f);
        assertThat(plain.getRecollections(0).getMemoryId()).isEqualTo("a");

        var full = await(grpc().engram
                .recall(about("red green blue")
                        .setIncludeMetadata(true)
                        .setTraceActivation(true)
                        .build()));
        assertThat(full.getMetadata().getTotalActivated()).isEqualTo(2);
        assertThat(full.getMetadata().getAboveThreshold()).isEqualTo(2);
        assertThat(full.getMetadata().getConsidered()).isEqualTo(3);
        assertThat(full.getMetadata().getAvgActivation()).isBetween(0.83f, 0.84f);
        assertThat(full.getMetadata().getRecallTimeMs()).isPositive();
        assertThat(full.getMetadata().getRecallTimeUs()).isPositive();
        assertThat(full.getMetadata().getActivationPathList()).containsExactly("a", "b");
        assertThat(full.getTraces(0).getMemoryId()).isEqualTo("a");
        assertThat(full.getTraces(0).getActivationLevel()).isEqualTo(1f);
        assertThat(full.getTraces(0).getActivationPathList()).containsExactly("lexical");
        assertThat(full.getTraces(0).getParts().getLexical()).isEqualTo(1f);
        assertThat(full.getTraces(0).hasTimestamp()).isTrue();
    }

    @Test
    void tags_and_thresholds_of_a_cue_are_honoured() {
        await(grpc().engram.remember(tagged("t1", "red green", "x")));
        await(grpc().engram.remember(tagged("t2", "red green", "x", "y")));
        await(grpc().engram.remember(tagged("t3", "red", "x")));
        assertThat(idsOf(semantic(SemanticCue.newBuilder().addRequiredTags("x").addExcludedTags("y"))))
                .containsExactlyInAnyOrder("t1", "t3");
        assertThat(idsOf(semantic(SemanticCue.newBuilder().addRequiredTags("x").addRequiredTags("y"))))
                .containsExactly("t2");
        assertThat(idsOf(semantic(SemanticCue.newBuilder().setFuzzyThreshold(0.9f))))
                .containsExactlyInAnyOrder("t1", "t2");
        var cue = Cue.newBuilder()
                .setSemantic(SemanticCue.newBuilder().setQuery("red green"))
                .setThreshold(Confidence.newBuilder().setValue(0.6f));
        assertThat(idsOf(RecallRequest.newBuilder().setMemorySpaceId(space).setCue(cue)))
                .containsExactlyInAnyOrder("t1", "t2");
    }

    private RememberRequest tagged(String id, String content, String... tags) {
        var request = text(id, content);
        request.getMemoryBuilder().addAllTags(List.of(tags));
        return request.build();
    }

    private RecallRequest.Builder semantic(SemanticCue.Builder cue) {
        return RecallRequest.newBuilder()
                .setMemorySpaceId(space)
                .setCue(Cue.newBuilder().setSemantic(cue.setQuery("red green")));
    }

    @Test
    void ten_memories_are_returned_unless_the_request_or_the_cue_says_how_many() {
        for (int i = 0; i < 12; i++) {
            await(grpc().engram.remember(text("m" + i, "same words " + i).build()));
        }
        assertThat(idsOf(about("same"))).hasSize(10);
        assertThat(idsOf(about("same").setMaxResults(-3))).hasSize(10);
        assertThat(idsOf(about("same").setMaxResults(3))).hasSize(3);
        var cue = about("same");
        cue.getCueBuilder().setMaxResults(4);
        assertThat(idsOf(cue)).hasSize(4);
        assertThat(idsOf(cue.setMaxResults(11))).hasSize(11);
    }

    @Test
    void activation_spreads_only_if_the_cue_says_so() {
        var request = about("spread");
        await(grpc().engram.recall(request.build()));
        assertThat(SPACES.recalled().getLast().mode()).isEqualTo(RecallQuery.Mode.SIMILARITY);
        request.getCueBuilder().setSpreadActivation(true);
        await(grpc().engram.recall(request.build()));
        assertThat(SPACES.recalled().getLast().mode()).isEqualTo(RecallQuery.Mode.HYBRID);
    }

    @Test
    void a_vector_finds_vectors_with_a_least_similarity() {
        await(grpc().engram.remember(vector("v1", 1f, 0f)));
        await(grpc().engram.remember(vector("v2", 1f, 1f)));
        assertThat(idsOf(byVector(0f))).containsExactly("v1", "v2");
        assertThat(idsOf(byVector(0.9f))).containsExactly("v1");
    }

    private RememberRequest vector(String id, float x, float y) {
        var request = text(id, "vector " + id);
        request.getMemoryBuilder().addEmbedding(x).addEmbedding(y);
        return request.build();
    }

    private RecallRequest.Builder byVector(float threshold) {
        return RecallRequest.newBuilder()
                .setMemorySpaceId(space)
                .setCue(Cue.newBuilder()
                        .setEmbedding(EmbeddingCue.newBuilder()
                                .addVector(1f)
                                .addVector(0f)
                                .setSimilarityThreshold(threshold)));
    }

    @Test
    void circumstances_find_what_fits_all_of_them_last_stored_first() {
        for (int i = 1; i <= 4; i++) {
            var request = text("e" + i, "event " + i);
            request.getMemoryBuilder()
                    .setCreatedAt(Timestamp.newBuilder().setSeconds(i * 1000L))
                    .setWhereLocation(i == 4 ? "Oslo" : "Port of Lisbon")
                    .addWho("Ana");
            await(grpc().engram.remember(request.build()));
        }
        var context = ContextCue.newBuilder().setLocation("lisbon").addParticipants("ana");
        assertThat(idsOf(circumstances(context))).containsExactly("e3", "e2", "e1");
        assertThat(idsOf(circumstances(context).setMaxResults(2))).containsExactly("e3", "e2");
        context.setTimeStart(Timestamp.newBuilder().setSeconds(1500))
                .setTimeEnd(Timestamp.newBuilder().setSeconds(2500));
        assertThat(idsOf(circumstances(context))).containsExactly("e2");
        var full = await(grpc().engram
                .recall(circumstances(context)
                        .setIncludeMetadata(true)
                        .setTraceActivation(true)
                        .build()));
        assertThat(full.getMemories(0).getActivation()).isEqualTo(1f);
        assertThat(full.getTraces(0).getActivationPathList()).containsExactly("context");
        assertThat(full.getMetadata().getTotalActivated()).isEqualTo(1);
    }

    private RecallRequest.Builder circumstances(ContextCue.Builder context) {
        return RecallRequest.newBuilder()
                .setMemorySpaceId(space)
                .setCue(Cue.newBuilder().setContext(context));
    }

    @Test
    void a_suppressed_memory_is_hidden_and_can_be_brought_back() {
        await(grpc().engram.remember(text("s", "secret words").build()));
        var forgotten = forget("s", ForgetMode.FORGET_MODE_SUPPRESS);
        assertThat(forgotten.getMemoriesAffected()).isEqualTo(1);
        assertThat(forgotten.getReversible()).isTrue();
        assertThat(forgotten.getForgetConfidence().getValue()).isEqualTo(1f);
        assertThat(idsOf(about("secret"))).isEmpty();
        await(grpc().engram
                .remember(text("s", "secret words").setOverwrite(true).build()));
        assertThat(idsOf(about("secret"))).containsExactly("s");
    }

    @Test
    void a_deleted_memory_is_gone_and_a_second_time_nothing_is_affected() {
        await(grpc().engram.remember(text("d", "doomed words").build()));
        var forgotten = forget("d", ForgetMode.FORGET_MODE_DELETE);
        assertThat(forgotten.getMemoriesAffected()).isEqualTo(1);
        assertThat(forgotten.getReversible()).isFalse();
        assertThat(idsOf(about("doomed"))).isEmpty();
        var again = forget("d", ForgetMode.FORGET_MODE_DELETE);
        assertThat(again).isEqualTo(ForgetResponse.getDefaultInstance());
    }

    @Test
    void an_unknown_memory_is_not_affected() {
        assertThat(forget("nobody", ForgetMode.FORGET_MODE_SUPPRESS).getMemoriesAffected())
                .isZero();
    }

    private ForgetResponse forget(String id, ForgetMode mode) {
        return await(grpc().engram
                .forget(ForgetRequest.newBuilder()
                        .setMemorySpaceId(space)
                        .setMemoryId(id)
                        .setMode(mode)
                        .build()));
    }
}
