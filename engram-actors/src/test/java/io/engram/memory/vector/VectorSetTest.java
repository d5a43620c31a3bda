package io.engram.memory.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorSetTest {
    private static byte[] random(Random random, int dimension) {
        byte[] bytes = new byte[dimension];
        for (int i = 0; i < dimension; i++) {
            bytes[i] = (byte) (random.nextInt(255) - 127);
        }
        return bytes;
    }

    @Test
    void theVectorModuleIsThereWhereTestsRun() {
        assertThat(DotProduct.best()).isInstanceOf(SimdDotProduct.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void bothKernelsGiveTheSameBits(long seed) {
        Random random = new Random(seed);
        for (int dimension :
                new int[] {1, 2, 3, 7, 8, 15, 16, 31, 33, 63, 64, 65, 127, 129, 255, 384, 385, 768, 1537}) {
            int rows = 5;
            byte[] query = random(random, dimension);
            byte[] all = random(random, rows * dimension);
            int[] scalar = new int[rows];
            int[] simd = new int[rows];
            new ScalarDotProduct().products(query, all, 0, rows, scalar);
            new SimdDotProduct().products(query, all, 0, rows, simd);
            assertThat(simd).as("seed " + seed + ", dimension " + dimension).isEqualTo(scalar);
        }
    }

    @ParameterizedTest
    @ValueSource(bytes = {-127, 127})
    void extremesDoNotOverflow(byte value) {
        int dimension = 4096;
        byte[] query = new byte[dimension];
        byte[] rows = new byte[dimension];
        java.util.Arrays.fill(query, (byte) 127);
        java.util.Arrays.fill(rows, value);
        int[] scalar = new int[1];
        int[] simd = new int[1];
        new ScalarDotProduct().products(query, rows, 0, 1, scalar);
        new SimdDotProduct().products(query, rows, 0, 1, simd);
        assertThat(simd).isEqualTo(scalar).containsExactly(value * 127 * dimension);
    }

    @Test
    void warmingUpChangesTheKernelAndNoResult() {
        Random random = new Random(6);
        VectorSet set = new VectorSet(384);
        for (int i = 0; i < 100; i++) {
            set.append(random(random, 384), 1f, i);
        }
        byte[] query = random(random, 384);
        float[] before = cosines(set, query);
        VectorSet.warmUp();
        assertThat(Kernels.present()).isInstanceOf(SimdDotProduct.class);
        assertThat(cosines(set, query)).isEqualTo(before);
    }

    private static float[] cosines(VectorSet set, byte[] query) {
        float[] cosines = new float[set.size()];
        set.view().cosines(query, (slot, row, cosine) -> cosines[slot] = cosine);
        return cosines;
    }

    @Test
    void cosinesOfManyBlocksAreThoseOfPlainArithmetic() {
        Random random = new Random(4);
        int dimension = 37;
        VectorSet set = new VectorSet(dimension);
        byte[][] all = new byte[2 * VectorSet.BLOCK + 5][];
        for (int i = 0; i < all.length; i++) {
            all[i] = i == 9 ? new byte[dimension] : random(random, dimension);
            assertThat(set.append(all[i], 0.5f, 1000 + i)).isEqualTo(i);
        }
        byte[] query = random(random, dimension);
        int[] seen = {0};
        set.view().cosines(query, (slot, row, cosine) -> {
            assertThat(row).isEqualTo(1000 + slot);
            assertThat((double) cosine).isCloseTo(cosine(query, all[slot]), within(1e-5));
            seen[0]++;
        });
        assertThat(seen[0]).isEqualTo(all.length);
        assertThat(set.view().bytes(1500)).isEqualTo(all[1500]);
    }

    @Test
    void aViewDoesNotSeeWhatComesLater() {
        Random random = new Random(5);
        VectorSet set = new VectorSet(3);
        set.append(random(random, 3), 1f, 0);
        VectorSet.View view = set.view();
        for (int i = 0; i < 3000; i++) {
            set.append(random(random, 3), 1f, i);
        }
        int[] seen = {0};
        view.cosines(random(random, 3), (slot, row, cosine) -> seen[0]++);
        assertThat(seen[0]).isEqualTo(1);
    }

    private static double cosine(byte[] a, byte[] b) {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
            squaresA += a[i] * a[i];
            squaresB += b[i] * b[i];
        }
        return squaresA == 0 || squaresB == 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
    }
}
