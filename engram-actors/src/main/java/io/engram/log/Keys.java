package io.engram.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The places in the database. The first byte says which kind; numbers are big-endian, so that the order of the keys is
 * the order of the numbers.
 */
final class Keys {
    private static final byte META = 0x00;
    private static final byte NAME = 0x01;
    private static final byte MARK = 0x02;
    private static final byte RECORD = 0x03;
    private static final byte PENDING = 0x04;

    /** The format of the folder and the next log number. */
    static final byte[] HEADER = {META};
    /** The last key of all, so that "the last one before X" always has an X to start from. */
    static final byte[] GUARD = {(byte) 0xFF};

    static final byte[] PENDING_FROM = {PENDING};
    static final byte[] PENDING_TO = {PENDING + 1};
    static final byte[] NAMES_TO = {NAME + 1};

    static final int RECORD_BYTES = 1 + 8 + 8;

    private Keys() {}

    static byte[] name(String log) {
        var utf8 = log.getBytes(StandardCharsets.UTF_8);
        var key = new byte[1 + utf8.length];
        key[0] = NAME;
        System.arraycopy(utf8, 0, key, 1, utf8.length);
        return key;
    }

    static String nameOf(byte[] key) {
        return new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
    }

    /** Where a log's truncation mark is. */
    static byte[] mark(long number) {
        return ByteBuffer.allocate(1 + 8).put(MARK).putLong(number).array();
    }

    /** Where it is noted that a log's records up to a sequence are still to be removed. */
    static byte[] pending(long number, long to) {
        return placed(PENDING, number, to);
    }

    static byte[] record(long number, long sequence) {
        return placed(RECORD, number, sequence);
    }

    static boolean isRecordOf(byte[] key, long number) {
        return key.length == RECORD_BYTES
                && key[0] == RECORD
                && ByteBuffer.wrap(key, 1, 8).getLong() == number;
    }

    static long numberOf(byte[] key) {
        return ByteBuffer.wrap(key, 1, 8).getLong();
    }

    static long sequenceOf(byte[] key) {
        return ByteBuffer.wrap(key, 9, 8).getLong();
    }

    static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    private static byte[] placed(byte kind, long number, long sequence) {
        return ByteBuffer.allocate(1 + 8 + 8)
                .put(kind)
                .putLong(number)
                .putLong(sequence)
                .array();
    }
}
