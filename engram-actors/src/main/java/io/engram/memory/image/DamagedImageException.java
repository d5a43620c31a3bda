package io.engram.memory.image;

import java.io.IOException;

/** An image that is not what was written, or was written by a version that this one does not know. */
public final class DamagedImageException extends IOException {
    private static final long serialVersionUID = 1;

    public DamagedImageException(String reason) {
        super(reason);
    }
}
