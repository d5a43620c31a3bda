package io.engram.memory.vector;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Chooses the kernel. Until the JIT compiler has worked on it, the Vector API is interpreted, object by object, and
 * takes milliseconds for each vector: worse by far than the scalar twin. So scans use the twin until the SIMD kernel
 * has been practised enough, either by {@link #warmUp} or, in large sets, by a few vectors of each scan. Both give the
 * same bits, so nobody can tell which one answered.
 */
final class Kernels {
    private static final int LARGE_SET = 4096;
    private static final int PRACTICE_ROWS = 2;
    private static final int PRACTISED_ROWS = 8192;
    private static final DotProduct SCALAR = new ScalarDotProduct();
    private static final AtomicInteger PRACTISED = new AtomicInteger();

    private Kernels() {}

    /** Loads the SIMD classes only when they are wanted. */
    private static final class Simd {
        static final DotProduct BEST = DotProduct.best();
    }

    /** The kernel for the next scan. */
    static DotProduct present() {
        return PRACTISED.get() >= PRACTISED_ROWS ? Simd.BEST : SCALAR;
    }

    /** Lets the SIMD kernel have its share of a scan. */
    static void practise(byte[] query, byte[] rows, int setSize) {
        if (setSize >= LARGE_SET && PRACTISED.get() < PRACTISED_ROWS) {
            Simd.BEST.products(query, rows, 0, PRACTICE_ROWS, new int[PRACTICE_ROWS]);
            PRACTISED.addAndGet(PRACTICE_ROWS);
        }
    }

    /** Practises all at once; takes up to some seconds of a core. */
    static void warmUp() {
        byte[] query = new byte[384];
        byte[] rows = new byte[query.length * 32];
        int[] out = new int[32];
        while (PRACTISED.get() < PRACTISED_ROWS) {
            Simd.BEST.products(query, rows, 0, out.length, out);
            PRACTISED.addAndGet(out.length);
        }
    }
}
