package io.engram.memory;

/**
 * Turns a model's raw cosine into a similarity from 0 to 1 that means the same for every model. Needed because models
 * crowd their cosines: unrelated English texts score about 0.75 under e5-small-v2.
 *
 * @param unrelated the cosine that counts as 0
 * @param same the cosine that counts as 1, above {@code unrelated}
 * @param match the calibrated similarity (0 to 1) from which two texts are taken to speak of the same thing
 */
public record SimilarityScale(float unrelated, float same, float match) {
    /** For vectors about whose model nothing is known: the cosine itself, negative values as 0. */
    public static final SimilarityScale PLAIN = new SimilarityScale(0f, 1f, 0.7f);

    public SimilarityScale {
        if (!(unrelated < same)) {
            throw new IllegalArgumentException("unrelated " + unrelated + " must be below same " + same);
        }
    }

    /** The similarity of a cosine, clamped to 0..1. */
    public float of(float cosine) {
        return Math.clamp((cosine - unrelated) / (same - unrelated), 0f, 1f);
    }
}
