package io.engram.memory;

import io.engram.memory.image.Packer;
import io.engram.memory.image.Unpacker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One version of a memory as packed bytes: equal memories give equal bytes.
 *
 * <pre>
 * id (text)  presence (2 bytes, see the bits below)  type (1)  version (count)
 * stored at (time)  confidence (4)  content (text)
 * then what is present, in the order of the bits:
 *    1 reasoning of the confidence (text)   2 tags (count, texts)   4 metadata (count, pairs of texts by ascending key)
 *    8 observed at (time)  16 who (count, texts)  32 where (text)  64 why (text)  128 how (text)
 *  256 emotional valence (4)  512 importance (4)  1024 decay rate (4)
 * 2048 the client's vector (count, 4 bytes each)  4096 links (count; of each: target (text), similarity (4), reason (text))
 * </pre>
 */
final class MemoryPacking {
    /** A type's place here is on disk for ever, whatever becomes of the enumeration's order. */
    static final List<MemoryType> TYPES_BY_CODE =
            List.of(MemoryType.EPISODIC, MemoryType.SEMANTIC, MemoryType.PROCEDURAL, MemoryType.WORKING);

    private static final int REASONING = 1;
    private static final int TAGS = 1 << 1;
    private static final int METADATA = 1 << 2;
    private static final int OBSERVED = 1 << 3;
    private static final int WHO = 1 << 4;
    private static final int WHERE = 1 << 5;
    private static final int WHY = 1 << 6;
    private static final int HOW = 1 << 7;
    private static final int VALENCE = 1 << 8;
    private static final int IMPORTANCE = 1 << 9;
    private static final int DECAY = 1 << 10;
    private static final int EMBEDDING = 1 << 11;
    private static final int LINKS = 1 << 12;
    private static final int KNOWN = (1 << 13) - 1;

    private static final int LEAST_LINK_BYTES = 6;

    private MemoryPacking() {}

    static void pack(Memory memory, Packer out) {
        MemoryBody body = memory.body();
        out.putText(memory.id());
        out.putShort(presence(memory));
        out.putByte(TYPES_BY_CODE.indexOf(body.type()));
        out.putCount(memory.version() & 0xFFFF_FFFFL);
        out.putTime(memory.storedAt());
        out.putFloat(body.confidence());
        out.putText(body.content());
        body.confidenceReasoning().ifPresent(out::putText);
        if (!body.tags().isEmpty()) {
            putTexts(body.tags(), out);
        }
        if (!body.metadata().isEmpty()) {
            String[] keys = body.metadata().keySet().toArray(new String[0]);
            Arrays.sort(keys);
            out.putCount(keys.length);
            for (String key : keys) {
                out.putText(key);
                out.putText(body.metadata().getOrDefault(key, ""));
            }
        }
        body.observedAt().ifPresent(out::putTime);
        if (!body.who().isEmpty()) {
            putTexts(body.who(), out);
        }
        body.where().ifPresent(out::putText);
        body.why().ifPresent(out::putText);
        body.how().ifPresent(out::putText);
        body.emotionalValence().ifPresent(out::putFloat);
        body.importance().ifPresent(out::putFloat);
        body.decayRate().ifPresent(out::putFloat);
        body.embedding().ifPresent(own -> {
            out.putCount(own.dimension());
            for (int i = 0; i < own.dimension(); i++) {
                out.putFloat(own.get(i));
            }
        });
        if (!memory.links().isEmpty()) {
            out.putCount(memory.links().size());
            for (Link link : memory.links()) {
                out.putText(link.targetId());
                out.putFloat(link.similarity());
                out.putText(link.reason());
            }
        }
    }

