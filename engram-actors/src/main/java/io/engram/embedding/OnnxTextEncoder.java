package io.engram.embedding;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encoder {@code e5-small-v2} in int8 on onnxruntime: 12 layers, 384 values, at most {@value #MAX_TOKENS} tokens.
 *
 * <p>Always one text at a time: the int8 model scales its activations over everything it is given, so a text in a batch
 * gets another vector than the same text alone, and padding would do the same. One text alone gives the same bits each
 * time on one machine. Source of prefixes and pooling: L. Wang et al., "Text Embeddings by Weakly-Supervised Contrastive
 * Pre-training", 2022.
 *
 * <p>This model's vectors all point much the same way: their mean has length 0.89, so that unrelated texts have a
 * cosine of about 0.76 and related ones of hardly more. Therefore most of the mean is taken off each vector, the mean
 * of queries from queries and that of passages from passages. Taking all of it off would separate related from
 * unrelated a little further, but ranked short queries worse. Source: J. Mu and P. Viswanath, "All-but-the-Top", 2018;
 * the effect is in {@link EmbeddingModel}.
 */
final class OnnxTextEncoder implements TextEncoder {
    static final int DIMENSION = 384;
    static final int MAX_TOKENS = 512;

    /** How much of the mean is taken off. */
    private static final double MEAN_WEIGHT = 0.8;

    private static final String MODEL = "/e5-small-v2-q.onnx";
    private static final String MEANS = "/io/engram/embedding/e5-small-v2-means.json";
    private static final String TOKENIZER = "/e5-small-v2-q-tokenizer.json";
    private static final Logger log = LoggerFactory.getLogger(OnnxTextEncoder.class);

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final WordPieceTokenizer tokenizer;
    private final Means means;

    /** The mean vectors of many unrelated texts, each of {@value #DIMENSION} values. */
    private record Means(float[] query, float[] passage) {
        Means {
            if (query.length != DIMENSION || passage.length != DIMENSION) {
                throw new IllegalArgumentException("a mean must have " + DIMENSION + " values");
            }
        }
    }

    private OnnxTextEncoder(OrtEnvironment environment, OrtSession session, WordPieceTokenizer tokenizer, Means means) {
        this.environment = environment;
        this.session = session;
        this.tokenizer = tokenizer;
        this.means = means;
    }

    /**
     * Loads native libraries, vocabulary and model; takes about a second.
     *
     * <p>From a file the model costs about 50 MB resident, from bytes about 100, since the runtime then reads them
     * through a second copy; hence the folder. The memory arena and the plan of its use are off: they save nothing
     * measurable here, and keep what the longest text took for good.
     *
     * @param directory where libraries and model are unpacked once; absent: the libraries go through {@code
     *     java.io.tmpdir} at each start, and the model through memory
     * @throws IOException if a resource is missing or cannot be read
     * @throws OrtException if the runtime refuses the model
     * @throws LinkageError if the native library cannot be loaded on this machine
     */
    static OnnxTextEncoder load(Optional<Path> directory) throws IOException, OrtException {
        if (directory.isPresent()) {
            NativeLibraries.prepare(directory.get());
        }
        var tokenizer = tokenizer();
        Means means;
        try (var json = resource(MEANS)) {
            means = new ObjectMapper().readValue(json, Means.class);
        }
        var environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "engram");
        environment.setTelemetry(false);
        try (var options = new SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
            options.setCPUArenaAllocator(false);
            options.setMemoryPatternOptimization(false);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.inter_op.allow_spinning", "0");
            var session = directory.isPresent()
                    ? environment.createSession(
                            file(directory.get(), Optional.ofNullable(OnnxTextEncoder.class.getResource(MODEL)))
                                    .toString(),
                            options)
                    : environment.createSession(buffer(), options);
            return new OnnxTextEncoder(environment, session, tokenizer, means);
        }
    }

    static WordPieceTokenizer tokenizer() throws IOException {
        try (var json = resource(TOKENIZER)) {
            return WordPieceTokenizer.read(json);
        }
    }

    /**
     * The model as a file of the directory.
     *
     * @param packed the model on the class path; absent where it was put into the directory by whoever packed this
     *     program, to have it once
     */
    static Path file(Path directory, Optional<URL> packed) throws IOException {
        var file = directory.toAbsolutePath().resolve(MODEL.substring(1));
        if (packed.isPresent()) {
            Files.createDirectories(directory);
            Unpacker.unpack(packed.get(), file);
        } else if (!Files.isRegularFile(file)) {
            throw new FileNotFoundException(MODEL + " is neither on the class path nor in " + directory);
        }
        return file;
    }

    /** Off the heap, which would otherwise grow by twice the model for good. */
    private static ByteBuffer buffer() throws IOException {
        var connection = url(MODEL).openConnection();
        int length = connection.getContentLength();
        if (length <= 0) {
            throw new IOException("the length of " + MODEL + " is not known");
        }
        var model = ByteBuffer.allocateDirect(length);
        try (var in = Channels.newChannel(connection.getInputStream())) {
            while (model.hasRemaining()) {
                if (in.read(model) < 0) {
                    throw new EOFException(MODEL + " ends after " + model.position() + " of " + length + " bytes");
                }
            }
        }
        return model.flip();
    }

    private static URL url(String name) throws IOException {
        var url = OnnxTextEncoder.class.getResource(name);
        if (url == null) {
            throw new FileNotFoundException(name + " is not on the class path");
        }
        return url;
    }

    private static InputStream resource(String name) throws IOException {
        return url(name).openStream();
    }

    @Override
    public float[] encode(Purpose purpose, String text) throws OrtException {
        var vector = stateSum(tokenizer.encode(prefix(purpose) + text, MAX_TOKENS));
        toUnitLength(vector);
        return offMean(vector, mean(purpose));
    }

    /** The sum of the model's last states over the tokens, all of which count since nothing is padded. */
    double[] stateSum(int[] ids) throws OrtException {
        long[] shape = {1, ids.length};
        var tokens = LongBuffer.allocate(ids.length);
        var mask = LongBuffer.allocate(ids.length);
        for (int id : ids) {
            tokens.put(id);
            mask.put(1);
        }
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            inputs.put("input_ids", OnnxTensor.createTensor(environment, tokens.flip(), shape));
            inputs.put("attention_mask", OnnxTensor.createTensor(environment, mask.flip(), shape));
            inputs.put("token_type_ids", OnnxTensor.createTensor(environment, LongBuffer.allocate(ids.length), shape));
            try (var result = session.run(inputs)) {
                if (!(result.get(0) instanceof OnnxTensor states)) {
                    throw new IllegalStateException("the model's first output is no tensor");
                }
                return sum(states, ids.length);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static String prefix(Purpose purpose) {
        return switch (purpose) {
            case QUERY -> "query: ";
            case PASSAGE -> "passage: ";
        };
    }

    private float[] mean(Purpose purpose) {
        return switch (purpose) {
            case QUERY -> means.query();
            case PASSAGE -> means.passage();
        };
    }

    /** What is left of a vector without most of the mean, at unit length. */
    private static float[] offMean(double[] vector, float[] mean) {
        for (int d = 0; d < DIMENSION; d++) {
            vector[d] -= MEAN_WEIGHT * mean[d];
        }
        toUnitLength(vector);
        var values = new float[DIMENSION];
        for (int d = 0; d < DIMENSION; d++) {
            values[d] = (float) vector[d];
        }
        return values;
    }

    private static double[] sum(OnnxTensor states, int tokens) {
        var values = states.getFloatBuffer();
        if (values.remaining() != tokens * DIMENSION) {
            throw new IllegalStateException(
                    "the model gave " + values.remaining() + " values for " + tokens + " tokens");
        }
        var sum = new double[DIMENSION];
        for (int t = 0; t < tokens; t++) {
            for (int d = 0; d < DIMENSION; d++) {
                sum[d] += values.get();
            }
        }
        return sum;
    }

    private static void toUnitLength(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        double length = Math.sqrt(squares);
        if (!(length > 0) || !Double.isFinite(length)) {
            throw new IllegalStateException("the model gave a vector of length " + length);
        }
        for (int d = 0; d < DIMENSION; d++) {
            vector[d] /= length;
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            log.warn("The embedding model's session could not be closed: {}", e.getMessage());
        }
    }
}
