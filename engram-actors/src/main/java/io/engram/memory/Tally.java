package io.engram.memory;

import io.engram.memory.image.Packer;
import io.engram.memory.image.Unpacker;
import java.util.EnumMap;
import java.util.Map;

/** Running sums over the memories that can be found. Whole numbers only, so that the order of changes leaves no trace. */
final class Tally {
    private static final float CONFIDENCE_UNITS = 0x1p30f;

    int memories;
    int suppressed;
    int embedded;
    int awaiting;
    long contentTerms;
    long allTerms;
    private long links;
    private long confidence;
    private int[] byType = new int[MemoryType.values().length];

    Tally copy() {
        Tally copy = new Tally();
        copy.memories = memories;
        copy.suppressed = suppressed;
        copy.embedded = embedded;
        copy.awaiting = awaiting;
        copy.contentTerms = contentTerms;
        copy.allTerms = allTerms;
        copy.links = links;
        copy.confidence = confidence;
        copy.byType = byType.clone();
        return copy;
    }

    /** The sums that cannot be counted from the entries: links, confidence, and how many there are of each type. */
    void pack(Packer out) {
        out.putLong(links);
        out.putLong(confidence);
        for (MemoryType type : MemoryPacking.TYPES_BY_CODE) {
            out.putInt(byType[type.ordinal()]);
        }
    }

    void unpack(Unpacker in) {
        links = in.getLong();
        confidence = in.getLong();
        for (MemoryType type : MemoryPacking.TYPES_BY_CODE) {
            byType[type.ordinal()] = in.getInt();
        }
    }

    void add(Memory memory) {
        count(memory, 1);
    }

    void remove(Memory memory) {
        count(memory, -1);
    }

    private void count(Memory memory, int sign) {
        memories += sign;
        links += (long) sign * memory.links().size();
        confidence += sign * (long) (memory.body().confidence() * CONFIDENCE_UNITS);
        byType[memory.type().ordinal()] += sign;
    }

    float averageConfidence() {
        return memories == 0 ? 0f : (float) (confidence / (double) CONFIDENCE_UNITS / memories);
    }

    long links() {
        return links;
    }

    Map<MemoryType, Integer> byType() {
        Map<MemoryType, Integer> counts = new EnumMap<>(MemoryType.class);
        for (MemoryType type : MemoryType.values()) {
            if (byType[type.ordinal()] > 0) {
                counts.put(type, byType[type.ordinal()]);
            }
        }
        return counts;
    }
}
