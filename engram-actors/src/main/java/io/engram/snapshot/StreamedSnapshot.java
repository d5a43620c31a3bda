package io.engram.snapshot;

import java.io.IOException;

/**
 * A state that is never in memory as bytes as a whole: it writes itself piece by piece, on whichever thread has the time,
 * and does not change any more.
 */
public interface StreamedSnapshot {
    /** What {@link SnapshotDecoder} it is to be read by, as {@code name/version}. */
    String manifest();

    /** @param position where in its log the state stands */
    void write(Position position, SnapshotSink sink) throws IOException;
}
