package io.engram.log.files;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** LevelDB's numbers of variable length: seven bits in a byte, the lowest first, the top bit set on all but the last byte. */
final class Varints {
    private static final int MAX_BITS = 64;

    private Varints() {}

    /** @throws BufferUnderflowException if the number does not end, or has too many bits */
    static long read(ByteBuffer from) {
        var value = 0L;
        for (var shift = 0; shift < MAX_BITS; shift += 7) {
            var next = from.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new BufferUnderflowException();
    }

    /** Reads a length that must fit into what is left of the buffer. */
    static int length(ByteBuffer from) {
        var value = read(from);
        if (value < 0 || value > from.remaining()) {
            throw new BufferUnderflowException();
        }
        return (int) value;
    }

    static byte[] bytes(ByteBuffer from) {
        var bytes = new byte[length(from)];
        from.get(bytes);
        return bytes;
    }

    static void write(ByteArrayOutputStream to, long value) {
        var left = value;
        while ((left & ~0x7FL) != 0) {
            to.write((int) (left & 0x7F | 0x80));
            left >>>= 7;
        }
        to.write((int) left);
    }

    static void writeBytes(ByteArrayOutputStream to, byte[] bytes) {
        write(to, bytes.length);
        to.writeBytes(bytes);
    }
}
