package io.engram.log;

import org.jspecify.annotations.Nullable;

/**
 * A forced write failed or its outcome is unknown. The writer has ended for good: whether the record is on the disk is
 * known only after the log has been opened again.
 */
public final class LogFailedException extends LogException {
    LogFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
