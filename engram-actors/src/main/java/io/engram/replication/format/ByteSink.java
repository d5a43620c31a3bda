package io.engram.replication.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.function.BiConsumer;

/** Bytes that are being written, big-endian. */
final class ByteSink {
    private static final int FIRST_BYTES = 512;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);
    private final Limits limits;

    ByteSink(Limits limits) {
        this.limits = limits;
    }

    int size() {
        return buffer.position();
    }

    /** Forgets what was written behind a size. */
    void cutTo(int size) {
        buffer.position(size);
    }

    byte[] toBytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    byte[] array() {
        return buffer.array();
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            var needed = (long) buffer.position() + bytes;
            // A little more than a batch may hold, so that it is the batch that says what is too large.
            var larger = Math.max(needed, Math.min(2L * buffer.capacity(), limits.batchBytes()));
            var old = buffer;
            buffer = ByteBuffer.allocate(Math.toIntExact(larger));
            buffer.put(old.array(), 0, old.position());
        }
        return buffer;
    }

    ByteSink put(int value) {
        room(1).put((byte) value);
        return this;
    }

    ByteSink put(boolean value) {
        return put(value ? 1 : 0);
    }

    ByteSink putInt(int value) {
        room(4).putInt(value);
        return this;
    }

    ByteSink putInt(int at, int value) {
        buffer.putInt(at, value);
        return this;
    }

    ByteSink putLong(long value) {
        room(8).putLong(value);
        return this;
    }

    /** Length (4) and bytes. */
    ByteSink putBytes(byte[] bytes) {
        room(4 + bytes.length).putInt(bytes.length).put(bytes);
        return this;
    }

    /** Length (2) and UTF-8. */
    ByteSink putName(String name) {
        var utf8 = name.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > limits.nameBytes()) {
            throw new IllegalArgumentException(
                    "a name of %d bytes; at most %d go".formatted(utf8.length, limits.nameBytes()));
        }
        room(2 + utf8.length).putShort((short) utf8.length).put(utf8);
        return this;
    }

    /** Count (4) and so many items. */
    <T> ByteSink putList(Collection<T> items, BiConsumer<ByteSink, T> put) {
        if (items.size() > limits.items()) {
            throw new IllegalArgumentException(
                    "a list of %d items; at most %d go".formatted(items.size(), limits.items()));
        }
        putInt(items.size());
        items.forEach(item -> put.accept(this, item));
        return this;
    }
}
