package io.engram.log;

/** The queue in front of the log is full; nothing was written and the caller may try again a little later. */
public final class LogOverloadedException extends LogException {
    public LogOverloadedException(String message) {
        super(message, null);
    }
}
