package io.engram.memory;

import io.engram.memory.image.DamagedImageException;
import io.engram.memory.image.Packer;
import org.jspecify.annotations.Nullable;

/**
 * The ids of an image with their places in the order of first storing: a hash table of open addressing with linear
 * probing, at most half full. Immutable.
 */
final class StoredIds {
    private final PackedMemories memories;
    private final int[] hashes;
    private final int @Nullable [] records;
    /** Ordinals plus one; 0 where there is none. */
    private final int[] table;

    private StoredIds(PackedMemories memories, int[] hashes, int @Nullable [] records, int[] table) {
        this.memories = memories;
        this.hashes = hashes;
        this.records = records;
        this.table = table;
    }

    /**
     * @param hashes the hash of each id, see {@link IdMap#hash}
     * @param records the packed version that has each id; absent where those are the numbers from 0
     * @throws DamagedImageException if there are two equal ids
     */
    static StoredIds of(PackedMemories memories, int[] hashes, int @Nullable [] records) throws DamagedImageException {
        int size = Integer.highestOneBit(Math.max(4, hashes.length)) << 2;
        int[] table = new int[size > 0 ? size : 1 << 30];
        StoredIds ids = new StoredIds(memories, hashes, records, table);
        for (int ordinal = 0; ordinal < hashes.length; ordinal++) {
            ids.insert(ordinal);
        }
        return ids;
    }

    private void insert(int ordinal) throws DamagedImageException {
        int hash = hashes[ordinal];
        int at = hash & (table.length - 1);
        while (table[at] != 0) {
            int other = table[at] - 1;
            if (hashes[other] == hash && memories.id(record(other)).equals(memories.id(record(ordinal)))) {
                throw new DamagedImageException("it holds an id twice");
            }
            at = (at + 1) & (table.length - 1);
        }
        table[at] = ordinal + 1;
    }

    /** The ordinal of {@code id}, or {@link IdMap#ABSENT}. */
    int get(String id, int hash) {
        byte[] packed = null;
        for (int at = hash & (table.length - 1); table[at] != 0; at = (at + 1) & (table.length - 1)) {
            int ordinal = table[at] - 1;
            if (hashes[ordinal] == hash) {
                packed = packed == null ? Packer.text(id) : packed;
                if (memories.hasId(record(ordinal), packed)) {
                    return ordinal;
                }
            }
        }
        return IdMap.ABSENT;
    }

    private int record(int ordinal) {
        return records == null ? ordinal : records[ordinal];
    }
}
