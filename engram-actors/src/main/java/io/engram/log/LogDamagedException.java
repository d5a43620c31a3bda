package io.engram.log;

import org.jspecify.annotations.Nullable;

/** An entry is missing, or is not what was written. It names the log and the index; nothing is skipped. */
public final class LogDamagedException extends LogException {
    private final String log;
    private final long index;
    private final String reason;
    private final long from;

    /** @param from the first of the entries of which one is damaged, where it cannot be told which */
    LogDamagedException(String log, long from, long index, String reason) {
        super("log '%s', index %d: %s".formatted(log, index, reason), null);
        this.log = log;
        this.index = index;
        this.reason = reason;
        this.from = from;
    }

    public LogDamagedException(String log, long index, String reason, @Nullable Throwable cause) {
        super("log '%s', index %d: %s".formatted(log, index, reason), cause);
        this.log = log;
        this.index = index;
        this.reason = reason;
        this.from = index;
    }

    /** The name of the log that is damaged. */
    public String log() {
        return log;
    }

    /** The index of the first entry that cannot be read, or 0 if the log's own values are damaged. */
    public long index() {
        return index;
    }

    /** The first of the entries of which one is damaged, where it cannot be told which; else the index. */
    long from() {
        return from;
    }

    /** What is wrong, without the place. */
    public String reason() {
        return reason;
    }
}
