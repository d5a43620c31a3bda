package io.engram.memory.vector;

/**
 * Inner products of vectors of signed bytes between -127 and 127. Sums are 32-bit integers, so that every
 * implementation gives the same bits up to 130,000 dimensions.
 */
sealed interface DotProduct permits ScalarDotProduct, SimdDotProduct {
    /**
     * @param query a vector of {@code dimension} bytes
     * @param rows vectors of the same dimension one after the other
     * @param from index of the first vector to compare
     * @param to index after the last
     * @param out receives the product of vector i at index {@code i - from}
     */
    void products(byte[] query, byte[] rows, int from, int to, int[] out);

    /** The fastest that this JVM offers. */
    static DotProduct best() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? new SimdDotProduct()
                : new ScalarDotProduct();
    }
}
