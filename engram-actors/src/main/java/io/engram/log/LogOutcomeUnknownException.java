package io.engram.log;

import org.jspecify.annotations.Nullable;

/**
 * A write was interrupted: whether it is on the disk is known as soon as the log takes writes again, from what it then
 * holds. The log itself goes on.
 */
public final class LogOutcomeUnknownException extends LogException {
    public LogOutcomeUnknownException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
