package io.engram.log.files;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A key inside a table: the key itself, then 8 bytes, little-endian: sequence shifted left by 8, or'ed with 1 for a put and 0
 * for a delete.
 */
record InternalKey(byte[] user, long sequence, byte type) {
    static final int TRAILER_BYTES = 8;

    static InternalKey of(byte[] bytes) throws BadBytesException {
        if (bytes.length < TRAILER_BYTES) {
            throw new BadBytesException(0, "a key of %d bytes in a table".formatted(bytes.length));
        }
        var user = bytes.length - TRAILER_BYTES;
        var trailer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(user);
        return new InternalKey(Arrays.copyOf(bytes, user), trailer >>> 8, (byte) trailer);
    }

    byte[] bytes() {
        return ByteBuffer.allocate(user.length + TRAILER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(user)
                .putLong(sequence << 8 | type)
                .array();
    }
}
