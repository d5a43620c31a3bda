package io.engram.log.format;

/**
 * A point of a log: everything up to and with an index.
 *
 * @param index 0 before the first entry
 * @param epoch of the entry at the index; 0 before the first
 * @param timeMicros of the entry at the index, in microseconds since 1970; 0 before the first
 * @param checksum over all entries up to the index, see {@link Checksums}
 */
public record LogPoint(long index, long epoch, long timeMicros, long checksum) {
    public static final LogPoint START = new LogPoint(0, 0, 0, Checksums.OF_NOTHING);
}
