package io.engram.snapshot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Containers of the first version, which are read but no longer written: magic (8), version (1), index (8), timestamp (8),
 * name's length (4), payload's length (4), name in UTF-8, CRC32C of all that (4), payload, CRC32C of the payload (4).
 */
final class FirstContainer {
    static final byte VERSION = 1;

    private static final int FIXED_HEADER_BYTES = 8 + 1 + 8 + 8 + 4 + 4;

    private FirstContainer() {}

    /** @param bytes the whole container, of which magic and version have been looked at */
    static ByteBuffer payload(byte[] bytes, String log, SnapshotId id) throws DamagedSnapshotException {
        var name = log.getBytes(StandardCharsets.UTF_8);
        var headerBytes = FIXED_HEADER_BYTES + name.length;
        if (bytes.length < headerBytes + 4 + 4) {
            throw new DamagedSnapshotException("it is cut short");
        }
        var in = ByteBuffer.wrap(bytes);
        var expected = ByteBuffer.allocate(headerBytes)
                .put(bytes, 0, 9)
                .putLong(id.index())
                .putLong(id.timestamp())
                .putInt(name.length)
                .putInt(bytes.length - headerBytes - 4 - 4)
                .put(name)
                .flip();
        if (!in.slice(0, headerBytes).equals(expected)
                || ContainerWriter.sum(in.slice(0, headerBytes)) != in.getInt(headerBytes)) {
            throw new DamagedSnapshotException("its header is damaged, or another snapshot's");
        }
        var payload = in.slice(headerBytes + 4, bytes.length - headerBytes - 8);
        if (ContainerWriter.sum(payload.duplicate()) != in.getInt(bytes.length - 4)) {
            throw new DamagedSnapshotException("its checksum is wrong");
        }
        return payload;
    }
}
