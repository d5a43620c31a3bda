package io.engram.memory.image;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * Packs values into bytes, one after the other. Numbers of fixed width are little-endian. A count is written in groups of
 * seven bits, the lowest first, each but the last with its high bit set. A text is a count, twice its length in bytes,
 * and its UTF-8; a text that UTF-8 cannot carry (it holds half a surrogate pair) has that count plus one, and UTF-16 in
 * little-endian order.
 */
public final class Packer {
    private byte[] bytes = new byte[256];
    private int size;

    /** How many bytes there are. */
    public int size() {
        return size;
    }

    /** The bytes, of which the first {@link #size()} count; valid until the next change. */
    public byte[] array() {
        return bytes;
    }

    /** Forgets what was packed. */
    public void clear() {
        size = 0;
        // One very long text should not be paid for ever after.
        if (bytes.length > 1 << 20) {
            bytes = new byte[256];
        }
    }

    public void putByte(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    public void putShort(int value) {
        putByte(value);
        putByte(value >>> 8);
    }

    public void putInt(int value) {
        room(4);
        for (int shift = 0; shift < 32; shift += 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    public void putLong(long value) {
        putInt((int) value);
        putInt((int) (value >>> 32));
    }

    public void putFloat(float value) {
        putInt(Float.floatToRawIntBits(value));
    }

    /** @param count 0 or more */
    public void putCount(long count) {
        long rest = count;
        while (rest >= 0x80) {
            putByte((int) rest | 0x80);
            rest >>>= 7;
        }
        putByte((int) rest);
    }

    /** A time: seconds since 1970 (8 bytes) and nanoseconds (4). */
    public void putTime(Instant time) {
        putLong(time.getEpochSecond());
        putInt(time.getNano());
    }

    public void putText(String text) {
        if (hasHalfPair(text)) {
            putCount(4L * text.length() + 1);
            for (int i = 0; i < text.length(); i++) {
                putShort(text.charAt(i));
            }
            return;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        putCount(2L * utf8.length);
        putBytes(utf8, 0, utf8.length);
    }

    public void putBytes(byte[] source, int from, int length) {
        room(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
    }

    /** A text alone, as {@link #putText} packs it. */
    public static byte[] text(String text) {
        Packer packer = new Packer();
        packer.putText(text);
        return Arrays.copyOf(packer.bytes, packer.size);
    }

    private static boolean hasHalfPair(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), (int) Math.min(1L << 30, 2L * size)));
        }
    }
}
