package io.engram.log;

/** The file system has less free space than the configured reserve; nothing was written. Appends work again once there is room. */
public final class LogFullException extends LogException {
    LogFullException(String message) {
        super(message, null);
    }
}
