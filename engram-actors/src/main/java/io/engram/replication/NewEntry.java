package io.engram.replication;

/**
 * What is to be appended.
 *
 * @param content the owner's bytes; not copied, so they must not change any more
 * @param timeMicros when it happened, in microseconds since 1970; the log takes the time of the entry before if that is later
 */
public record NewEntry(byte[] content, long timeMicros) {
    long bytes() {
        return content.length + LogEntry.OVERHEAD_BYTES;
    }
}
