package io.engram.space;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.engram.memory.Embedding;
import io.engram.memory.Link;
import io.engram.memory.Memory;
import io.engram.memory.MemoryBody;
import io.engram.memory.MemoryType;
import io.engram.memory.ModelVector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The wire forms of what logs and snapshots hold. They are apart from the domain's own records so that these can
 * change without a log becoming unreadable: a name here, once written, stays. Times are ISO-8601 text, exact to the
 * nanosecond; vectors are little-endian 32-bit floats in one byte string; what is empty is left out.
 */
final class Wire {
    private Wire() {}

    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record WireBody(
            String content,
            String type,
            float confidence,
            @Nullable String confidenceReasoning,
            @Nullable List<String> tags,
            @Nullable Map<String, String> metadata,
            @Nullable String observedAt,
            @Nullable List<String> who,
            @Nullable String where,
            @Nullable String why,
            @Nullable String how,
            @Nullable Float emotionalValence,
            @Nullable Float importance,
            @Nullable Float decayRate,
            byte @Nullable [] embedding) {

        static WireBody of(MemoryBody body) {
            return new WireBody(
                    body.content(),
                    body.type().wireName(),
                    body.confidence(),
                    body.confidenceReasoning().orElse(null),
                    body.tags(),
                    new TreeMap<>(body.metadata()),
                    body.observedAt().map(Instant::toString).orElse(null),
                    body.who(),
                    body.where().orElse(null),
                    body.why().orElse(null),
                    body.how().orElse(null),
                    body.emotionalValence().orElse(null),
                    body.importance().orElse(null),
                    body.decayRate().orElse(null),
                    body.embedding().map(Wire::floats).orElse(null));
        }

        MemoryBody toDomain() {
            return new MemoryBody(
                    content,
                    MemoryType.valueOf(type.toUpperCase(java.util.Locale.ROOT)),
                    confidence,
                    Optional.ofNullable(confidenceReasoning),
                    orEmpty(tags),
                    metadata == null ? Map.of() : metadata,
                    Optional.ofNullable(observedAt).map(Instant::parse),
                    orEmpty(who),
                    Optional.ofNullable(where),
                    Optional.ofNullable(why),
                    Optional.ofNullable(how),
                    Optional.ofNullable(emotionalValence),
                    Optional.ofNullable(importance),
                    Optional.ofNullable(decayRate),
                    Optional.ofNullable(embedding).map(Wire::embedding));
        }
    }

    record WireLink(String target, float similarity, String reason) {
        static WireLink of(Link link) {
            return new WireLink(link.targetId(), link.similarity(), link.reason());
        }

        Link toDomain() {
            return new Link(target, similarity, reason);
        }
    }

    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record WireMemory(
            String id,
            int version,
            String storedAt,
            WireBody body,
            @Nullable List<WireLink> links) {
        static WireMemory of(Memory memory) {
            return new WireMemory(
                    memory.id(),
                    memory.version(),
                    memory.storedAt().toString(),
                    WireBody.of(memory.body()),
                    memory.links().stream().map(WireLink::of).toList());
        }

        Memory toDomain() {
            return new Memory(
                    id,
                    version,
                    Instant.parse(storedAt),
                    body.toDomain(),
                    orEmpty(links).stream().map(WireLink::toDomain).toList());
        }
    }

    record WireVector(String model, byte[] values, float scale) {
        static WireVector of(ModelVector vector) {
            return new WireVector(vector.modelId(), vector.bytes(), vector.scale());
        }

        ModelVector toDomain() {
            return new ModelVector(model, values, scale);
        }
    }

    record WireKey(String key, String fingerprint) {
        static WireKey of(SpaceEvent.RequestKey key) {
            return new WireKey(key.key(), key.fingerprint());
        }

        SpaceEvent.RequestKey toDomain() {
            return new SpaceEvent.RequestKey(key, fingerprint);
        }
    }

    record WireCreated(String space, long incarnation, String at) {}

    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record WireRemembered(WireMemory memory, @Nullable WireKey request) {}

    record WireFoundDuplicate(String memory, String duplicateOf, WireKey request, String at) {}

    record WireEmbedded(String memory, int version, WireVector vector, String at) {}

    record WireForgotten(String memory, String mode, WireKey request, String at) {}

    record WireDirectoryEntry(String space, long incarnation, String at) {
        static WireDirectoryEntry of(SpaceRecord space) {
            return new WireDirectoryEntry(
                    space.id().value(), space.incarnation(), space.createdAt().toString());
        }

        SpaceRecord toDomain() {
            return new SpaceRecord(new SpaceId(space), incarnation, Instant.parse(at));
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record WireDirectory(
            List<WireDirectoryEntry> spaces,
            List<WireDirectoryEntry> toPurge,
            long lastIncarnation,
            @Nullable String lastTime) {}

    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record WireStored(
            List<WireMemory> versions,
            boolean suppressed,
            @Nullable WireVector vector) {}

    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record WireReceipt(
            String id,
            int version,
            float confidence,
            String observedAt,
            String storedAt,
            @Nullable String duplicateOf,
            @Nullable List<WireLink> links) {
        static WireReceipt of(RememberReceipt receipt) {
            return new WireReceipt(
                    receipt.id(),
                    receipt.version(),
                    receipt.confidence(),
                    receipt.observedAt().toString(),
                    receipt.storedAt().toString(),
                    receipt.duplicateOf().orElse(null),
                    receipt.links().stream().map(WireLink::of).toList());
        }

        RememberReceipt toDomain() {
            return new RememberReceipt(
                    id,
                    version,
                    confidence,
                    Instant.parse(observedAt),
                    Instant.parse(storedAt),
                    false,
                    Optional.ofNullable(duplicateOf),
                    orEmpty(links).stream().map(WireLink::toDomain).toList());
        }
    }

    /** Either a receipt or a mode with its memory is present. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record WireAnswer(
            WireKey request,
            String at,
            @Nullable WireReceipt remembered,
            @Nullable String forgotten,
            @Nullable String mode) {
        static WireAnswer of(KeptAnswers.Answer answer) {
            return switch (answer) {
                case KeptAnswers.Answer.Remembered a ->
                    new WireAnswer(WireKey.of(a.request()), a.at().toString(), WireReceipt.of(a.receipt()), null, null);
                case KeptAnswers.Answer.Forgotten a ->
                    new WireAnswer(
                            WireKey.of(a.request()),
                            a.at().toString(),
                            null,
                            a.receipt().id(),
                            a.receipt().mode().name());
            };
        }

        KeptAnswers.Answer toDomain() {
            Instant when = Instant.parse(at);
            if (remembered != null) {
                return new KeptAnswers.Answer.Remembered(request.toDomain(), remembered.toDomain(), when);
            }
            if (forgotten == null || mode == null) {
                throw new IllegalArgumentException("an answer holds neither a receipt nor what was forgotten");
            }
            var receipt = new ForgetReceipt(forgotten, ForgetRequest.Mode.valueOf(mode), when, false);
            return new KeptAnswers.Answer.Forgotten(request.toDomain(), receipt, when);
        }
    }

    record WireSnapshot(
            long incarnation,
            String lastTime,
            List<WireStored> memories,
            int clientDimension,
            List<WireAnswer> answers) {}

    static byte[] floats(Embedding embedding) {
        var bytes = ByteBuffer.allocate(4 * embedding.dimension()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(embedding.toArray());
        return bytes.array();
    }

    static Embedding embedding(byte[] bytes) {
        float[] values = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return Embedding.of(values);
    }

    static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
