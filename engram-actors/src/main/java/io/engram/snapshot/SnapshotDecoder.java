package io.engram.snapshot;

import java.io.IOException;

/** Reads what a {@link StreamedSnapshot} wrote. Safe for any thread. */
public interface SnapshotDecoder {
    /** The manifest of what it reads. */
    String manifest();

    /**
     * @throws DamagedSnapshotException if it is not what was written
     */
    Object read(Position position, SnapshotSource source) throws IOException;
}
