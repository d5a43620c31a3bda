package io.engram.cluster;

import io.engram.log.format.LogPoint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Which snapshot of which log, as nodes name it to each other. As bytes: version (1), now 1; index (8), epoch (8), time (8) and
 * checksum (8) of the point at which it stands; the log's name in UTF-8.
 *
 * @param log the name under which the stores keep the log
 */
record SnapshotName(String log, LogPoint point) {
    private static final byte VERSION = 1;
    private static final int FIXED_BYTES = 1 + 4 * 8;
    private static final int MOST_BYTES = FIXED_BYTES + 1_024;

    byte[] toBytes() {
        var name = log.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(FIXED_BYTES + name.length)
                .put(VERSION)
                .putLong(point.index())
                .putLong(point.epoch())
                .putLong(point.timeMicros())
                .putLong(point.checksum())
                .put(name)
                .array();
    }

    /** @throws IllegalArgumentException if these bytes name no snapshot of a space's log */
    static SnapshotName of(byte[] bytes) {
        if (bytes.length <= FIXED_BYTES || bytes.length > MOST_BYTES || bytes[0] != VERSION) {
            throw new IllegalArgumentException("these %d bytes name no snapshot".formatted(bytes.length));
        }
        var in = ByteBuffer.wrap(bytes, 1, FIXED_BYTES - 1);
        var point = new LogPoint(in.getLong(), in.getLong(), in.getLong(), in.getLong());
        var log = new String(bytes, FIXED_BYTES, bytes.length - FIXED_BYTES, StandardCharsets.UTF_8);
        var name = new SnapshotName(log, point);
        if (point.index() < 1 || LogAddress.parse(log).isEmpty() || !Arrays.equals(name.toBytes(), bytes)) {
            throw new IllegalArgumentException("'%s' at %d names no snapshot".formatted(log, point.index()));
        }
        return name;
    }
}
