package io.engram.memory;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * An immutable list in blocks: replacing or adding an element copies one block and the list of blocks.
 *
 * @param <T> what it holds; an element may be absent
 */
final class Sequence<T> {
    private static final int SHIFT = 7;
    private static final int BLOCK = 1 << SHIFT;

    private final @Nullable Object[][] blocks;
    private final int size;

    private Sequence(@Nullable Object[][] blocks, int size) {
        this.blocks = blocks;
        this.size = size;
    }

    static <T> Sequence<T> empty() {
        return new Sequence<>(new @Nullable Object[0][], 0);
    }

    /** A list of all elements that {@code element} gives for the numbers below {@code size}. */
    static <T> Sequence<T> of(int size, IntFunction<T> element) {
        @Nullable Object[][] blocks = new @Nullable Object[(size + BLOCK - 1) >>> SHIFT][];
        for (int b = 0; b < blocks.length; b++) {
            int from = b << SHIFT;
            blocks[b] = new Object[Math.min(BLOCK, size - from)];
            for (int i = 0; i < Math.min(BLOCK, size - from); i++) {
                blocks[b][i] = element.apply(from + i);
            }
        }
        return new Sequence<>(blocks, size);
    }

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // only T goes in
    @Nullable
    T get(int index) {
        return (T) blocks[index >>> SHIFT][index & (BLOCK - 1)];
    }

    Sequence<T> plus(T element) {
        int block = size >>> SHIFT;
        int at = size & (BLOCK - 1);
        @Nullable Object[][] copy = Arrays.copyOf(blocks, block + 1);
        copy[block] = at == 0 ? new Object[1] : Arrays.copyOf(copy[block], at + 1);
        copy[block][at] = element;
        return new Sequence<>(copy, size + 1);
    }

    Sequence<T> with(int index, @Nullable T element) {
        int block = index >>> SHIFT;
        @Nullable Object[][] copy = blocks.clone();
        copy[block] = copy[block].clone();
        copy[block][index & (BLOCK - 1)] = element;
        return new Sequence<>(copy, size);
    }
}
