package io.engram.log;

import org.jspecify.annotations.Nullable;

/** A record is missing, or is not what was written. It names the log and the sequence; nothing is skipped. */
public final class LogDamagedException extends LogException {
    private final String log;
    private final long sequence;

    public LogDamagedException(String log, long sequence, String reason, @Nullable Throwable cause) {
        super("log '%s', sequence %d: %s".formatted(log, sequence, reason), cause);
        this.log = log;
        this.sequence = sequence;
    }

    /** The name of the log that is damaged. */
    public String log() {
        return log;
    }

    /** The sequence of the first record that cannot be read, or 0 if the log's own entry is damaged. */
    public long sequence() {
        return sequence;
    }
}
