package io.engram.log.files;

import io.engram.log.format.Keys;
import java.util.Arrays;

/**
 * Keys that may be lost, since what held them cannot be read.
 *
 * @param after they are greater than this
 * @param upTo and not greater than this
 * @param cause in words
 */
record Suspect(byte[] after, byte[] upTo, String cause) {
    /** Whether keys of a kind may be among them. */
    boolean concerns(byte kind) {
        return Arrays.compareUnsigned(after, Keys.start(kind + 1)) < 0
                && Arrays.compareUnsigned(upTo, Keys.start(kind)) > 0;
    }

    /** Whether a key of a log, of a kind that begins with the log's number, may be among them. */
    boolean concerns(byte kind, long log) {
        return Arrays.compareUnsigned(after, numbered(kind, log + 1)) < 0
                && Arrays.compareUnsigned(upTo, numbered(kind, log)) >= 0;
    }

    /** Whether this key may be among them. */
    boolean holds(byte[] key) {
        return Arrays.compareUnsigned(after, key) < 0 && Arrays.compareUnsigned(upTo, key) >= 0;
    }

    /** The last entry of a log that may be lost; 0 if none may be. */
    long lastEntryOf(long log) {
        if (!concerns(Keys.ENTRY_KIND, log)) {
            return 0;
        }
        if (Arrays.compareUnsigned(upTo, Keys.entry(log, LostRange.OPEN)) >= 0) {
            return LostRange.OPEN;
        }
        // Shorter keys than an entry's come before those that begin with them.
        return upTo.length >= Keys.ENTRY_BYTES
                ? Keys.indexOf(upTo)
                : Keys.indexOf(Arrays.copyOf(upTo, Keys.ENTRY_BYTES));
    }

    private static byte[] numbered(byte kind, long log) {
        var key = Keys.root(log);
        key[0] = kind;
        return key;
    }
}
