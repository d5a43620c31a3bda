package io.engram.memory.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where an image goes, piece by piece. */
@FunctionalInterface
public interface ImageSink {
    /** Takes all that remains of {@code bytes}; the caller uses the buffer again afterwards. */
    void write(ByteBuffer bytes) throws IOException;
}
