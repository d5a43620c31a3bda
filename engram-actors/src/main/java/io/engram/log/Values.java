package io.engram.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The values in the database. Each begins with the version of its format and ends with a CRC32C over its key and
 * everything before the sum, so that a value is right only in its own place.
 */
final class Values {
    static final byte VERSION = 1;

    /** Version, flags, log number, sequence. */
    private static final int RECORD_HEADER_BYTES = 1 + 1 + 8 + 8;

    private static final int SUM_BYTES = 4;
    static final int RECORD_OVERHEAD_BYTES = RECORD_HEADER_BYTES + SUM_BYTES;

    /** A value that is not what was written; the caller knows its place in words. */
    static final class BadValueException extends Exception {
        BadValueException(String message) {
            super(message);
        }
    }

    private Values() {}

    static byte[] record(long number, long sequence, byte[] payload) {
        var buffer = ByteBuffer.allocate(RECORD_OVERHEAD_BYTES + payload.length);
        buffer.put(VERSION).put((byte) 0).putLong(number).putLong(sequence).put(payload);
        var sum = new CRC32C();
        // The place is in the header already, so the key needs no summing of its own.
        sum.update(buffer.array(), 0, buffer.position());
        return buffer.putInt((int) sum.getValue()).array();
    }

    static byte[] payload(byte[] value, long number, long sequence) throws BadValueException {
        if (value.length < RECORD_OVERHEAD_BYTES) {
            throw new BadValueException("the record is cut short, %d bytes".formatted(value.length));
        }
        var buffer = ByteBuffer.wrap(value);
        var sum = new CRC32C();
        sum.update(value, 0, value.length - SUM_BYTES);
        var stored = buffer.getInt(value.length - SUM_BYTES);
        if ((int) sum.getValue() != stored) {
            throw new BadValueException(
                    "the checksum is %08x, but %08x was written".formatted((int) sum.getValue(), stored));
        }
        checkVersion(buffer.get());
        var flags = buffer.get();
        if (flags != 0) {
            throw new BadValueException("the record has unknown flags %02x".formatted(flags));
        }
        var foundNumber = buffer.getLong();
        var foundSequence = buffer.getLong();
        if (foundNumber != number || foundSequence != sequence) {
            throw new BadValueException(
                    "the record belongs to log number %d, sequence %d".formatted(foundNumber, foundSequence));
        }
        var payload = new byte[value.length - RECORD_OVERHEAD_BYTES];
        buffer.get(payload);
        return payload;
    }

    /** One or more numbers. */
    static byte[] numbers(byte[] key, long... numbers) {
        var buffer = ByteBuffer.allocate(1 + 8 * numbers.length + SUM_BYTES);
        buffer.put(VERSION);
        for (var number : numbers) {
            buffer.putLong(number);
        }
        return buffer.putInt(sum(key, buffer.array(), buffer.position())).array();
    }

    static long[] numbers(byte[] key, byte[] value, int count) throws BadValueException {
        if (value.length != 1 + 8 * count + SUM_BYTES) {
            throw new BadValueException("the entry has %d bytes".formatted(value.length));
        }
        var buffer = ByteBuffer.wrap(value);
        if (sum(key, value, value.length - SUM_BYTES) != buffer.getInt(value.length - SUM_BYTES)) {
            throw new BadValueException("the entry's checksum is wrong");
        }
        checkVersion(buffer.get());
        var numbers = new long[count];
        for (var i = 0; i < count; i++) {
            numbers[i] = buffer.getLong();
        }
        return numbers;
    }

    private static void checkVersion(byte version) throws BadValueException {
        if (version != VERSION) {
            throw new BadValueException("the format version is %d, this program knows %d".formatted(version, VERSION));
        }
    }

    private static int sum(byte[] key, byte[] value, int length) {
        var sum = new CRC32C();
        sum.update(key);
        sum.update(value, 0, length);
        return (int) sum.getValue();
    }
}
