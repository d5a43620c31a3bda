package io.engram.replication.format;

import org.jspecify.annotations.Nullable;

/** Bytes are not what this program, or another version of it that it understands, would have sent. Nothing of them counts. */
public final class BadMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    BadMessageException(String message) {
        this(message, null);
    }

    BadMessageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
