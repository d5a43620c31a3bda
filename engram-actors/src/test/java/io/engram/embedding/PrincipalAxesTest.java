package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PrincipalAxesTest {
    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double variance(double[][] rows, double[] axis) {
        double squares = 0;
        for (var row : rows) {
            squares += dot(row, axis) * dot(row, axis);
        }
        return squares / rows.length;
    }

    @Test
    void axes_are_found_however_the_vectors_are_turned() {
        // Deviations 4, 3, 2 and 1 along four directions that are no axes of the coordinates.
        double[][] directions = {{.5, .5, .5, .5}, {.5, .5, -.5, -.5}, {.5, -.5, .5, -.5}, {.5, -.5, -.5, .5}};
        var random = new Random(7);
        var rows = new double[20_000][4];
        for (var row : rows) {
            for (int k = 0; k < 4; k++) {
                double along = random.nextGaussian() * (4 - k);
                for (int d = 0; d < 4; d++) {
                    row[d] += along * directions[k][d];
                }
            }
        }
        var axes = PrincipalAxes.of(rows, 3);
        assertThat(axes.length).isEqualTo(3);
        for (int k = 0; k < 3; k++) {
            assertThat(Math.abs(dot(axes[k], directions[k]))).as("axis %d", k).isGreaterThan(0.99);
        }
    }

    @Test
    void axes_are_of_unit_length_square_to_each_other_and_in_order() {
        var random = new Random(11);
        var rows = new double[300][40];
        for (var row : rows) {
            for (int d = 0; d < row.length; d++) {
                row[d] = random.nextGaussian() * (d % 7 + 1) + (d > 0 ? row[d - 1] : 0);
            }
        }
        var axes = PrincipalAxes.of(rows, 40);
        double before = Double.POSITIVE_INFINITY;
        for (int i = 0; i < 40; i++) {
            for (int j = 0; j <= i; j++) {
                assertThat(dot(axes[i], axes[j])).isCloseTo(i == j ? 1 : 0, within(1e-9));
            }
            assertThat(variance(rows, axes[i])).isLessThanOrEqualTo(before);
            before = variance(rows, axes[i]);
        }
    }

    @Test
    void vectors_that_do_not_differ_have_axes_too() {
        assertThat(PrincipalAxes.of(new double[3][2], 2)).isDeepEqualTo(new double[][] {{1, 0}, {0, 1}});
    }
}