    private static int presence(Memory memory) {
        MemoryBody body = memory.body();
        return (body.confidenceReasoning().isPresent() ? REASONING : 0)
                | (body.tags().isEmpty() ? 0 : TAGS)
                | (body.metadata().isEmpty() ? 0 : METADATA)
                | (body.observedAt().isPresent() ? OBSERVED : 0)
                | (body.who().isEmpty() ? 0 : WHO)
                | (body.where().isPresent() ? WHERE : 0)
                | (body.why().isPresent() ? WHY : 0)
                | (body.how().isPresent() ? HOW : 0)
                | (body.emotionalValence().isPresent() ? VALENCE : 0)
                | (body.importance().isPresent() ? IMPORTANCE : 0)
                | (body.decayRate().isPresent() ? DECAY : 0)
                | (body.embedding().isPresent() ? EMBEDDING : 0)
                | (memory.links().isEmpty() ? 0 : LINKS);
    }

    /** @param shared gives texts that repeat one place in memory */
    static Memory unpack(Unpacker in, SharedTexts shared) {
        String id = in.getText();
        int present = in.getShort();
        if ((present & ~KNOWN) != 0) {
            throw new IllegalArgumentException("a memory has parts that this version does not know");
        }
        MemoryType type = type(in.getByte());
        int version = (int) in.getNumber();
        var storedAt = in.getTime();
        float confidence = in.getFloat();
        String content = in.getText();
        MemoryBody body = new MemoryBody(
                content,
                type,
                confidence,
                has(present, REASONING) ? Optional.of(in.getText()) : Optional.empty(),
                has(present, TAGS) ? texts(in, shared) : List.of(),
                has(present, METADATA) ? pairs(in, shared) : Map.of(),
                has(present, OBSERVED) ? Optional.of(in.getTime()) : Optional.empty(),
                has(present, WHO) ? texts(in, shared) : List.of(),
                has(present, WHERE) ? Optional.of(shared.get(in.getText())) : Optional.empty(),
                has(present, WHY) ? Optional.of(in.getText()) : Optional.empty(),
                has(present, HOW) ? Optional.of(in.getText()) : Optional.empty(),
                has(present, VALENCE) ? Optional.of(in.getFloat()) : Optional.empty(),
                has(present, IMPORTANCE) ? Optional.of(in.getFloat()) : Optional.empty(),
                has(present, DECAY) ? Optional.of(in.getFloat()) : Optional.empty(),
                has(present, EMBEDDING) ? Optional.of(vector(in)) : Optional.empty());
        return new Memory(id, version, storedAt, body, has(present, LINKS) ? links(in, shared) : List.of());
    }

    private static boolean has(int present, int bit) {
        return (present & bit) != 0;
    }

    private static MemoryType type(int code) {
        if (code < 0 || code >= TYPES_BY_CODE.size()) {
            throw new IllegalArgumentException("a memory's type has the unknown code " + code);
        }
        return TYPES_BY_CODE.get(code);
    }

    private static void putTexts(List<String> texts, Packer out) {
        out.putCount(texts.size());
        texts.forEach(out::putText);
    }

    private static List<String> texts(Unpacker in, SharedTexts shared) {
        String[] texts = new String[in.getCount(1)];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = shared.get(in.getText());
        }
        return List.of(texts);
    }

    private static Map<String, String> pairs(Unpacker in, SharedTexts shared) {
        int count = in.getCount(2);
        Map<String, String> pairs = HashMap.newHashMap(count);
        for (int i = 0; i < count; i++) {
            String key = shared.get(in.getText());
            pairs.put(key, shared.get(in.getText()));
        }
        return pairs;
    }

    private static Embedding vector(Unpacker in) {
        float[] values = new float[in.getCount(4)];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.getFloat();
        }
        return Embedding.of(values);
    }

    private static List<Link> links(Unpacker in, SharedTexts shared) {
        int count = in.getCount(LEAST_LINK_BYTES);
        List<Link> links = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String target = in.getText();
            float similarity = in.getFloat();
            links.add(new Link(target, similarity, shared.get(in.getText())));
        }
        return links;
    }
}
