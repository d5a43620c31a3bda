package io.engram.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where a snapshot's content comes from, piece by piece; each is as it was written when it is given. */
public interface SnapshotSource {
    /** The next piece, valid until the next call; one with nothing in it when there is no more. */
    ByteBuffer next() throws IOException;

    /** The most bytes that can still come. */
    long atMost();
}
