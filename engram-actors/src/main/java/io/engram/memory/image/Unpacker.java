package io.engram.memory.image;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Takes values out of bytes that a {@link Packer} packed. Bytes that no packer made are an {@link
 * IllegalArgumentException} or an {@link IndexOutOfBoundsException}; no length makes it reserve more than there is.
 */
public final class Unpacker {
    private final byte[] bytes;
    private final int end;
    private int at;

    /** Values from {@code from} up to {@code end}, exclusive. */
    public Unpacker(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /** Where the next value begins. */
    public int position() {
        return at;
    }

    public boolean isAtEnd() {
        return at == end;
    }

    public byte getByte() {
        return bytes[advance(1)];
    }

    public int getShort() {
        int from = advance(2);
        return (bytes[from] & 0xFF) | (bytes[from + 1] & 0xFF) << 8;
    }

    public int getInt() {
        int from = advance(4);
        return (bytes[from] & 0xFF)
                | (bytes[from + 1] & 0xFF) << 8
                | (bytes[from + 2] & 0xFF) << 16
                | (bytes[from + 3] & 0xFF) << 24;
    }

    public long getLong() {
        return (getInt() & 0xFFFF_FFFFL) | (long) getInt() << 32;
    }

    public float getFloat() {
        return Float.intBitsToFloat(getInt());
    }

    /** A count of things of which each takes so many bytes or more. */
    public int getCount(int elementBytes) {
        long count = getNumber();
        if (count > (end - at) / elementBytes) {
            throw new IllegalArgumentException("a count of " + count + " with " + (end - at) + " bytes left");
        }
        return (int) count;
    }

    /** A count of anything. */
    public long getNumber() {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            byte group = getByte();
            value |= (group & 0x7FL) << shift;
            if (group >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a count that does not end");
    }

    public Instant getTime() {
        long seconds = getLong();
        return Instant.ofEpochSecond(seconds, getInt());
    }

    public String getText() {
        long count = getNumber();
        if (count >>> 1 > end - at) {
            throw new IllegalArgumentException("a text of " + (count >>> 1) + " bytes with " + (end - at) + " left");
        }
        int length = (int) (count >>> 1);
        int from = advance(length);
        if ((count & 1) == 0) {
            return new String(bytes, from, length, StandardCharsets.UTF_8);
        }
        char[] halves = new char[length / 2];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = (char) ((bytes[from + 2 * i] & 0xFF) | (bytes[from + 2 * i + 1] & 0xFF) << 8);
        }
        return new String(halves);
    }

    private int advance(int length) {
        int from = at;
        if (length > end - from) {
            throw new IndexOutOfBoundsException("a value of " + length + " bytes with " + (end - from) + " left");
        }
        at = from + length;
        return from;
    }
}
