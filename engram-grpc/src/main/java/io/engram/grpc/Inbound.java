package io.engram.grpc;

import com.google.protobuf.Timestamp;
import io.engram.grpc.v1.Confidence;
import io.engram.grpc.v1.Episode;
import io.engram.grpc.v1.RememberRequest;
import io.engram.memory.Embedding;
import io.engram.memory.MemoryBody;
import io.engram.memory.MemoryType;
import io.engram.space.EngramException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * From the protocol's messages to the domain's values. A message that breaks a rule is refused with the path of the
 * field that breaks it; which texts a space takes is the space's own business.
 */
final class Inbound {
    private static final float DEFAULT_LINK_THRESHOLD = 0.7f;
    private static final long MIN_SECONDS =
            Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();
    private static final long MAX_SECONDS =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

    private Inbound() {}

    /** The domain's request for a Remember; {@code key} is its idempotency key. */
    static io.engram.space.RememberRequest remember(RememberRequest request, Optional<String> key) {
        String id;
        String prefix;
        MemoryBody body;
        switch (request.getMemoryTypeCase()) {
            case MEMORY -> {
                id = request.getMemory().getId();
                prefix = "mem_";
                body = body(request.getMemory());
            }
            case EPISODE -> {
                id = request.getEpisode().getId();
                prefix = "ep_";
                body = body(request.getEpisode());
            }
            case MEMORYTYPE_NOT_SET -> throw EngramException.invalid("memory or episode is required");
            default -> throw new AssertionError(request.getMemoryTypeCase());
        }
        var threshold = share("link_threshold", request.getLinkThreshold());
        return new io.engram.space.RememberRequest(
                id.isEmpty() ? Optional.empty() : Optional.of(id),
                prefix,
                body,
                key,
                request.getOverwrite(),
                request.getDeduplicate(),
                request.getAutoLink(),
                threshold == 0f ? DEFAULT_LINK_THRESHOLD : threshold);
    }

    static MemoryBody body(io.engram.grpc.v1.Memory memory) {
        var body = MemoryBody.builder(text("memory.content", memory.getContent()))
                .type(type("memory.memory_type", memory.getMemoryType(), MemoryType.SEMANTIC))
                .tags(memory.getTagsList())
                .metadata(memory.getMetadataMap())
                .who(memory.getWhoList());
        if (memory.hasConfidence()) {
            confidence("memory.confidence", memory.getConfidence(), body);
        }
        if (memory.hasCreatedAt()) {
            body.observedAt(time("memory.created_at", memory.getCreatedAt()));
        }
        given(memory.getWhereLocation(), body::where);
        given(memory.getWhy(), body::why);
        given(memory.getHow(), body::how);
        if (memory.hasDecayRate()) {
            body.decayRate(decayRate("memory.decay_rate", memory.getDecayRate()));
        }
        if (memory.hasEmotionalValence()) {
            body.emotionalValence(within("memory.emotional_valence", memory.getEmotionalValence(), -1f, 1f));
        }
        if (memory.hasImportance()) {
            body.importance(share("memory.importance", memory.getImportance()));
        }
        if (memory.getEmbeddingCount() > 0) {
            body.embedding(embedding("memory.embedding", memory.getEmbeddingList()));
        }
        return body.build();
    }

    static MemoryBody body(Episode episode) {
        var body = MemoryBody.builder(text("episode.what", episode.getWhat()))
                .type(type("episode.memory_type", episode.getMemoryType(), MemoryType.EPISODIC))
                .tags(episode.getTagsList())
                .metadata(episode.getMetadataMap())
                .who(episode.getWhoList());
        if (episode.hasEncodingConfidence()) {
            confidence("episode.encoding_confidence", episode.getEncodingConfidence(), body);
        }
        if (episode.hasWhen()) {
            body.observedAt(time("episode.when", episode.getWhen()));
        }
        given(episode.getWhereLocation(), body::where);
        given(episode.getWhy(), body::why);
        given(episode.getHow(), body::how);
        if (episode.hasDecayRate()) {
            body.decayRate(decayRate("episode.decay_rate", episode.getDecayRate()));
        }
        if (episode.hasEmotionalValence()) {
            body.emotionalValence(within("episode.emotional_valence", episode.getEmotionalValence(), -1f, 1f));
        }
        if (episode.hasImportance()) {
            body.importance(share("episode.importance", episode.getImportance()));
        }
        if (episode.getEmbeddingCount() > 0) {
            body.embedding(embedding("episode.embedding", episode.getEmbeddingList()));
        }
        return body.build();
    }

