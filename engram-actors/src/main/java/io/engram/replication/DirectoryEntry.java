package io.engram.replication;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What an entry of a shard's directory says. As bytes: version (1, now 1), kind (1), then
 *
 * <pre>
 * kind 1, create   the space's name in UTF-8
 * kind 2, delete   index of the creation (8), the space's name in UTF-8
 * </pre>
 *
 * A kind that is not known stops the reader: what it does not understand it must not ignore.
 */
public sealed interface DirectoryEntry {
    byte VERSION = 1;

    /** The space's name. */
    String space();

    /** From here on the shard has the space; its log is named by this entry's own index. */
    record Create(String space) implements DirectoryEntry {}

    /** From here on the shard does not have the space. */
    record Delete(String space, long created) implements DirectoryEntry {}

    default byte[] toBytes() {
        var name = space().getBytes(StandardCharsets.UTF_8);
        return switch (this) {
            case Create _ ->
                ByteBuffer.allocate(2 + name.length)
                        .put(VERSION)
                        .put((byte) 1)
                        .put(name)
                        .array();
            case Delete delete ->
                ByteBuffer.allocate(2 + 8 + name.length)
                        .put(VERSION)
                        .put((byte) 2)
                        .putLong(delete.created())
                        .put(name)
                        .array();
        };
    }

    /** @throws IllegalArgumentException if the bytes are of another version or kind, or cut short */
    static DirectoryEntry of(byte[] bytes) {
        if (bytes.length < 2 || bytes[0] != VERSION) {
            throw new IllegalArgumentException("a directory's entry of an unknown version");
        }
        return switch (bytes[1]) {
            case 1 -> new Create(text(bytes, 2));
            case 2 -> {
                if (bytes.length < 10) {
                    throw new IllegalArgumentException("a directory's entry is cut short");
                }
                yield new Delete(text(bytes, 10), ByteBuffer.wrap(bytes).getLong(2));
            }
            default -> throw new IllegalArgumentException("a directory's entry of the unknown kind " + bytes[1]);
        };
    }

    private static String text(byte[] bytes, int from) {
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }
}
