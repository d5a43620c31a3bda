package io.engram.embedding;

import io.engram.memory.SimilarityScale;

/** What is known about the model {@code e5-small-v2} in int8 without loading it. */
public final class EmbeddingModel {
    /** The model and the version of everything that shapes its vectors: weights, tokenizer, prefixes, pooling. */
    public static final String ID = "e5-small-v2-int8@1";

    /** Values in a vector. */
    public static final int DIMENSION = OnnxTextEncoder.DIMENSION;

    /** Most tokens of a text that are embedded, marks and prefix included; what follows does not count. */
    public static final int MAX_TOKENS = OnnxTextEncoder.MAX_TOKENS;

    /** The model's calibration. */
    public static final SimilarityScale SCALE = new SimilarityScale(0.76f, 0.96f, 0.45f);

    private EmbeddingModel() {}
}