    private static void confidence(String path, Confidence confidence, MemoryBody.Builder body) {
        level(path, confidence).ifPresent(body::confidence);
        given(confidence.getReasoning(), body::confidenceReasoning);
    }

    /** The value, or the category's level, or nothing where neither is given. */
    static Optional<Float> level(String path, Confidence confidence) {
        if (confidence.hasValue()) {
            return Optional.of(share(path + ".value", confidence.getValue()));
        }
        return switch (confidence.getCategory()) {
            case CONFIDENCE_CATEGORY_UNSPECIFIED -> Optional.empty();
            case CONFIDENCE_CATEGORY_NONE -> Optional.of(0f);
            case CONFIDENCE_CATEGORY_LOW -> Optional.of(0.1f);
            case CONFIDENCE_CATEGORY_MEDIUM -> Optional.of(0.5f);
            case CONFIDENCE_CATEGORY_HIGH -> Optional.of(0.9f);
            case CONFIDENCE_CATEGORY_CERTAIN -> Optional.of(1f);
            case UNRECOGNIZED -> throw EngramException.invalid(path + ".category is no known category");
        };
    }

    private static MemoryType type(String path, io.engram.grpc.v1.MemoryType type, MemoryType unspecified) {
        return switch (type) {
            case MEMORY_TYPE_UNSPECIFIED -> unspecified;
            case MEMORY_TYPE_EPISODIC -> MemoryType.EPISODIC;
            case MEMORY_TYPE_SEMANTIC -> MemoryType.SEMANTIC;
            case MEMORY_TYPE_PROCEDURAL -> MemoryType.PROCEDURAL;
            case MEMORY_TYPE_WORKING -> MemoryType.WORKING;
            case UNRECOGNIZED -> throw EngramException.invalid(path + " is no known memory type");
        };
    }

    private static void given(String text, Consumer<String> taker) {
        if (!text.isEmpty()) {
            taker.accept(text);
        }
    }

    /** A text that must not be blank. */
    static String text(String path, String text) {
        if (text.isBlank()) {
            throw EngramException.invalid(path + " must not be blank");
        }
        return text;
    }

    static Embedding embedding(String path, List<Float> values) {
        var floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
            if (!Float.isFinite(floats[i])) {
                throw EngramException.invalid(path + "[" + i + "] is " + floats[i] + ": values must be finite");
            }
        }
        if (floats.length == 0) {
            throw EngramException.invalid(path + " needs at least one value");
        }
        return Embedding.of(floats);
    }

    /** A number from 0 to 1. */
    static float share(String path, float value) {
        return within(path, value, 0f, 1f);
    }

    private static float decayRate(String path, float value) {
        if (!(value >= 0f) || Float.isInfinite(value)) {
            throw EngramException.invalid(path + " must be 0 or more, not " + value);
        }
        return value;
    }

    private static float within(String path, float value, float least, float most) {
        if (!(value >= least && value <= most)) {
            throw EngramException.invalid(
                    path + " must be between " + (int) least + " and " + (int) most + ", not " + value);
        }
        return value;
    }

    static Instant time(String path, Timestamp time) {
        if (time.getSeconds() < MIN_SECONDS
                || time.getSeconds() > MAX_SECONDS
                || time.getNanos() < 0
                || time.getNanos() > 999_999_999) {
            throw EngramException.invalid(
                    path + " must lie between the years 1 and 9999, with nanos between 0 and 999999999");
        }
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }
}
