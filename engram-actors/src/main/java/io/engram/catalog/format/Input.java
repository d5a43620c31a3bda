package io.engram.catalog.format;

import io.engram.catalog.Table;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Bytes that are read, with suspicion. */
final class Input {
    private static final int SUM_BYTES = 4;
    private static final int FRAME_BYTES = 2 + SUM_BYTES;

    /** Reads one thing. */
    interface Reader<T> {
        T read(Input in) throws BadCatalogBytesException;
    }

    private final ByteBuffer bytes;

    private Input(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads the whole of what {@link Output#seal} made.
     *
     * @param version the only one that this program knows
     * @param kind what is expected
     * @throws BadCatalogBytesException if it is anything else
     */
    static <T> T read(byte[] sealed, int version, int kind, Reader<T> reader) throws BadCatalogBytesException {
        if (sealed.length < FRAME_BYTES) {
            throw new BadCatalogBytesException("only %d bytes".formatted(sealed.length));
        }
        var end = sealed.length - SUM_BYTES;
        var sum = new CRC32C();
        sum.update(sealed, 0, end);
        if ((int) sum.getValue() != ByteBuffer.wrap(sealed).getInt(end)) {
            throw new BadCatalogBytesException("the checksum is wrong");
        }
        if (sealed[0] != version) {
            throw new BadCatalogBytesException(
                    "the version is %d, this program knows %d".formatted(sealed[0], version));
        }
        if (sealed[1] != kind) {
            throw new BadCatalogBytesException("the kind is %d, expected is %d".formatted(sealed[1], kind));
        }
        var in = new Input(ByteBuffer.wrap(sealed, 2, end - 2).slice());
        try {
            var read = reader.read(in);
            if (in.bytes.hasRemaining()) {
                throw new BadCatalogBytesException("%d bytes too many".formatted(in.bytes.remaining()));
            }
            return read;
        } catch (IllegalArgumentException e) {
            throw new BadCatalogBytesException("nonsense: " + e.getMessage());
        }
    }

    int getByte() throws BadCatalogBytesException {
        need(1);
        return bytes.get();
    }

    boolean getFlag() throws BadCatalogBytesException {
        var value = getByte();
        if (value != 0 && value != 1) {
            throw new BadCatalogBytesException("neither yes nor no: " + value);
        }
        return value == 1;
    }

    long getLong() throws BadCatalogBytesException {
        need(8);
        return bytes.getLong();
    }

    long getNumber() throws BadCatalogBytesException {
        var value = 0L;
        for (var shift = 0; shift < 63; shift += 7) {
            var next = getByte();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                if (next == 0 && shift > 0) {
                    throw new BadCatalogBytesException("a number is longer than it need be");
                }
                return value;
            }
        }
        throw new BadCatalogBytesException("a number does not end");
    }

    UUID getUuid() throws BadCatalogBytesException {
        need(16);
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    String getText() throws BadCatalogBytesException {
        var length = getNumber();
        need(length);
        var part = bytes.slice(bytes.position(), (int) length);
        bytes.position(bytes.position() + (int) length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(part).toString();
        } catch (CharacterCodingException e) {
            throw new BadCatalogBytesException("a text is no UTF-8");
        }
    }

    /** One of an enumeration's constants, by its place. */
    <T> T getOneOf(T[] constants) throws BadCatalogBytesException {
        var place = getByte();
        if (place < 0 || place >= constants.length) {
            throw new BadCatalogBytesException("none of %d: %d".formatted(constants.length, place));
        }
        return constants[place];
    }

    <T> Optional<T> getOptional(Reader<T> reader) throws BadCatalogBytesException {
        return getFlag() ? Optional.of(reader.read(this)) : Optional.empty();
    }

    /** @param most how many there may be */
    <T> List<T> getAll(int most, Reader<T> reader) throws BadCatalogBytesException {
        var size = getSize(most);
        var all = new ArrayList<T>(size);
        for (var i = 0; i < size; i++) {
            all.add(reader.read(this));
        }
        return all;
    }

    /** @param most how many entries there may be */
    <K extends Comparable<? super K>, V> Table<K, V> getTable(int most, Reader<K> keys, Reader<V> values)
            throws BadCatalogBytesException {
        var size = getSize(most);
        Map<K, V> entries = new LinkedHashMap<>();
        K last = null;
        for (var i = 0; i < size; i++) {
            var key = keys.read(this);
            last = inOrder(last, key);
            entries.put(key, values.read(this));
        }
        return Table.of(entries);
    }

    /** A table whose values say their keys. */
    <K extends Comparable<? super K>, V> Table<K, V> getValues(int most, Reader<V> values, Function<V, K> keyOf)
            throws BadCatalogBytesException {
        var size = getSize(most);
        Map<K, V> entries = new LinkedHashMap<>();
        K last = null;
        for (var i = 0; i < size; i++) {
            var value = values.read(this);
            var key = keyOf.apply(value);
            last = inOrder(last, key);
            entries.put(key, value);
        }
        return Table.of(entries);
    }

    private static <K extends Comparable<? super K>> K inOrder(@Nullable K last, K key)
            throws BadCatalogBytesException {
        if (last != null && last.compareTo(key) >= 0) {
            throw new BadCatalogBytesException("keys out of order");
        }
        return key;
    }

    private int getSize(int most) throws BadCatalogBytesException {
        var size = getNumber();
        if (size > most) {
            throw new BadCatalogBytesException("%d elements, at most %d".formatted(size, most));
        }
        // Each element has a byte at least.
        need(size);
        return (int) size;
    }

    private void need(long count) throws BadCatalogBytesException {
        if (count > bytes.remaining()) {
            throw new BadCatalogBytesException("cut short: %d bytes, %d needed".formatted(bytes.remaining(), count));
        }
    }
}
