package io.engram.log.files;

import io.engram.log.format.Keys;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The entries that a stretch of keys can hold.
 *
 * @param firstLog the number of the first log
 * @param firstIndex the first index in that log
 * @param lastLog the number of the last log
 * @param lastIndex the last index in that one
 */
record EntryRange(long firstLog, long firstIndex, long lastLog, long lastIndex) {
    /** The entries in the keys greater than {@code after} and not greater than {@code upTo}; nothing if others may be there. */
    static Optional<EntryRange> of(byte[] after, byte[] upTo) {
        if (Arrays.compareUnsigned(after, Keys.start(Keys.ENTRY_KIND)) < 0
                || Arrays.compareUnsigned(upTo, Keys.start(Keys.ENTRY_KIND + 1)) > 0) {
            return Optional.empty();
        }
        // A key in an index may be a short one that no entry has: all entries of which it is a beginning come behind
        // it.
        var first = padded(after);
        var last = padded(upTo);
        var firstIndex = Keys.indexOf(first) + (after.length >= Keys.ENTRY_BYTES ? 1 : 0);
        var lastIsOne = upTo.length >= Keys.ENTRY_BYTES;
        var lastLog = Keys.kind(last) == Keys.ENTRY_KIND ? Keys.numberOf(last) : Long.MAX_VALUE;
        var lastIndex = Keys.indexOf(last);
        if (!lastIsOne && lastIndex == 0) {
            return Optional.of(new EntryRange(
                    Keys.numberOf(first),
                    firstIndex,
                    lastLog == Long.MAX_VALUE ? lastLog : lastLog - 1,
                    LostRange.OPEN));
        }
        return Optional.of(
                new EntryRange(Keys.numberOf(first), firstIndex, lastLog, lastIsOne ? lastIndex : lastIndex - 1));
    }

    /** The entries that may be among suspect keys, whatever else may be; nothing if none may be. */
    static Optional<EntryRange> within(Suspect suspect) {
        var start = Keys.start(Keys.ENTRY_KIND);
        var end = Keys.start(Keys.ENTRY_KIND + 1);
        if (Arrays.compareUnsigned(suspect.after(), end) >= 0 || Arrays.compareUnsigned(suspect.upTo(), start) <= 0) {
            return Optional.empty();
        }
        return of(
                Arrays.compareUnsigned(suspect.after(), start) < 0 ? start : suspect.after(),
                Arrays.compareUnsigned(suspect.upTo(), end) > 0 ? end : suspect.upTo());
    }

    private static byte[] padded(byte[] key) {
        return ByteBuffer.allocate(Keys.ENTRY_BYTES)
                .put(key, 0, Math.min(key.length, Keys.ENTRY_BYTES))
                .array();
    }

    boolean concerns(long log) {
        return log >= firstLog && log <= lastLog && firstOf(log) <= lastOf(log);
    }

    long firstOf(long log) {
        return log == firstLog ? Math.max(1, firstIndex) : 1;
    }

    long lastOf(long log) {
        return log == lastLog ? lastIndex : LostRange.OPEN;
    }
}
