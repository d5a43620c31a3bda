package io.engram.memory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the engine knows of one id.
 *
 * @param ordinal its place in the order of first storing
 * @param row the current version's row; {@link #NO_ROW} while suppressed
 * @param versions all versions, the current one first
 * @param model which of the engine's models the vector is by, {@link #NO_VECTOR} if there is none
 * @param slot the vector's place in that model's set
 */
record Entry(int ordinal, int row, Versions versions, int model, int slot) {
    static final int NO_ROW = -1;
    static final int NO_VECTOR = -1;

    /** A version and those before it; sharing the tail keeps an overwrite cheap however long the history is. */
    record Versions(Memory memory, @Nullable Versions older) {
        List<Memory> oldestFirst() {
            List<Memory> all = new ArrayList<>();
            for (Versions v = this; v != null; v = v.older) {
                all.add(v.memory);
            }
            Collections.reverse(all);
            return all;
        }

        static Versions of(List<Memory> oldestFirst) {
            Versions versions = new Versions(oldestFirst.getFirst(), null);
            for (Memory memory : oldestFirst.subList(1, oldestFirst.size())) {
                versions = new Versions(memory, versions);
            }
            return versions;
        }
    }

    Memory current() {
        return versions.memory;
    }

    boolean suppressed() {
        return row == NO_ROW;
    }

    /** Whether its text should be embedded and is not yet. A client's own vector is of another kind and does not help. */
    boolean awaitsVector() {
        return !suppressed() && model == NO_VECTOR && hasText(current());
    }

    static boolean hasText(Memory memory) {
        return !memory.content().isBlank();
    }

    Entry withVector(int newModel, int newSlot) {
        return new Entry(ordinal, row, versions, newModel, newSlot);
    }
}
