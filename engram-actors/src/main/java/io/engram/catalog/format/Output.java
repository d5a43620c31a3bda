package io.engram.catalog.format;

import io.engram.catalog.Table;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;

/** Bytes that grow. */
final class Output {
    private byte[] bytes = new byte[256];
    private int length;

    /** Begins with a version and a kind. */
    static Output begin(int version, int kind) {
        var out = new Output();
        out.putByte(version);
        out.putByte(kind);
        return out;
    }

    /** Everything so far, and the sum over it. */
    byte[] seal() {
        var sum = new CRC32C();
        sum.update(bytes, 0, length);
        putInt((int) sum.getValue());
        return Arrays.copyOf(bytes, length);
    }

    int length() {
        return length;
    }

    void putByte(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void putFlag(boolean value) {
        putByte(value ? 1 : 0);
    }

    void putInt(int value) {
        room(4);
        ByteBuffer.wrap(bytes, length, 4).putInt(value);
        length += 4;
    }

    void putLong(long value) {
        room(8);
        ByteBuffer.wrap(bytes, length, 8).putLong(value);
        length += 8;
    }

    /** A number that is not negative. */
    void putNumber(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("negative: " + value);
        }
        var left = value;
        while (left >= 0x80) {
            putByte((int) (left & 0x7F | 0x80));
            left >>>= 7;
        }
        putByte((int) left);
    }

    void putUuid(UUID value) {
        putLong(value.getMostSignificantBits());
        putLong(value.getLeastSignificantBits());
    }

    void putText(String value) {
        var utf8 = value.getBytes(StandardCharsets.UTF_8);
        putNumber(utf8.length);
        room(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
    }

    <T> void putOptional(Optional<T> value, BiConsumer<Output, T> writer) {
        putFlag(value.isPresent());
        value.ifPresent(present -> writer.accept(this, present));
    }

    <T> void putAll(Collection<T> values, BiConsumer<Output, T> writer) {
        putNumber(values.size());
        values.forEach(value -> writer.accept(this, value));
    }

    <K extends Comparable<? super K>, V> void putTable(
            Table<K, V> table, BiConsumer<Output, K> keys, BiConsumer<Output, V> values) {
        putAll(table.entries(), (out, entry) -> {
            keys.accept(out, entry.getKey());
            values.accept(out, entry.getValue());
        });
    }

    /** A table whose values say their keys. */
    <V> void putValues(Table<?, V> table, BiConsumer<Output, V> values) {
        putAll(table.values(), values);
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
        }
    }
}
