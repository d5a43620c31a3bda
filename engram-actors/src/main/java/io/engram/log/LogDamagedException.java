package io.engram.log;

import org.jspecify.annotations.Nullable;

/** An entry is missing, or is not what was written. It names the log and the index; nothing is skipped. */
public final class LogDamagedException extends LogException {
    private final String log;
    private final long index;
    private final String reason;

    public LogDamagedException(String log, long index, String reason, @Nullable Throwable cause) {
        super("log '%s', index %d: %s".formatted(log, index, reason), cause);
        this.log = log;
        this.index = index;
        this.reason = reason;
    }

    /** The name of the log that is damaged. */
    public String log() {
        return log;
    }

    /** The index of the first entry that cannot be read, or 0 if the log's own values are damaged. */
    public long index() {
        return index;
    }

    /** What is wrong, without the place. */
    public String reason() {
        return reason;
    }
}
