package io.engram.memory.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API's version, in the widest shape that the CPU prefers. Bytes are widened to 16 bits, where two products
 * of at most 127 * 127 have room, added there, and widened to 32 bits once for every two.
 */
final class SimdDotProduct implements DotProduct {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, SHORTS.vectorBitSize() / 2)));
    private static final int LANES = SHORTS.length();

    @Override
    public void products(byte[] query, byte[] rows, int from, int to, int[] out) {
        int dimension = query.length;
        int pairs = dimension - dimension % (2 * LANES);
        for (int row = from; row < to; row++) {
            int base = row * dimension;
            IntVector low = IntVector.zero(INTS);
            IntVector high = IntVector.zero(INTS);
            for (int i = 0; i < pairs; i += 2 * LANES) {
                ShortVector sum =
                        product(query, i, rows, base + i).add(product(query, i + LANES, rows, base + i + LANES));
                low = low.add((IntVector) sum.convertShape(VectorOperators.S2I, INTS, 0));
                high = high.add((IntVector) sum.convertShape(VectorOperators.S2I, INTS, 1));
            }
            int total = low.add(high).reduceLanes(VectorOperators.ADD);
            for (int i = pairs; i < dimension; i++) {
                total += query[i] * rows[base + i];
            }
            out[row - from] = total;
        }
    }

    private static ShortVector product(byte[] query, int at, byte[] rows, int rowAt) {
        ShortVector a =
                (ShortVector) ByteVector.fromArray(BYTES, query, at).convertShape(VectorOperators.B2S, SHORTS, 0);
        ShortVector b =
                (ShortVector) ByteVector.fromArray(BYTES, rows, rowAt).convertShape(VectorOperators.B2S, SHORTS, 0);
        return a.mul(b);
    }
}
