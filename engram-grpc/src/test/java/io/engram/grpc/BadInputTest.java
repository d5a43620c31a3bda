package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static io.engram.grpc.GrpcFixture.failure;
import static io.engram.grpc.GrpcFixture.failureWithTrailers;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.Timestamp;
import io.engram.grpc.v1.Confidence;
import io.engram.grpc.v1.ContextCue;
import io.engram.grpc.v1.Cue;
import io.engram.grpc.v1.EmbeddingCue;
import io.engram.grpc.v1.EngramService;
import io.engram.grpc.v1.Episode;
import io.engram.grpc.v1.ForgetRequest;
import io.engram.grpc.v1.IntrospectRequest;
import io.engram.grpc.v1.Memory;
import io.engram.grpc.v1.PatternCue;
import io.engram.grpc.v1.RecallRequest;
import io.engram.grpc.v1.RememberRequest;
import io.engram.grpc.v1.SemanticCue;
import io.engram.grpc.v1.TemporalCue;
import io.engram.space.EngramException;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.slf4j.LoggerFactory;

/** Whatever a client sends, it gets the right status with a text, the log stays quiet, and the next call works. */
class BadInputTest {
    private static final int MAX_MESSAGE = 64 * 1024;
    private static final FakeSpaces SPACES = new FakeSpaces();
    private static Optional<GrpcFixture> fixture = Optional.empty();

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeAll
    static void open() {
        fixture =
                Optional.of(new GrpcFixture(SPACES, List.of(), GrpcSettings.DEFAULTS.withMaxMessageBytes(MAX_MESSAGE)));
    }

    @AfterAll
    static void close() {
        fixture.orElseThrow().close();
    }

    private static GrpcFixture grpc() {
        return fixture.orElseThrow();
    }

    private static ch.qos.logback.classic.Logger rootLogger() {
        return (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @BeforeEach
    void listen() {
        log.start();
        rootLogger().addAppender(log);
    }

    @AfterEach
    void the_log_is_quiet_and_the_next_call_works() {
        var next = await(grpc().engram.remember(memory(_ -> {})));
        rootLogger().detachAppender(log);
        assertThat(next.getMemoryId()).isNotEmpty();
        assertThat(log.list.stream().filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN)))
                .isEmpty();
    }

    private static RememberRequest memory(Consumer<Memory.Builder> change) {
        var memory = Memory.newBuilder().setContent("some words");
        change.accept(memory);
        return RememberRequest.newBuilder().setMemory(memory).build();
    }

    private static RememberRequest episode(Consumer<Episode.Builder> change) {
        var episode = Episode.newBuilder().setWhat("something happened");
        change.accept(episode);
        return RememberRequest.newBuilder().setEpisode(episode).build();
    }

    private static Confidence confidence(float value) {
        return Confidence.newBuilder().setValue(value).build();
    }

