package io.engram.log.format;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * The arithmetic of a log's checksums. An entry's <em>digest</em> stands for its content and place; a log's running
 * <em>checksum</em> at an index stands for every entry up to there, so that two copies of a log agree up to an index if and
 * (but for chance, 2<sup>-64</sup>) only if they have the same checksum at it. Neither depends on the node.
 */
public final class Checksums {
    /** The running checksum of a log without entries. */
    public static final long OF_NOTHING = 0;

    private Checksums() {}

    /** CRC-32C in the upper half and CRC-32 in the lower, each over index (8), epoch (8), content. */
    public static long digest(long index, long epoch, byte[] content) {
        var place = ByteBuffer.allocate(16).putLong(index).putLong(epoch).array();
        var one = new CRC32C();
        one.update(place);
        one.update(content);
        var other = new CRC32();
        other.update(place);
        other.update(content);
        return one.getValue() << 32 | other.getValue();
    }

    /** As {@link #digest(long, long, byte[])}, over bytes that hold index, epoch and content in a row. */
    static long digest(byte[] bytes, int offset, int length) {
        var one = new CRC32C();
        one.update(bytes, offset, length);
        var other = new CRC32();
        other.update(bytes, offset, length);
        return one.getValue() << 32 | other.getValue();
    }

    /** The running checksum after an entry: {@code mix(mix(before ^ digest) ^ time)}. */
    public static long next(long before, long digest, long timeMicros) {
        return mix(mix(before ^ digest) ^ timeMicros);
    }

    /** MurmurHash3's 64-bit finalizer (Appleby, public domain): a bijection in which each bit touches every other. */
    private static long mix(long value) {
        var mixed = value;
        mixed = (mixed ^ mixed >>> 33) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ mixed >>> 33) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ mixed >>> 33;
    }

    static int crc(byte[] key, byte[] value, int length) {
        var sum = new CRC32C();
        sum.update(key);
        sum.update(value, 0, length);
        return (int) sum.getValue();
    }
}
