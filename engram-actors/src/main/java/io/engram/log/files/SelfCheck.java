package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;

/** Whether a key and its value are, by their own checksums, what was once written: the last word where LevelDB's are wrong. */
final class SelfCheck {
    private static final int NUMBERED_BYTES = 1 + 8;
    /** A log's name has at most 1,024 bytes, and so has a cell's. */
    private static final int MAX_NAME_BYTES = 1024;

    private SelfCheck() {}

    /** Whether the format has keys of this kind and length. */
    static boolean isKey(byte[] key) {
        return key.length > 0 && isKey(key[0], key.length);
    }

    static boolean isKey(byte kind, int length) {
        return switch (kind) {
            case Keys.HEADER_KIND, Keys.COMMIT_KIND, (byte) 0xFF -> length == 1;
            case Keys.NAME_KIND -> length > 1 && length <= 1 + MAX_NAME_BYTES;
            case Keys.ROOT_KIND, Keys.DAMAGE_KIND, Keys.META_KIND -> length == NUMBERED_BYTES;
            case Keys.ENTRY_KIND, Keys.PENDING_KIND -> length == Keys.ENTRY_BYTES;
            case Keys.CELL_KIND -> length >= NUMBERED_BYTES && length <= NUMBERED_BYTES + MAX_NAME_BYTES;
            default -> false;
        };
    }

    static boolean passes(byte[] key, byte[] value) {
        try {
            check(key, value);
            return true;
        } catch (BadValueException e) {
            return false;
        }
    }

    /** Reads a value as what its key says. */
    static void check(byte[] key, byte[] value) throws BadValueException {
        if (!isKey(key)) {
            throw new BadValueException("no key of this format");
        }
        switch (Keys.kind(key)) {
            case Keys.ENTRY_KIND -> EntryCodec.read(key, value);
            case Keys.HEADER_KIND -> Values.header(value);
            case Keys.NAME_KIND -> Values.numbers(key, value, 1);
            case Keys.ROOT_KIND -> Values.root(key, value);
            case Keys.DAMAGE_KIND -> Values.damage(key, value);
            case Keys.COMMIT_KIND -> Values.commit(value);
            case Keys.META_KIND -> Values.meta(key, value);
            default -> Values.unwrap(key, value);
        }
    }
}
