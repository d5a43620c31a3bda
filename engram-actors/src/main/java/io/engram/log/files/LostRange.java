package io.engram.log.files;

/**
 * Entries of a log that are lost, or may be.
 *
 * @param log its number
 * @param first the first index; 0 if values of the log itself (its base point, a cell, a promise, a removal) may be lost, too
 * @param last the last index that may be concerned; {@link #OPEN} if everything from the first on may be
 * @param cause in words, for people
 */
public record LostRange(long log, long first, long last, String cause) {
    /** No end is known. */
    public static final long OPEN = Long.MAX_VALUE;
}
