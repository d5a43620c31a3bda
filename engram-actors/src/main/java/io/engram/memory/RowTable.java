package io.engram.memory;

import io.engram.memory.text.Analysis;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The searchable form of memories in columns: one row for each version that was ever current since the last compaction,
 * in the order of arrival. One writer appends, readers use a {@link View}.
 *
 * <p>A row's terms are a run of hashes: first those of the content, then those of its surroundings (people, place,
 * tags). A slot that a view can see is never written again; an array that has to grow is replaced in a copy of the list
 * of blocks.
 */
final class RowTable {
    static final int BLOCK = 1024;
    private static final int SMALLEST = 8;

    private Block[] blocks = new Block[0];
    private int count;

    /** Columns of up to {@link #BLOCK} rows; the ends are offsets into {@code terms}. */
    private static final class Block {
        final Entry.@Nullable Versions[] memories;
        final int[] ordinals;
        final long[] textHashes;
        final int[] contentEnds;
        final int[] ends;
        final int[] terms;

        Block(
                Entry.@Nullable Versions[] memories,
                int[] ordinals,
                long[] textHashes,
                int[] contentEnds,
                int[] ends,
                int[] terms) {
            this.memories = memories;
            this.ordinals = ordinals;
            this.textHashes = textHashes;
            this.contentEnds = contentEnds;
            this.ends = ends;
            this.terms = terms;
        }

        static Block ofCapacity(int rows, int terms) {
            return new Block(
                    new Entry.Versions[rows],
                    new int[rows],
                    new long[rows],
                    new int[rows],
                    new int[rows],
                    new int[terms]);
        }

        Block grown(int rows, int termCapacity) {
            return new Block(
                    Arrays.copyOf(memories, rows),
                    Arrays.copyOf(ordinals, rows),
                    Arrays.copyOf(textHashes, rows),
                    Arrays.copyOf(contentEnds, rows),
                    Arrays.copyOf(ends, rows),
                    Arrays.copyOf(terms, termCapacity));
        }

        int start(int at) {
            return at == 0 ? 0 : ends[at - 1];
        }
    }

    int size() {
        return count;
    }

    /** Adds a row and returns its number. */
    int append(Entry.Versions memory, int ordinal, long textHash, int[] content, int[] context) {
        int index = count / BLOCK;
        int at = count % BLOCK;
        int length = content.length + context.length;
        if (at == 0) {
            blocks = Arrays.copyOf(blocks, index + 1);
            int rows = index == 0 ? SMALLEST : BLOCK;
            blocks[index] = Block.ofCapacity(rows, Math.max(length, rows * 16));
        }
        Block block = blocks[index];
        int start = block.start(at);
        if (at == block.ordinals.length || block.terms.length - start < length) {
            int rows = at < block.ordinals.length ? block.ordinals.length : Math.min(BLOCK, Math.max(SMALLEST, at * 2));
            int terms = block.terms.length - start >= length
                    ? block.terms.length
                    : Math.max(Math.addExact(start, length), start + (start >> 1));
            block = block.grown(rows, terms);
            Block[] copy = blocks.clone();
            copy[index] = block;
            blocks = copy;
        }
        System.arraycopy(content, 0, block.terms, start, content.length);
        System.arraycopy(context, 0, block.terms, start + content.length, context.length);
        block.memories[at] = memory;
        block.ordinals[at] = ordinal;
        block.textHashes[at] = textHash;
        block.contentEnds[at] = start + content.length;
        block.ends[at] = start + length;
        return count++;
    }

    int append(Entry.Versions memory, int ordinal, Analysis content, Analysis context) {
        return append(memory, ordinal, content.textHash(), content.terms(), context.terms());
    }

    /**
     * Adds up to {@link #BLOCK} rows at once; those before must fill their blocks. The arrays are kept.
     *
     * @param contentEnds for each row, the end of its content's terms
     * @param ends for each row, the end of its terms, which is where the next one's begin
     */
    void appendBlock(
            Entry.@Nullable Versions[] memories,
            int[] ordinals,
            long[] textHashes,
            int[] contentEnds,
            int[] ends,
            int[] terms) {
        if (count % BLOCK != 0 || ordinals.length == 0 || ordinals.length > BLOCK) {
            throw new IllegalArgumentException(ordinals.length + " rows do not make a block after " + count);
        }
        blocks = Arrays.copyOf(blocks, count / BLOCK + 1);
        blocks[count / BLOCK] = new Block(memories, ordinals, textHashes, contentEnds, ends, terms);
        count += ordinals.length;
    }

    View view() {
        return new View(blocks, count);
    }

    /** The rows that were there when it was taken, dead ones too. Immutable; for any thread. */
    static final class View {
        private final Block[] blocks;
        private final int count;

        private View(Block[] blocks, int count) {
            this.blocks = blocks;
            this.count = count;
        }

        int size() {
            return count;
        }

        Memory memory(int row) {
            Entry.Versions versions = blocks[row / BLOCK].memories[row % BLOCK];
            if (versions == null) {
                throw new IllegalStateException("row " + row + " holds no memory");
            }
            return versions.memory();
        }

        int ordinal(int row) {
            return blocks[row / BLOCK].ordinals[row % BLOCK];
        }

        long textHash(int row) {
            return blocks[row / BLOCK].textHashes[row % BLOCK];
        }

        /** The array that holds the row's terms. */
        int[] termArray(int row) {
            return blocks[row / BLOCK].terms;
        }

        int start(int row) {
            return blocks[row / BLOCK].start(row % BLOCK);
        }

        int contentEnd(int row) {
            return blocks[row / BLOCK].contentEnds[row % BLOCK];
        }

        int end(int row) {
            return blocks[row / BLOCK].ends[row % BLOCK];
        }

        int[] contentTerms(int row) {
            return Arrays.copyOfRange(termArray(row), start(row), contentEnd(row));
        }

        int[] contextTerms(int row) {
            return Arrays.copyOfRange(termArray(row), contentEnd(row), end(row));
        }
    }
}
