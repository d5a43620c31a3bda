package io.engram.memory;

import java.util.Arrays;

/**
 * A text's vector by a model of this node, quantised: value i is {@code bytes[i] * scale}.
 *
 * @param modelId the model and its version; vectors of different models are never compared
 * @param bytes one signed byte a dimension, -127 to 127
 * @param scale the size of one step, above 0
 */
public record ModelVector(String modelId, byte[] bytes, float scale) {
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
