package io.engram.snapshot;

/**
 * Which part of its log a snapshot stands for: everything up to and with an index.
 *
 * @param index of the last entry that it covers
 * @param epoch of that entry; 0 if it was not said
 * @param checksum over all entries up to that one; 0 if it was not said
 */
public record Position(long index, long epoch, long checksum) {
    /** A position of which no more is known than its index. */
    public static Position of(long index) {
        return new Position(index, 0, 0);
    }
}
