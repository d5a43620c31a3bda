package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static io.engram.grpc.GrpcFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.engram.embedding.EmbeddingUnavailableException;
import io.engram.embedding.TextEmbedding;
import io.engram.grpc.v1.Confidence;
import io.engram.grpc.v1.ContextCue;
import io.engram.grpc.v1.Cue;
import io.engram.grpc.v1.EmbeddingCue;
import io.engram.grpc.v1.Episode;
import io.engram.grpc.v1.ForgetMode;
import io.engram.grpc.v1.ForgetRequest;
import io.engram.grpc.v1.IntrospectRequest;
import io.engram.grpc.v1.Memory;
import io.engram.grpc.v1.RecallRequest;
import io.engram.grpc.v1.RememberRequest;
import io.engram.grpc.v1.RememberResponse;
import io.engram.grpc.v1.SemanticCue;
import io.engram.health.HealthCheck;
import io.engram.log.LogStoreSettings;
import io.engram.memory.ModelVector;
import io.engram.node.EngramNode;
import io.engram.node.NodeSettings;
import io.engram.space.SpaceSettings;
import io.grpc.Status.Code;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The door on a real node: real spaces on a real log, by words alone. */
class RealNodeTest {
    private static final String SPACE = "tenant-1";

    @TempDir
    Path folder;

