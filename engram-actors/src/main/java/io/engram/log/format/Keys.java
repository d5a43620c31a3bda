package io.engram.log.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The places in the database. The first byte says which kind; numbers are big-endian, so that the order of the keys is
 * the order of the numbers.
 */
public final class Keys {
    /** The format of the folder and the next log number. */
    public static final byte HEADER_KIND = 0x00;
    /** A log's name, with its number. */
    public static final byte NAME_KIND = 0x01;
    /** A log's number, with its name and the point where its entries begin. */
    public static final byte ROOT_KIND = 0x02;
    /** An entry. */
    public static final byte ENTRY_KIND = 0x03;
    /** Entries that are still to be removed. */
    public static final byte PENDING_KIND = 0x04;
    /** What is known to be damaged of a log. */
    public static final byte DAMAGE_KIND = 0x05;
    /** Which logs the newest forced writes touched. */
    public static final byte COMMIT_KIND = 0x06;
    /** A small value that its owner keeps with a log. */
    public static final byte CELL_KIND = 0x07;
    /** What replication keeps of a log. */
    public static final byte META_KIND = 0x08;

    private static final byte GUARD_KIND = (byte) 0xFF;

    public static final byte[] HEADER = {HEADER_KIND};
    public static final byte[] COMMIT = {COMMIT_KIND};
    /** The last key of all, so that "the last one before X" always has an X to start from. */
    public static final byte[] GUARD = {GUARD_KIND};

    private static final int NUMBERED_BYTES = 1 + 8;
    /** The length of an entry's key. */
    public static final int ENTRY_BYTES = 1 + 8 + 8;

    private Keys() {}

    /** The first key of a kind; {@code start(kind + 1)} is behind its last one. */
    public static byte[] start(int kind) {
        return new byte[] {(byte) kind};
    }

    public static byte[] name(String log) {
        var utf8 = log.getBytes(StandardCharsets.UTF_8);
        var key = new byte[1 + utf8.length];
        key[0] = NAME_KIND;
        System.arraycopy(utf8, 0, key, 1, utf8.length);
        return key;
    }

    /** The name in a key of {@link #NAME_KIND}. */
    public static String nameOf(byte[] key) {
        return new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
    }

    public static byte[] root(long number) {
        return numbered(ROOT_KIND, number);
    }

    public static byte[] damage(long number) {
        return numbered(DAMAGE_KIND, number);
    }

    public static byte[] meta(long number) {
        return numbered(META_KIND, number);
    }

    /** Where it is noted that a log's entries up to an index are still to be removed. */
    public static byte[] pending(long number, long to) {
        return placed(PENDING_KIND, number, to);
    }

    public static byte[] entry(long number, long index) {
        return placed(ENTRY_KIND, number, index);
    }

    /** The cell of a log under a name of its owner's. */
    public static byte[] cell(long number, byte[] name) {
        return ByteBuffer.allocate(NUMBERED_BYTES + name.length)
                .put(CELL_KIND)
                .putLong(number)
                .put(name)
                .array();
    }

    public static byte[] cellName(byte[] key) {
        return Arrays.copyOfRange(key, NUMBERED_BYTES, key.length);
    }

    /** The kind of a key; it must not be empty. */
    public static byte kind(byte[] key) {
        return key[0];
    }

    public static boolean isEntry(byte[] key) {
        return key.length == ENTRY_BYTES && key[0] == ENTRY_KIND;
    }

    public static boolean isEntryOf(byte[] key, long number) {
        return isEntry(key) && numberOf(key) == number;
    }

    /** The log number in a key of any kind that has one. */
    public static long numberOf(byte[] key) {
        return ByteBuffer.wrap(key, 1, 8).getLong();
    }

    /** The index in a key of {@link #ENTRY_KIND} or {@link #PENDING_KIND}. */
    public static long indexOf(byte[] key) {
        return ByteBuffer.wrap(key, 9, 8).getLong();
    }

    public static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    private static byte[] numbered(byte kind, long number) {
        return ByteBuffer.allocate(NUMBERED_BYTES).put(kind).putLong(number).array();
    }

    private static byte[] placed(byte kind, long number, long index) {
        return ByteBuffer.allocate(ENTRY_BYTES)
                .put(kind)
                .putLong(number)
                .putLong(index)
                .array();
    }
}
