package io.engram.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where a snapshot's content goes, piece by piece. */
@FunctionalInterface
public interface SnapshotSink {
    /** Takes all that remains of {@code bytes}; the caller may use the buffer again afterwards. */
    void write(ByteBuffer bytes) throws IOException;
}
