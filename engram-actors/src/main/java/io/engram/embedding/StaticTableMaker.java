package io.engram.embedding;

import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * Makes the table of word pieces out of the encoder: each piece alone goes through it; from the vectors their mean is
 * taken off, and of what is left the directions of largest variance are kept, but for the first two, which all frequent
 * pieces share, each scaled to the same variance; a piece weighs the less the more frequent it is, as {@code a / (a +
 * p)}. How frequent a piece is, {@code p}, is taken from its place in the vocabulary, which begins with single
 * characters and goes on with pieces in falling order.
 *
 * <p>The same bits for the same model on one machine. Sources: S. Arora et al., "A Simple but Tough-to-Beat Baseline for
 * Sentence Embeddings", 2017, for the weights; J. Mu and P. Viswanath, "All-but-the-Top", 2018; the idea of static
 * vectors out of an encoder: P. Gupta and M. Jaggi, "Obtaining Better Static Word Embeddings Using Contextual Embedding
 * Models", 2021.
 */
public final class StaticTableMaker {
    /** Axes of the largest variance that are left out. */
    private static final int SHARED_AXES = 2;

    /** The weights' {@code a}. */
    private static final double RARE = 1.5e-4;

    /** The first id of the vocabulary that is a word's; single characters stand before it. */
    private static final int FIRST_WORD = 1996;

    /** Each single character weighs as the word of this rank. */
    private static final int CHARACTER_RANK = 5;

    /** Values beyond so many times a vector's root mean square are cut. */
    private static final double RANGE = 3;

    private StaticTableMaker() {}

    /**
     * Puts the table into a folder unless it is there.
     *
     * @param arguments the folder
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1) {
            throw new IllegalArgumentException("give the folder that the table goes to");
        }
        var folder = Path.of(arguments[0]);
        int threads = Runtime.getRuntime().availableProcessors();
        StaticTextEncoder.load(Optional.of(folder), () -> make(Optional.empty(), threads));
    }

    static StaticTable make(Optional<Path> directory, int threads) throws Exception {
        var vocabulary = OnnxTextEncoder.tokenizer().vocabulary();
        var ids = new ArrayList<Integer>();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (isUseful(vocabulary.get(id))) {
                ids.add(id);
            }
        }
        try (var encoder = OnnxTextEncoder.load(directory)) {
            return make(encoder, vocabulary, ids, threads);
        }
    }

    /**
     * @param vocabulary the encoder's
     * @param ids the pieces of it that the table has, in rising order, those of the special pieces among them; more than
     *     the encoder's dimension
     */
    static StaticTable make(OnnxTextEncoder encoder, List<String> vocabulary, List<Integer> ids, int threads)
            throws Exception {
        var vectors = vectors(encoder, vocabulary, ids, threads);
        takeOffMean(vectors);
        var axes = PrincipalAxes.of(vectors, StaticTable.DIMENSION + SHARED_AXES);
        var values = new double[vectors.length][StaticTable.DIMENSION];
        for (int d = 0; d < StaticTable.DIMENSION; d++) {
            project(vectors, axes[d + SHARED_AXES], values, d);
        }
        double harmonic = 0;
        for (int rank = 1; rank < vocabulary.size(); rank++) {
            harmonic += 1.0 / rank;
        }
        var stepSizes = new float[ids.size()];
        var steps = new byte[ids.size()][StaticTable.DIMENSION];
        var pieces = new ArrayList<String>();
        for (int i = 0; i < stepSizes.length; i++) {
            int id = ids.get(i);
            pieces.add(vocabulary.get(id));
            if (isSpecial(vocabulary.get(id))) {
                continue;
            }
            double step = RANGE * rootMeanSquare(values[i]) / StaticTable.STEPS;
            for (int d = 0; d < StaticTable.DIMENSION; d++) {
                steps[i][d] = (byte) Math.clamp(Math.round(values[i][d] / step), -StaticTable.STEPS, StaticTable.STEPS);
            }
            double frequency = 1 / (rank(id) * harmonic);
            stepSizes[i] = (float) (step * RARE / (RARE + frequency));
        }
        return StaticTable.of(pieces, stepSizes, steps);
    }

    private static int rank(int id) {
        return id < FIRST_WORD ? CHARACTER_RANK : id - FIRST_WORD + 1;
    }

    /** No places kept for later, and no ideographs and such, of which this English model knows nothing. */
    private static boolean isUseful(String piece) {
        var bare = piece.startsWith("##") ? piece.substring(2) : piece;
        boolean ideograph = bare.codePointCount(0, bare.length()) == 1 && bare.codePointAt(0) >= 0x2E80;
        return !piece.isEmpty() && !ideograph && !piece.startsWith("[unused");
    }

    private static boolean isSpecial(String piece) {
        return piece.length() > 2 && piece.startsWith("[") && piece.endsWith("]");
    }

    /** The mean of the encoder's states for the marks of start and end and the piece between them. */
    private static double[][] vectors(OnnxTextEncoder encoder, List<String> vocabulary, List<Integer> ids, int threads)
            throws Exception {
        int start = vocabulary.indexOf("[CLS]");
        int end = vocabulary.indexOf("[SEP]");
        var vectors = new double[ids.size()][];
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var parts = new ArrayList<Callable<Void>>();
            for (int part = 0; part < threads; part++) {
                int first = part;
                parts.add(() -> {
                    for (int i = first; i < vectors.length; i += threads) {
                        vectors[i] = vector(encoder, new int[] {start, ids.get(i), end});
                    }
                    return null;
                });
            }
            for (var part : pool.invokeAll(parts)) {
                part.get();
            }
        }
        return vectors;
    }

    private static double[] vector(OnnxTextEncoder encoder, int[] ids) throws OrtException {
        var sum = encoder.stateSum(ids);
        for (int d = 0; d < sum.length; d++) {
            sum[d] /= ids.length;
        }
        return sum;
    }

    private static void takeOffMean(double[][] vectors) {
        var mean = new double[vectors[0].length];
        for (var vector : vectors) {
            for (int d = 0; d < mean.length; d++) {
                mean[d] += vector[d] / vectors.length;
            }
        }
        for (var vector : vectors) {
            for (int d = 0; d < mean.length; d++) {
                vector[d] -= mean[d];
            }
        }
    }

    /** The vectors' values along an axis, with a variance of 1. */
    private static void project(double[][] vectors, double[] axis, double[][] into, int column) {
        double squares = 0;
        for (int i = 0; i < vectors.length; i++) {
            double value = 0;
            for (int d = 0; d < axis.length; d++) {
                value += vectors[i][d] * axis[d];
            }
            into[i][column] = value;
            squares += value * value;
        }
        double deviation = Math.sqrt(squares / vectors.length);
        for (var row : into) {
            row[column] /= deviation;
        }
    }

    private static double rootMeanSquare(double[] values) {
        double squares = 0;
        for (double value : values) {
            squares += value * value;
        }
        return Math.sqrt(squares / values.length);
    }
}
