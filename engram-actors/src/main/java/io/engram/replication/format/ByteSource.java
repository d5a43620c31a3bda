package io.engram.replication.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Bytes that are being read, big-endian. Nothing is allocated that they are not long enough for. */
final class ByteSource {
    @FunctionalInterface
    interface Item<T> {
        T read(ByteSource from) throws BadMessageException;
    }

    private final ByteBuffer buffer;
    private final Limits limits;

    ByteSource(byte[] bytes, int offset, int length, Limits limits) {
        this.buffer = ByteBuffer.wrap(bytes, offset, length);
        this.limits = limits;
    }

    int remaining() {
        return buffer.remaining();
    }

    /** The next bytes as a source of their own. */
    ByteSource part(int bytes) throws BadMessageException {
        require(bytes);
        var part = new ByteSource(buffer.array(), buffer.position(), bytes, limits);
        buffer.position(buffer.position() + bytes);
        return part;
    }

    private ByteBuffer require(int bytes) throws BadMessageException {
        if (bytes < 0 || buffer.remaining() < bytes) {
            throw new BadMessageException(
                    "cut short: %d bytes are left where %d are wanted".formatted(buffer.remaining(), bytes));
        }
        return buffer;
    }

    int get() throws BadMessageException {
        return require(1).get();
    }

    boolean getBoolean() throws BadMessageException {
        var value = get();
        if (value != 0 && value != 1) {
            throw new BadMessageException("neither yes nor no: " + value);
        }
        return value == 1;
    }

    int getInt() throws BadMessageException {
        return require(4).getInt();
    }

    long getLong() throws BadMessageException {
        return require(8).getLong();
    }

    byte[] getBytes() throws BadMessageException {
        var length = getInt();
        require(length);
        var bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    String getName() throws BadMessageException {
        var length = Short.toUnsignedInt(require(2).getShort());
        require(length);
        if (length > limits.nameBytes()) {
            throw new BadMessageException(
                    "a name of %d bytes; at most %d are taken".formatted(length, limits.nameBytes()));
        }
        var utf8 = buffer.slice(buffer.position(), length);
        buffer.position(buffer.position() + length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new BadMessageException("a name is not UTF-8", e);
        }
    }

    /** @param leastBytes what the smallest item takes, at least 1 */
    <T> List<T> getList(int leastBytes, Item<T> item) throws BadMessageException {
        var count = getInt();
        if (count < 0 || count > limits.items() || (long) count * leastBytes > buffer.remaining()) {
            throw new BadMessageException("a list of %d items in %d bytes; at most %d are taken"
                    .formatted(count, buffer.remaining(), limits.items()));
        }
        var items = new ArrayList<T>(count);
        for (var i = 0; i < count; i++) {
            items.add(item.read(this));
        }
        return items;
    }
}
