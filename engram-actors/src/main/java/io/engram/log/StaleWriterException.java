package io.engram.log;

/** An append did not begin right after the log's last record: somebody else has written, or the log was dropped. Nothing was written. */
public final class StaleWriterException extends LogException {
    public StaleWriterException(String message) {
        super(message, null);
    }
}
