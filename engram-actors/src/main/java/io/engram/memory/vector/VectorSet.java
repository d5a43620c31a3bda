package io.engram.memory.vector;

import java.util.Arrays;

/**
 * Quantised vectors of one dimension, appended by one writer and compared by many readers. Every vector carries the
 * number of the row it belongs to. Nothing is taken out: readers know which rows are alive.
 *
 * <p>Readers work on a {@link View}. A slot that a view can see is never written again, and an array that has to grow
 * is replaced in a copy of the list of blocks, so a view needs no lock and no barrier beyond its own final fields.
 */
public final class VectorSet {
    /** How many vectors lie together. */
    public static final int BLOCK = 1024;

    private static final int SMALLEST = 8;

    private final int dimension;
    private Block[] blocks = new Block[0];
    private int count;

    public VectorSet(int dimension) {
        this.dimension = dimension;
    }

    /** Some vectors, one after the other. */
    private record Block(byte[] bytes, float[] scales, float[] inverseNorms, int[] rows) {
        static Block ofCapacity(int capacity, int dimension) {
            return new Block(
                    new byte[capacity * dimension], new float[capacity], new float[capacity], new int[capacity]);
        }

        Block grown(int capacity, int dimension) {
            return new Block(
                    Arrays.copyOf(bytes, capacity * dimension),
                    Arrays.copyOf(scales, capacity),
                    Arrays.copyOf(inverseNorms, capacity),
                    Arrays.copyOf(rows, capacity));
        }
    }

    /**
     * Prepares the fast kernel, which otherwise comes into its own only after many scans of large sets. Takes up to some
     * seconds of a core, so it belongs on a thread on which nobody waits. Does nothing the second time.
     */
    public static void warmUp() {
        Kernels.warmUp();
    }

    public int dimension() {
        return dimension;
    }

    public int size() {
        return count;
    }

    /** Adds a vector of values from -127 to 127 and returns its slot. */
    public int append(byte[] bytes, float scale, int row) {
        if (bytes.length != dimension) {
            throw new IllegalArgumentException("a vector of " + bytes.length + " does not fit " + dimension);
        }
        int index = count / BLOCK;
        int at = count % BLOCK;
        if (at == 0) {
            blocks = Arrays.copyOf(blocks, index + 1);
            blocks[index] = Block.ofCapacity(index == 0 ? SMALLEST : BLOCK, dimension);
        } else if (at == blocks[index].rows.length) {
            Block[] copy = blocks.clone();
            copy[index] = blocks[index].grown(Math.min(BLOCK, at * 2), dimension);
            blocks = copy;
        }
        Block block = blocks[index];
        System.arraycopy(bytes, 0, block.bytes, at * dimension, dimension);
        block.scales[at] = scale;
        block.inverseNorms[at] = inverseNorm(bytes);
        block.rows[at] = row;
        return count++;
    }

    /**
     * Adds up to {@link #BLOCK} vectors at once; those before must fill their blocks. The arrays are kept.
     *
     * @param bytes all vectors, one after the other, of values from -127 to 127
     * @param inverseNorms for each vector, 1 / its length as bytes, 0 for the zero vector
     */
    public void appendBlock(byte[] bytes, float[] scales, float[] inverseNorms, int[] rows) {
        if (count % BLOCK != 0
                || rows.length == 0
                || rows.length > BLOCK
                || bytes.length != rows.length * dimension
                || scales.length != rows.length
                || inverseNorms.length != rows.length) {
            throw new IllegalArgumentException(rows.length + " vectors do not make a block after " + count);
        }
        blocks = Arrays.copyOf(blocks, count / BLOCK + 1);
        blocks[count / BLOCK] = new Block(bytes, scales, inverseNorms, rows);
        count += rows.length;
    }

    public View view() {
        return new View(dimension, blocks, count);
    }

    /** 1 / length of a vector of bytes, 0 for the zero vector. */
    static float inverseNorm(byte[] bytes) {
        long squares = 0;
        for (byte b : bytes) {
            squares += b * b;
        }
        return squares == 0 ? 0f : (float) (1.0 / Math.sqrt(squares));
    }

    /** The vectors that were there when it was taken. Immutable; for any thread. */
    public static final class View {
        private final int dimension;
        private final Block[] blocks;
        private final int count;

        private View(int dimension, Block[] blocks, int count) {
            this.dimension = dimension;
            this.blocks = blocks;
            this.count = count;
        }

        public int size() {
            return count;
        }

        public int dimension() {
            return dimension;
        }

        /** A copy of the vector in {@code slot}. */
        public byte[] bytes(int slot) {
            int from = slot % BLOCK * dimension;
            return Arrays.copyOfRange(blocks[slot / BLOCK].bytes, from, from + dimension);
        }

        /** Puts the vector in {@code slot} into {@code target}. */
        public void copy(int slot, byte[] target, int at) {
            System.arraycopy(blocks[slot / BLOCK].bytes, slot % BLOCK * dimension, target, at, dimension);
        }

        /** 1 / length of the vector of bytes in {@code slot}, 0 for the zero vector. */
        public float inverseNormOf(int slot) {
            return blocks[slot / BLOCK].inverseNorms[slot % BLOCK];
        }

        public float scale(int slot) {
            return blocks[slot / BLOCK].scales[slot % BLOCK];
        }

        public int row(int slot) {
            return blocks[slot / BLOCK].rows[slot % BLOCK];
        }

        /**
         * Compares all vectors with one.
         *
         * @param query of this set's dimension
         * @param sink receives every slot's row and cosine, -1 to 1 and 0 where a vector is zero
         */
        public void cosines(byte[] query, Sink sink) {
            cosines(query, sink, Kernels.present());
            if (count > 0) {
                Kernels.practise(query, blocks[0].bytes, count);
            }
        }

        void cosines(byte[] query, Sink sink, DotProduct dot) {
            float queryNorm = inverseNorm(query);
            int[] products = new int[Math.min(BLOCK, count)];
            for (int b = 0; b * BLOCK < count; b++) {
                Block block = blocks[b];
                int n = Math.min(BLOCK, count - b * BLOCK);
                dot.products(query, block.bytes, 0, n, products);
                for (int i = 0; i < n; i++) {
                    float cosine = products[i] * queryNorm * block.inverseNorms[i];
                    sink.accept(b * BLOCK + i, block.rows[i], Math.clamp(cosine, -1f, 1f));
                }
            }
        }

        /** Takes one result of a scan. */
        @FunctionalInterface
        public interface Sink {
            void accept(int slot, int row, float cosine);
        }
    }
}
