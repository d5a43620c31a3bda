package io.engram.memory.vector;

/** One value at a time; works everywhere. */
final class ScalarDotProduct implements DotProduct {
    @Override
    public void products(byte[] query, byte[] rows, int from, int to, int[] out) {
        int dimension = query.length;
        for (int row = from; row < to; row++) {
            int base = row * dimension;
            int sum = 0;
            for (int i = 0; i < dimension; i++) {
                sum += query[i] * rows[base + i];
            }
            out[row - from] = sum;
        }
    }
}
