package io.engram.grpc;

import com.google.protobuf.Timestamp;
import io.engram.grpc.v1.ActivationTrace;
import io.engram.grpc.v1.Confidence;
import io.engram.grpc.v1.ConfidenceCategory;
import io.engram.grpc.v1.ConsolidationState;
import io.engram.grpc.v1.ForgetResponse;
import io.engram.grpc.v1.ItemError;
import io.engram.grpc.v1.MemoryType;
import io.engram.grpc.v1.RememberResponse;
import io.engram.grpc.v1.ScoreParts;
import io.engram.memory.Link;
import io.engram.memory.Memory;
import io.engram.memory.Recollection;
import io.engram.space.ForgetReceipt;
import io.engram.space.ForgetRequest;
import io.engram.space.RememberReceipt;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;

/** From the domain's values to the protocol's messages. What has no value is left out. */
final class Outbound {
    private Outbound() {}

    static RememberResponse remembered(RememberReceipt receipt) {
        return RememberResponse.newBuilder()
                .setMemoryId(receipt.id())
                .setStorageConfidence(confidence(receipt.confidence()))
                .addAllLinkedMemories(
                        receipt.links().stream().map(Link::targetId).toList())
                .setInitialState(ConsolidationState.CONSOLIDATION_STATE_RECENT)
                .setDuplicateOf(receipt.duplicateOf().orElse(""))
                .setVersion(receipt.version())
                .setReplayed(receipt.replayed())
                .setStoredAt(time(receipt.storedAt()))
                .setObservedAt(time(receipt.observedAt()))
                .build();
    }

    static ForgetResponse forgotten(ForgetReceipt receipt) {
        return ForgetResponse.newBuilder()
                .setMemoriesAffected(1)
                .setForgetConfidence(confidence(1f, "the log holds it on disk"))
                .setReversible(receipt.mode() == ForgetRequest.Mode.SUPPRESS)
                .setForgottenAt(time(receipt.at()))
                .setReplayed(receipt.replayed())
                .build();
    }

    /** A memory as it came to mind. */
    static io.engram.grpc.v1.Memory memory(Memory memory, float activation) {
        var body = memory.body();
        var confidence = confidence(body.confidence()).toBuilder();
        body.confidenceReasoning().ifPresent(confidence::setReasoning);
        var message = io.engram.grpc.v1.Memory.newBuilder()
                .setId(memory.id())
                .setActivation(activation)
                .setConfidence(confidence)
                .setCreatedAt(time(memory.observedAt()))
                .setContent(body.content())
                .putAllMetadata(body.metadata())
                .addAllTags(body.tags())
                .setMemoryType(type(body.type()))
                .addAllWho(body.who())
                .setWhereLocation(body.where().orElse(""))
                .setWhy(body.why().orElse(""))
                .setHow(body.how().orElse(""))
                .setVersion(memory.version())
                .setStoredAt(time(memory.storedAt()));
        body.decayRate().ifPresent(message::setDecayRate);
        body.emotionalValence().ifPresent(message::setEmotionalValence);
        body.importance().ifPresent(message::setImportance);
        body.embedding().ifPresent(embedding -> {
            for (var value : embedding.toArray()) {
                message.addEmbedding(value);
            }
        });
        return message.build();
    }

    static io.engram.grpc.v1.Recollection recollection(Recollection recollection) {
        return io.engram.grpc.v1.Recollection.newBuilder()
                .setMemoryId(recollection.memory().id())
                .setKind(
                        switch (recollection.kind()) {
                            case VIVID -> io.engram.grpc.v1.Recollection.Kind.KIND_VIVID;
                            case ASSOCIATED -> io.engram.grpc.v1.Recollection.Kind.KIND_ASSOCIATED;
                            case RECONSTRUCTED -> io.engram.grpc.v1.Recollection.Kind.KIND_RECONSTRUCTED;
                        })
                .setRank(recollection.rank())
                .setConfidence(recollection.confidence())
                .setActivation(recollection.activation())
                .setSimilarity(recollection.similarity())
                .build();
    }

    static ActivationTrace trace(Recollection recollection, Instant at) {
        var parts = recollection.parts();
        var ways = Map.of("lexical", parts.lexical(), "vector", parts.similarity(), "neighbour", parts.neighbour());
        return ActivationTrace.newBuilder()
                .setMemoryId(recollection.memory().id())
                .setActivationLevel(recollection.activation())
                .addAllActivationPath(ways.entrySet().stream()
                        .filter(way -> way.getValue() > 0f)
                        .sorted(Map.Entry.<String, Float>comparingByValue(Comparator.reverseOrder())
                                .thenComparing(Map.Entry.comparingByKey()))
                        .map(Map.Entry::getKey)
                        .toList())
                .setTimestamp(time(at))
                .setParts(ScoreParts.newBuilder()
                        .setLexical(parts.lexical())
                        .setCoverage(parts.coverage())
                        .setSimilarity(parts.similarity())
                        .setCosine(parts.cosine())
                        .setNeighbour(parts.neighbour())
                        .setStrength(parts.strength()))
                .build();
    }

    static Confidence confidence(float value) {
        return Confidence.newBuilder()
                .setValue(value)
                .setCategory(category(value))
                .build();
    }

    static Confidence confidence(float value, String reasoning) {
        return confidence(value).toBuilder().setReasoning(reasoning).build();
    }

    static ConfidenceCategory category(float value) {
        if (value <= 0f) {
            return ConfidenceCategory.CONFIDENCE_CATEGORY_NONE;
        } else if (value <= 0.2f) {
            return ConfidenceCategory.CONFIDENCE_CATEGORY_LOW;
        } else if (value <= 0.7f) {
            return ConfidenceCategory.CONFIDENCE_CATEGORY_MEDIUM;
        } else if (value <= 0.95f) {
            return ConfidenceCategory.CONFIDENCE_CATEGORY_HIGH;
        }
        return ConfidenceCategory.CONFIDENCE_CATEGORY_CERTAIN;
    }

    private static MemoryType type(io.engram.memory.MemoryType type) {
        return switch (type) {
            case EPISODIC -> MemoryType.MEMORY_TYPE_EPISODIC;
            case SEMANTIC -> MemoryType.MEMORY_TYPE_SEMANTIC;
            case PROCEDURAL -> MemoryType.MEMORY_TYPE_PROCEDURAL;
            case WORKING -> MemoryType.MEMORY_TYPE_WORKING;
        };
    }

    static Timestamp time(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    /** A failure as an item of a stream. */
    static ItemError error(Throwable failure) {
        var status = Statuses.of(failure).getStatus();
        return ItemError.newBuilder()
                .setCode(status.getCode().value())
                .setMessage(Objects.requireNonNullElse(status.getDescription(), ""))
                .setRetryAfterMs(
                        Statuses.retryAfter(failure).map(Duration::toMillis).orElse(0L))
                .build();
    }
}
