package io.engram.snapshot;

import java.io.IOException;

/** A snapshot that is not what was written. */
public final class DamagedSnapshotException extends IOException {
    private static final long serialVersionUID = 1;

    public DamagedSnapshotException(String reason) {
        super(reason);
    }
}
