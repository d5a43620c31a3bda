package io.engram.journal;

/** The log was closed; nothing was written. */
public final class LogClosedException extends LogException {
    LogClosedException(String message) {
        super(message, null);
    }
}
