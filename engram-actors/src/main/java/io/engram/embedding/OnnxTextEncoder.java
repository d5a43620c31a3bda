package io.engram.embedding;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encoder {@code e5-small-v2} in int8 on onnxruntime: 12 layers, 384 values, at most {@value #MAX_TOKENS} tokens.
 *
 * <p>Always one text at a time: the int8 model scales its activations over everything it is given, so a text in a batch
 * gets another vector than the same text alone, and padding would do the same. One text alone gives the same bits each
 * time on one machine. Source of prefixes and pooling: L. Wang et al., "Text Embeddings by Weakly-Supervised Contrastive
 * Pre-training", 2022.
 */
final class OnnxTextEncoder implements TextEncoder {
    static final int DIMENSION = 384;
    static final int MAX_TOKENS = 512;

    private static final String MODEL = "/e5-small-v2-q.onnx";
    private static final String TOKENIZER = "/e5-small-v2-q-tokenizer.json";
    private static final Logger log = LoggerFactory.getLogger(OnnxTextEncoder.class);

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final WordPieceTokenizer tokenizer;

    private OnnxTextEncoder(OrtEnvironment environment, OrtSession session, WordPieceTokenizer tokenizer) {
        this.environment = environment;
        this.session = session;
        this.tokenizer = tokenizer;
    }

    /**
     * Loads native libraries, vocabulary and model; takes about a second.
     *
     * @throws IOException if a resource is missing or cannot be read
     * @throws OrtException if the runtime refuses the model
     * @throws LinkageError if the native library cannot be loaded on this machine
     */
    static OnnxTextEncoder load() throws IOException, OrtException {
        var tokenizer = tokenizer();
        var environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "engram");
        environment.setTelemetry(false);
        try (var options = new SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.inter_op.allow_spinning", "0");
            var session = environment.createSession(bytes(MODEL), options);
            return new OnnxTextEncoder(environment, session, tokenizer);
        }
    }

    static WordPieceTokenizer tokenizer() throws IOException {
        try (var json = resource(TOKENIZER)) {
            return WordPieceTokenizer.read(json);
        }
    }

    private static byte[] bytes(String name) throws IOException {
        try (var in = resource(name)) {
            return in.readAllBytes();
        }
    }

    private static InputStream resource(String name) throws IOException {
        var in = OnnxTextEncoder.class.getResourceAsStream(name);
        if (in == null) {
            throw new FileNotFoundException(name + " is not on the class path");
        }
        return in;
    }

    @Override
    public float[] encode(Purpose purpose, String text) throws OrtException {
        int[] ids = tokenizer.encode(prefix(purpose) + text, MAX_TOKENS);
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
                return meanOfUnitLength(states, ids.length);
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

    /** The mean over the tokens, all of which count since nothing is padded, scaled to length 1. */
    private static float[] meanOfUnitLength(OnnxTensor states, int tokens) {
        var values = states.getFloatBuffer();
        if (values.remaining() != tokens * DIMENSION) {
            throw new IllegalStateException("the model gave " + values.remaining() + " values for " + tokens + " tokens");
        }
        var sum = new double[DIMENSION];
        for (int t = 0; t < tokens; t++) {
            for (int d = 0; d < DIMENSION; d++) {
                sum[d] += values.get();
            }
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        double length = Math.sqrt(squares);
        if (!(length > 0) || !Double.isFinite(length)) {
            throw new IllegalStateException("the model gave a vector of length " + length);
        }
        var mean = new float[DIMENSION];
        for (int d = 0; d < DIMENSION; d++) {
            mean[d] = (float) (sum[d] / length);
        }
        return mean;
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
