package io.engram.log;

/** Another process, or another part of this one, holds the folder; the message names the holder. */
public final class LogInUseException extends LogException {
    LogInUseException(String message) {
        super(message, null);
    }
}
