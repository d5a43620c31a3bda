package io.engram.log;

/** The log was closed; nothing was written. */
public final class LogClosedException extends LogException {
    LogClosedException(String message) {
        super(message, null);
    }
}
