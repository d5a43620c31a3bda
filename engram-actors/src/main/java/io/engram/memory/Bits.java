package io.engram.memory;

import java.util.Arrays;

/** An immutable set of small numbers; adding one copies 512 bytes and a short list. */
final class Bits {
    private static final int WORDS = 64;
    private static final int SHIFT = 12;
    static final Bits NONE = new Bits(new long[0][]);

    private final long[][] blocks;

    private Bits(long[][] blocks) {
        this.blocks = blocks;
    }

    boolean get(int index) {
        int block = index >>> SHIFT;
        if (block >= blocks.length) {
            return false;
        }
        long[] words = blocks[block];
        // A shift by index uses its low six bits.
        return words.length != 0 && (words[(index >>> 6) & (WORDS - 1)] & (1L << index)) != 0;
    }

    Bits with(int index) {
        int block = index >>> SHIFT;
        long[][] copy = Arrays.copyOf(blocks, Math.max(blocks.length, block + 1));
        for (int i = blocks.length; i < copy.length; i++) {
            copy[i] = new long[0];
        }
        copy[block] = Arrays.copyOf(copy[block], WORDS);
        copy[block][(index >>> 6) & (WORDS - 1)] |= 1L << index;
        return new Bits(copy);
    }
}
