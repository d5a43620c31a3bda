package io.engram.memory;

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