    @TestFactory
    Stream<DynamicTest> a_remember_with_a_bad_field_is_refused_by_its_name() {
        var ok = memory(_ -> {});
        return Stream.of(
                        Map.entry("memory or episode", RememberRequest.getDefaultInstance()),
                        Map.entry("memory.content", memory(m -> m.setContent(" \t"))),
                        Map.entry("episode.what", episode(e -> e.setWhat(""))),
                        Map.entry(
                                "memory.embedding[1]",
                                memory(m -> m.addEmbedding(1f).addEmbedding(Float.NaN))),
                        Map.entry("memory.embedding[0]", memory(m -> m.addEmbedding(Float.POSITIVE_INFINITY))),
                        Map.entry("episode.embedding[0]", episode(e -> e.addEmbedding(Float.NEGATIVE_INFINITY))),
                        Map.entry("memory.confidence.value", memory(m -> m.setConfidence(confidence(1.01f)))),
                        Map.entry("memory.confidence.value", memory(m -> m.setConfidence(confidence(-0.1f)))),
                        Map.entry("memory.confidence.value", memory(m -> m.setConfidence(confidence(Float.NaN)))),
                        Map.entry(
                                "memory.confidence.category",
                                memory(m ->
                                        m.setConfidence(Confidence.newBuilder().setCategoryValue(77)))),
                        Map.entry(
                                "episode.encoding_confidence.value",
                                episode(e -> e.setEncodingConfidence(confidence(2f)))),
                        Map.entry("memory.memory_type", memory(m -> m.setMemoryTypeValue(9))),
                        Map.entry("episode.memory_type", episode(e -> e.setMemoryTypeValue(-1))),
                        Map.entry("memory.decay_rate", memory(m -> m.setDecayRate(-1f))),
                        Map.entry("memory.decay_rate", memory(m -> m.setDecayRate(Float.NaN))),
                        Map.entry("episode.decay_rate", episode(e -> e.setDecayRate(Float.POSITIVE_INFINITY))),
                        Map.entry("episode.emotional_valence", episode(e -> e.setEmotionalValence(-1.5f))),
                        Map.entry("memory.emotional_valence", memory(m -> m.setEmotionalValence(Float.NaN))),
                        Map.entry("episode.importance", episode(e -> e.setImportance(1.5f))),
                        Map.entry("memory.importance", memory(m -> m.setImportance(-0.5f))),
                        Map.entry(
                                "memory.created_at",
                                memory(m ->
                                        m.setCreatedAt(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE)))),
                        Map.entry(
                                "episode.when",
                                episode(e -> e.setWhen(Timestamp.newBuilder().setNanos(-1)))),
                        Map.entry(
                                "link_threshold",
                                ok.toBuilder().setLinkThreshold(-0.1f).build()),
                        Map.entry(
                                "link_threshold",
                                ok.toBuilder().setLinkThreshold(Float.NaN).build()),
                        Map.entry(
                                "memory space id",
                                ok.toBuilder().setMemorySpaceId("../etc").build()),
                        Map.entry(
                                "memory space id",
                                ok.toBuilder().setMemorySpaceId("ab").build()),
                        Map.entry(
                                "memory space id",
                                ok.toBuilder().setMemorySpaceId("a".repeat(65)).build()),
                        Map.entry(
                                "memory space id",
                                ok.toBuilder().setMemorySpaceId("spaces/abc").build()),
                        Map.entry(
                                "memory space id",
                                ok.toBuilder().setMemorySpaceId("\u0430bc").build()),
                        Map.entry(
                                "memory space id",
                                ok.toBuilder().setMemorySpaceId("%2e%2e").build()))
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> invalid(failure(grpc().engram.remember(entry.getValue())), entry.getKey())));
    }

    private static void invalid(Status status, String words) {
        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).contains(words);
    }

    private static RecallRequest recall(Consumer<Cue.Builder> change) {
        var cue = Cue.newBuilder().setSemantic(SemanticCue.newBuilder().setQuery("words"));
        change.accept(cue);
        return RecallRequest.newBuilder().setCue(cue).build();
    }

    @TestFactory
    Stream<DynamicTest> a_recall_with_a_bad_field_is_refused_by_its_name() {
        var late = Timestamp.newBuilder().setSeconds(10).build();
        return Stream.of(
                        Map.entry("cue is required", RecallRequest.getDefaultInstance()),
                        Map.entry("cue must be one of", recall(Cue.Builder::clearSemantic)),
                        Map.entry(
                                "cue.semantic.query",
                                recall(c -> c.getSemanticBuilder().setQuery("  "))),
                        Map.entry(
                                "cue.semantic.fuzzy_threshold",
                                recall(c -> c.getSemanticBuilder().setFuzzyThreshold(2f))),
                        Map.entry(
                                "cue.semantic.required_tags",
                                recall(c -> c.getSemanticBuilder().addRequiredTags(""))),
                        Map.entry(
                                "cue.semantic.excluded_tags",
                                recall(c -> c.getSemanticBuilder().addExcludedTags(" "))),
                        Map.entry(
                                "cue.embedding.vector", recall(c -> c.setEmbedding(EmbeddingCue.getDefaultInstance()))),
                        Map.entry(
                                "cue.embedding.vector[0]",
                                recall(c ->
                                        c.setEmbedding(EmbeddingCue.newBuilder().addVector(Float.NaN)))),
                        Map.entry(
                                "cue.embedding.similarity_threshold",
                                recall(c -> c.setEmbedding(
                                        EmbeddingCue.newBuilder().addVector(1f).setSimilarityThreshold(-1f)))),
                        Map.entry(
                                "cue.context needs",
                                recall(c -> c.setContext(ContextCue.newBuilder().setLocation("  ")))),
                        Map.entry(
                                "cue.context.time_start",
                                recall(c -> c.setContext(ContextCue.newBuilder()
                                        .setTimeStart(late)
                                        .setTimeEnd(Timestamp.getDefaultInstance())))),
                        Map.entry(
                                "cue.context.participants",
                                recall(c -> c.setContext(ContextCue.newBuilder().addParticipants("")))),
                        Map.entry("cue.threshold.value", recall(c -> c.setThreshold(confidence(-0.5f)))),
                        Map.entry("cue.activation_decay", recall(c -> c.setActivationDecay(1.5f))),
                        Map.entry(
                                "max_results",
                                recall(_ -> {}).toBuilder()
                                        .setMaxResults(1_000_000)
                                        .build()),
                        Map.entry(
                                "memory space id",
                                recall(_ -> {}).toBuilder()
                                        .setMemorySpaceId("A B")
                                        .build()))
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> invalid(failure(grpc().engram.recall(entry.getValue())), entry.getKey())));
    }

    @TestFactory
    Stream<DynamicTest> a_forget_must_be_meant() {
        var one = ForgetRequest.newBuilder().setMemoryId("x");
        return Stream.of(
                        Map.entry("mode must be", one.build()),
                        Map.entry("no known mode", one.clone().setModeValue(12).build()),
                        Map.entry("use Remember", one.clone().setModeValue(3).build()),
                        Map.entry(
                                "memory_id is required",
                                ForgetRequest.newBuilder().setModeValue(2).build()),
                        Map.entry(
                                "memory_id must not be blank",
                                ForgetRequest.newBuilder()
                                        .setMemoryId(" ")
                                        .setModeValue(2)
                                        .build()))
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> invalid(failure(grpc().engram.forget(entry.getValue())), entry.getKey())));
    }

    @Test
    void a_blank_metric_name_is_refused() {
        invalid(
                failure(grpc().engram
                        .introspect(
                                IntrospectRequest.newBuilder().addMetrics("").build())),
                "metrics");
    }

    @Test
    void cues_that_are_not_served_yet_say_so() {
        for (var request : List.of(
                recall(c -> c.setTemporal(TemporalCue.getDefaultInstance())),
                recall(c -> c.setPattern(PatternCue.getDefaultInstance())))) {
            var status = failure(grpc().engram.recall(request));
            assertThat(status.getCode()).isEqualTo(Code.UNIMPLEMENTED);
            assertThat(status.getDescription()).contains("not served yet");
        }
        var status = failure(grpc().engram
                .forget(ForgetRequest.newBuilder()
                        .setPattern(Cue.getDefaultInstance())
                        .setModeValue(2)
                        .build()));
        assertThat(status.getCode()).isEqualTo(Code.UNIMPLEMENTED);
    }

    @TestFactory
    Stream<DynamicTest> a_call_that_is_not_served_yet_says_what_is_missing() {
        var served = List.of(
                "Remember",
                "Recall",
                "Forget",
                "Introspect",
                "StreamingRemember",
                "StreamingRecall",
                "RebalanceSpaces",
                "MigrateSpace",
                "ApplyReplicationBatch",
                "GetReplicationStatus");
        var service = EngramService.description.descriptor().findServiceByName("EngramService");
        return service.getMethods().stream()
                .map(method -> method.getName())
                .filter(name -> !served.contains(name))
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    var status = failure(grpc().raw("engram.v1.EngramService/" + name, new byte[0]));
                    assertThat(status.getCode()).isEqualTo(Code.UNIMPLEMENTED);
                    assertThat(status.getDescription()).contains("is not implemented yet");
                }));
    }

    @Test
    void an_unknown_call_or_service_is_unimplemented() {
        for (var name : List.of("engram.v1.EngramService/Nothing", "engram.v2.Other/Remember", "a/b")) {
            assertThat(failure(grpc().raw(name, new byte[0])).getCode()).isEqualTo(Code.UNIMPLEMENTED);
        }
    }

    @Test
    void bytes_that_are_no_message_are_refused() {
        var call = "engram.v1.EngramService/Remember";
        invalid(failure(grpc().raw(call, new byte[] {(byte) 0xff, 1, 2})), "not a message");
        var halfCharacter = new byte[] {0x0a, 2, (byte) 0xc3, 0x28};
        invalid(failure(grpc().raw(call, halfCharacter)), "not a message");
        invalid(failure(grpc().raw(call)), "no message");
        invalid(failure(grpc().raw("engram.v1.EngramService/StreamingRemember", new byte[] {8})), "not a message");
    }

    @Test
    void a_message_above_the_limit_is_refused_also_when_it_is_compressed() {
        var large = memory(m -> m.setContent("a".repeat(MAX_MESSAGE)));
        for (var stream : List.of("engram.v1.EngramService/Remember", "engram.v1.EngramService/StreamingRemember")) {
            for (var options : List.of(CallOptions.DEFAULT, CallOptions.DEFAULT.withCompression("gzip"))) {
                var status = failure(GrpcFixture.raw(grpc().channel, stream, options, large.toByteArray()));
                assertThat(status.getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
                assertThat(status.getDescription()).contains("at most " + MAX_MESSAGE);
            }
        }
    }

    @Test
    void a_compressed_message_within_the_limit_is_understood() {
        var before = SPACES.remembered().size();
        await(GrpcFixture.raw(
                grpc().channel,
                "engram.v1.EngramService/Remember",
                CallOptions.DEFAULT.withCompression("gzip"),
                memory(m -> m.setContent("packed ".repeat(100))).toByteArray()));
        assertThat(SPACES.remembered()).hasSize(before + 1);
        assertThat(SPACES.remembered().getLast().body().content()).startsWith("packed packed");
    }

    @Test
    void a_bad_space_in_the_metadata_is_refused() {
        invalid(
                failure(grpc().engram
                        .remember()
                        .addHeader("x-memory-space", "no/way")
                        .invoke(memory(_ -> {}))),
                "memory space id");
    }

    @Test
    void each_kind_of_failure_has_its_status_and_trailers() {
        var wait = Duration.ofMillis(1500);
        var expected = Map.ofEntries(
                Map.entry(EngramException.invalid("w"), Code.INVALID_ARGUMENT),
                Map.entry(EngramException.notFound("w"), Code.NOT_FOUND),
                Map.entry(EngramException.conflict("w"), Code.ALREADY_EXISTS),
                Map.entry(EngramException.tooLarge("w"), Code.RESOURCE_EXHAUSTED),
                Map.entry(EngramException.overloaded("w", wait), Code.RESOURCE_EXHAUSTED),
                Map.entry(EngramException.unavailable("w", wait), Code.UNAVAILABLE),
                Map.entry(EngramException.outcomeUnknown("w"), Code.DEADLINE_EXCEEDED),
                Map.entry(EngramException.storageFull("w"), Code.RESOURCE_EXHAUSTED),
                Map.entry(EngramException.quarantined("w"), Code.DATA_LOSS),
                Map.entry(EngramException.writesStopped("w"), Code.UNAVAILABLE),
                Map.entry(EngramException.notImplemented("w"), Code.UNIMPLEMENTED));
        assertThat(expected).hasSize(EngramException.Kind.values().length);
        expected.forEach((reason, code) -> {
            SPACES.answerInstead(_ -> Optional.of(CompletableFuture.failedFuture(reason)));
            var failure = failureWithTrailers(grpc().engram.remember(memory(_ -> {})));
            SPACES.answerInstead(_ -> Optional.empty());
            assertThat(failure.getStatus().getCode()).as(reason.toString()).isEqualTo(code);
            assertThat(failure.getStatus().getDescription()).isEqualTo("w");
            assertThat(trailer(failure.getTrailers(), Statuses.KIND))
                    .contains(reason.kind().name());
            var retry = switch (reason.kind()) {
                case OVERLOADED, UNAVAILABLE -> Optional.of("1500");
                case WRITES_STOPPED -> Optional.of("5000");
                default -> Optional.<String>empty();
            };
            assertThat(trailer(failure.getTrailers(), Statuses.RETRY_AFTER)).isEqualTo(retry);
        });
    }

    private static Optional<String> trailer(@org.jspecify.annotations.Nullable Metadata trailers, String name) {
        return Optional.ofNullable(trailers)
                .map(all -> all.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
    }

    @Test
    void words_beyond_ascii_arrive_in_the_description() {
        SPACES.answerInstead(
                _ -> Optional.of(CompletableFuture.failedFuture(EngramException.conflict("né à Kraków % 100"))));
        var status = failure(grpc().engram.remember(memory(_ -> {})));
        SPACES.answerInstead(_ -> Optional.empty());
        assertThat(status.getDescription()).isEqualTo("né à Kraków % 100");
    }

    @Test
    void a_plain_http_request_is_told_what_this_port_is() throws Exception {
        var address = grpc().door.address();
        try (var socket = new java.net.Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) GrpcFixture.PATIENCE.toMillis());
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 405").contains("This port speaks gRPC");
        }
    }
}
