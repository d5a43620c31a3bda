package io.engram.log;

import org.jspecify.annotations.Nullable;

/** The folder could not be opened as a log: unreadable, damaged, of an unknown format, or without its native library. */
public final class LogOpenException extends LogException {
    LogOpenException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
