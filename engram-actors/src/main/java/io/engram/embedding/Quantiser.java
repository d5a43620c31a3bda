package io.engram.embedding;

import io.engram.memory.ModelVector;

/** Rounds a vector to signed bytes with one common step. */
final class Quantiser {
    private Quantiser() {}

    /**
     * The vector in bytes; the value of largest magnitude becomes 127 or -127.
     *
     * @throws IllegalArgumentException if a value is not finite or all are 0
     */
    static ModelVector quantise(String modelId, float[] vector) {
        float most = 0;
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("a vector's values must be finite, but one is " + value);
            }
            most = Math.max(most, Math.abs(value));
        }
        float scale = most / 127f;
        if (!(scale > 0)) {
            throw new IllegalArgumentException("a vector of zeros has no direction");
        }
        var bytes = new byte[vector.length];
        for (int i = 0; i < vector.length; i++) {
            bytes[i] = (byte) Math.clamp(Math.round(vector[i] / scale), -127, 127);
        }
        return new ModelVector(modelId, bytes, scale);
    }
}