    private void onANode(Consumer<GrpcFixture> work) {
        var settings = new NodeSettings(
                folder,
                LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0),
                SpaceSettings.DEFAULTS,
                List.of(),
                Optional.empty());
        var node = EngramNode.start(settings, new NoModel(), new SimpleMeterRegistry(), InstantSource.system());
        try {
            await(node.ready());
            try (var grpc = new GrpcFixture(node.system(), node.spaces(), node.healthChecks(), GrpcSettings.DEFAULTS)) {
                work.accept(grpc);
                await(grpc.door.drain());
            }
        } finally {
            await(node.stop());
        }
    }

    private static RememberRequest text(String id, String content) {
        return RememberRequest.newBuilder()
                .setMemorySpaceId(SPACE)
                .setMemory(Memory.newBuilder().setId(id).setContent(content))
                .build();
    }

    private static List<String> recall(GrpcFixture grpc, Cue.Builder cue) {
        return await(grpc.engram.recall(RecallRequest.newBuilder()
                        .setMemorySpaceId(SPACE)
                        .setCue(cue)
                        .build()))
                .getMemoriesList()
                .stream()
                .map(Memory::getId)
                .toList();
    }

    private static Cue.Builder words(String words) {
        return Cue.newBuilder().setSemantic(SemanticCue.newBuilder().setQuery(words));
    }

    private static int forget(GrpcFixture grpc, String id, ForgetMode mode) {
        return await(grpc.engram.forget(ForgetRequest.newBuilder()
                        .setMemorySpaceId(SPACE)
                        .setMemoryId(id)
                        .setMode(mode)
                        .build()))
                .getMemoriesAffected();
    }

    @Test
    void what_was_acknowledged_is_there_after_a_restart_and_what_was_forgotten_is_not() {
        onANode(grpc -> {
            await(grpc.engram.remember(text("kept", "the lighthouse keeper paints")));
            await(grpc.engram.remember(text("hidden", "the harbour master sleeps")));
            await(grpc.engram.remember(text("gone", "the customs officer counts")));
            await(grpc.engram.remember(RememberRequest.newBuilder()
                    .setMemorySpaceId(SPACE)
                    .setEpisode(Episode.newBuilder()
                            .setId("met")
                            .setWhat("Ana met Bo at the tram")
                            .setWhereLocation("Lisbon")
                            .addWho("Ana")
                            .addEmbedding(1f)
                            .addEmbedding(0f)
                            .setEncodingConfidence(Confidence.newBuilder().setValue(0.9f)))
                    .build()));
            assertThat(recall(grpc, words("lighthouse"))).containsExactly("kept");
            assertThat(failure(grpc.engram.remember(text("kept", "something else")))
                            .getCode())
                    .isEqualTo(Code.ALREADY_EXISTS);
            assertThat(forget(grpc, "hidden", ForgetMode.FORGET_MODE_SUPPRESS)).isEqualTo(1);
            assertThat(forget(grpc, "gone", ForgetMode.FORGET_MODE_DELETE)).isEqualTo(1);
            assertThat(forget(grpc, "gone", ForgetMode.FORGET_MODE_DELETE)).isZero();
            var streamed = await(grpc.engram
                    .streamingRemember(Source.range(1, 100).map(i -> text("s" + i, "line number " + i)))
                    .map(RememberResponse::getMemoryId)
                    .runWith(Sink.seq(), grpc.system));
            assertThat(streamed).hasSize(100).startsWith("s1", "s2").endsWith("s100");
        });
        onANode(grpc -> {
            assertThat(recall(grpc, words("lighthouse"))).containsExactly("kept");
            assertThat(recall(grpc, words("harbour"))).isEmpty();
            assertThat(recall(grpc, words("customs"))).isEmpty();
            assertThat(recall(
                            grpc,
                            Cue.newBuilder().setContext(ContextCue.newBuilder().setLocation("lisbon"))))
                    .containsExactly("met");
            assertThat(recall(grpc, vector(0.9f, 0.1f))).containsExactly("met");
            var figures = await(grpc.engram.introspect(IntrospectRequest.newBuilder()
                    .setMemorySpaceId(SPACE)
                    .setIncludeStatistics(true)
                    .setIncludeHealth(true)
                    .build()));
            assertThat(figures.getStatistics().getTotalMemories()).isEqualTo(102);
            assertThat(figures.getStatistics().getSuppressedMemories()).isEqualTo(1);
            assertThat(figures.getStatistics().getByTypeMap()).containsEntry("episodic", 1L);
            assertThat(figures.getHealth().getHealthy()).isTrue();
            assertThat(figures.getHealth().getComponentsCount()).isPositive();
            var back = text("hidden", "the harbour master sleeps").toBuilder().setOverwrite(true);
            await(grpc.engram.remember(back.build()));
            assertThat(recall(grpc, words("harbour"))).containsExactly("hidden");
        });
    }

    private static Cue.Builder vector(float x, float y) {
        return Cue.newBuilder()
                .setEmbedding(EmbeddingCue.newBuilder().addVector(x).addVector(y));
    }

    @Test
    void what_the_space_refuses_is_the_callers_fault_and_says_so() {
        onANode(grpc -> {
            var two = text("v", "two dimensions").toBuilder();
            two.getMemoryBuilder().addEmbedding(1f).addEmbedding(1f);
            await(grpc.engram.remember(two.build()));
            var three = text("w", "three dimensions").toBuilder();
            three.getMemoryBuilder().addEmbedding(1f).addEmbedding(1f).addEmbedding(1f);
            assertThat(failure(grpc.engram.remember(three.build())).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
            var cue = vector(1f, 1f);
            cue.getEmbeddingBuilder().addVector(1f);
            var request = RecallRequest.newBuilder().setMemorySpaceId(SPACE).setCue(cue);
            assertThat(failure(grpc.engram.recall(request.build())).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
            for (var bad : List.of(text("x", "a\u0000b"), text("id\n", "words"), tagged(" "))) {
                var result = grpc.engram.remember(bad).handle((_, f) -> Optional.ofNullable(f));
                await(result)
                        .ifPresent(
                                f -> assertThat(io.grpc.Status.fromThrowable(f).getCode())
                                        .isEqualTo(Code.INVALID_ARGUMENT));
            }
            assertThat(await(grpc.engram.recall(RecallRequest.newBuilder()
                                    .setMemorySpaceId("never-written")
                                    .setCue(words("anything"))
                                    .build()))
                            .getMemoriesCount())
                    .isZero();
            assertThat(await(grpc.engram.introspect(IntrospectRequest.newBuilder()
                                    .setIncludeStatistics(true)
                                    .build()))
                            .getStatistics()
                            .getSpaces())
                    .isEqualTo(1);
        });
    }

    private static RememberRequest tagged(String tag) {
        var request = text("t", "words").toBuilder();
        request.getMemoryBuilder().addTags(tag);
        return request.build();
    }

    /** A node without a model. */
    private static final class NoModel implements TextEmbedding {
        @Override
        public State state() {
            return State.OFF;
        }

        @Override
        public void load() {}

        @Override
        public CompletionStage<State> settled() {
            return CompletableFuture.completedFuture(State.OFF);
        }

        @Override
        public String modelId() {
            return "none";
        }

        @Override
        public CompletionStage<io.engram.memory.Cue.Meaning> cue(String text) {
            return CompletableFuture.failedFuture(new EmbeddingUnavailableException("no model"));
        }

        @Override
        public CompletionStage<ModelVector> passage(String text) {
            return CompletableFuture.failedFuture(new EmbeddingUnavailableException("no model"));
        }

        @Override
        public HealthCheck health() {
            return HealthCheck.of("embedding", "model", () -> HealthCheck.Result.healthy("switched off"));
        }

        @Override
        public void close() {}
    }
}
