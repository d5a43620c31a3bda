package io.engram.log.format;

/** Bytes that are not what was written there. The caller knows their place in words. */
public final class BadValueException extends Exception {
    public BadValueException(String message) {
        super(message);
    }
}
