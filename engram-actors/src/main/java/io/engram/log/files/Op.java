package io.engram.log.files;

import java.util.Arrays;
import java.util.Comparator;

/**
 * One change of a key, as LevelDB keeps it.
 *
 * @param sequence LevelDB's own count of changes; of two changes of a key the one with the higher sequence holds
 * @param isPut false for a delete
 * @param value empty for a delete
 */
record Op(long sequence, boolean isPut, byte[] key, byte[] value) {
    private static final byte[] NOTHING = {};

    /** The order of LevelDB's tables: by key, and of one key the newest first. */
    static final Comparator<Op> ORDER = (a, b) -> {
        var byKey = Arrays.compareUnsigned(a.key, b.key);
        return byKey != 0 ? byKey : Long.compare(b.sequence, a.sequence);
    };

    static Op put(long sequence, byte[] key, byte[] value) {
        return new Op(sequence, true, key, value);
    }

    static Op delete(long sequence, byte[] key) {
        return new Op(sequence, false, key, NOTHING);
    }

    Op at(long otherSequence) {
        return new Op(otherSequence, isPut, key, value);
    }
}
