package io.engram.embedding;

import java.util.stream.IntStream;

/**
 * The directions in which many vectors differ most from each other, found by Jacobi rotations of their covariance:
 * slow and plain, and the same bits for the same vectors. Source: G. Golub and C. Van Loan, "Matrix Computations",
 * chapter on the symmetric eigenvalue problem.
 */
final class PrincipalAxes {
    private static final int MOST_SWEEPS = 30;

    private PrincipalAxes() {}

    /**
     * The first axes, each of unit length, in falling order of the variance along them.
     *
     * @param centred the vectors, whose mean is zero
     * @param count how many axes, at most the vectors' dimension
     */
    static double[][] of(double[][] centred, int count) {
        int n = centred[0].length;
        var a = covariance(centred, n);
        var v = new double[n][n];
        for (int i = 0; i < n; i++) {
            v[i][i] = 1;
        }
        for (int sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a) > 1e-22 * trace(a) * trace(a); sweep++) {
            for (int p = 0; p < n - 1; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(a, v, p, q);
                }
            }
        }
        return IntStream.range(0, n)
                .boxed()
                .sorted((i, j) -> Double.compare(a[j][j], a[i][i]))
                .limit(count)
                .map(i -> v[i])
                .toArray(double[][]::new);
    }

    private static double[][] covariance(double[][] centred, int n) {
        var a = new double[n][n];
        for (var row : centred) {
            for (int i = 0; i < n; i++) {
                double x = row[i];
                var into = a[i];
                for (int j = i; j < n; j++) {
                    into[j] += x * row[j];
                }
            }
        }
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                a[i][j] /= centred.length;
                a[j][i] = a[i][j];
            }
        }
        return a;
    }

    /** Makes {@code a[p][q]} zero; the rows of {@code v} turn with it and become the axes. */
    private static void rotate(double[][] a, double[][] v, int p, int q) {
        if (a[p][q] == 0) {
            return;
        }
        double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        double c = 1 / Math.sqrt(t * t + 1);
        double s = t * c;
        turn(a[p], a[q], c, s);
        turn(v[p], v[q], c, s);
        for (var row : a) {
            double x = row[p];
            double y = row[q];
            row[p] = c * x - s * y;
            row[q] = s * x + c * y;
        }
    }

    private static void turn(double[] one, double[] other, double c, double s) {
        for (int i = 0; i < one.length; i++) {
            double x = one[i];
            double y = other[i];
            one[i] = c * x - s * y;
            other[i] = s * x + c * y;
        }
    }

    private static double offDiagonal(double[][] a) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = i + 1; j < a.length; j++) {
                sum += a[i][j] * a[i][j];
            }
        }
        return sum;
    }

    private static double trace(double[][] a) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i][i];
        }
        return sum;
    }
}
