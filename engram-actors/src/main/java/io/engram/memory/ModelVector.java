package io.engram.memory;

import java.util.Arrays;

/**
 * A text's vector by a model of this node, quantised: value i is {@code bytes[i] * scale}. The array is shared, not
 * copied: nobody changes it after construction.
 *
 * @param modelId the model and its version; vectors of different models are never compared
 * @param bytes one signed byte a dimension, -127 to 127
 * @param scale the size of one step, above 0
 */
public record ModelVector(String modelId, byte[] bytes, float scale) {
    public ModelVector {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("a model vector needs at least one value");
        }
        // The scan adds two products in 16 bits, which -128 would overflow.
        for (byte value : bytes) {
            if (value == Byte.MIN_VALUE) {
                throw new IllegalArgumentException("a quantised value must be between -127 and 127");
            }
        }
        if (!(scale > 0f) || !Float.isFinite(scale)) {
            throw new IllegalArgumentException("scale must be a number above 0, not " + scale);
        }
    }

    /**
     * Brings a vector to unit length and quantises it symmetrically, so that its largest value becomes 127 or -127.
     *
     * @param modelId the model and its version
     * @param vector the model's output, of any length; all zeros stay all zeros; not changed
     * @throws IllegalArgumentException if it is empty or holds a NaN or an infinity
     */
    public static ModelVector quantise(String modelId, float[] vector) {
        double squares = 0;
        float largest = 0f;
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("a vector's values must be finite, not " + value);
            }
            squares += (double) value * value;
            largest = Math.max(largest, Math.abs(value));
        }
        byte[] bytes = new byte[vector.length];
        if (largest == 0f) {
            return new ModelVector(modelId, bytes, 1f);
        }
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Math.round((double) vector[i] / largest * 127.0);
        }
        return new ModelVector(modelId, bytes, (float) (largest / Math.sqrt(squares) / 127.0));
    }

    public int dimension() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelVector that
                && modelId.equals(that.modelId)
                && scale == that.scale
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * modelId.hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "ModelVector[" + modelId + ", " + bytes.length + "]";
    }
}
