package io.engram.memory;

import io.engram.memory.image.Packer;
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

    /**
     * A version and those before it; sharing the tail keeps an overwrite cheap however long the history is. One that came
     * out of an image becomes a memory when it is first asked for.
     */
    static final class Versions {
        /** Threads that race make equal ones, and a memory is whole wherever it is seen: all its fields are final. */
        private @Nullable Memory memory;

        private final @Nullable Versions older;
        private final @Nullable PackedMemories packed;
        private final int record;

        Versions(Memory memory, @Nullable Versions older) {
            this.memory = memory;
            this.older = older;
            this.packed = null;
            this.record = 0;
        }

        Versions(PackedMemories packed, int record, @Nullable Versions older) {
            this.packed = packed;
            this.record = record;
            this.older = older;
        }

        Memory memory() {
            Memory known = memory;
            if (known == null) {
                if (packed == null) {
                    throw new IllegalStateException("a version is neither there nor packed");
                }
                known = packed.get(record);
                memory = known;
            }
            return known;
        }

        /** The memory's id, without making a memory for its sake. */
        String id() {
            Memory known = memory;
            return known == null && packed != null ? packed.id(record) : memory().id();
        }

        @Nullable
        Versions older() {
            return older;
        }

        int count() {
            int count = 0;
            for (Versions v = this; v != null; v = v.older) {
                count++;
            }
            return count;
        }

        void pack(Packer out) {
            if (packed == null) {
                MemoryPacking.pack(memory(), out);
            } else {
                packed.copy(record, out);
            }
        }

        /** The same versions without their image, so that what else was in it can be let go. */
        Versions unpacked() {
            return of(oldestFirst());
        }

        List<Memory> oldestFirst() {
            List<Memory> all = new ArrayList<>();
            for (Versions v = this; v != null; v = v.older) {
                all.add(v.memory());
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
        return versions.memory();
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
