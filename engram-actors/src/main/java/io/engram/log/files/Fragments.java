package io.engram.log.files;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The layer below the records of a write-ahead log or a manifest, LevelDB's {@code log_format}. A file is blocks of 32 KiB; in
 * them fragments, none across a block's end:
 *
 * <pre>
 * masked CRC-32C over type and data (4)  data's length (2)  type (1)  data      little-endian
 * types: 1 a whole record; 2 its first, 3 a middle, 4 its last part
 * </pre>
 *
 * A block's last bytes are zeros if no header fits in. LevelDB writes through mapped memory, so zeros also stand behind the
 * last record of a process that was killed.
 */
final class Fragments {
    static final int BLOCK_BYTES = 32 * 1024;
    static final int HEADER_BYTES = 7;
    static final byte FULL = 1;
    static final byte FIRST = 2;
    static final byte MIDDLE = 3;
    static final byte LAST = 4;

    private Fragments() {}

    /**
     * A record of which every fragment is whole.
     *
     * @param to where the next fragment may begin
     */
    record Found(int to, byte[] content) {}

    /** Whether a fragment with a right checksum stands here. */
    static boolean wholeAt(byte[] file, int position) {
        if (position + HEADER_BYTES > file.length) {
            return false;
        }
        var type = type(file, position);
        var length = length(file, position);
        return type >= FULL
                && type <= LAST
                && position % BLOCK_BYTES + HEADER_BYTES + length <= BLOCK_BYTES
                && position + HEADER_BYTES + length <= file.length
                && maskedSum(file, position + HEADER_BYTES - 1, 1 + length)
                        == ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(position);
    }

    static byte type(byte[] file, int position) {
        return file[position + 6];
    }

    static int length(byte[] file, int position) {
        return (file[position + 4] & 0xFF) | (file[position + 5] & 0xFF) << 8;
    }

    /** The next place where a header may stand: here, or in the next block if too little of this one is left. */
    static int headerAt(int position) {
        var left = BLOCK_BYTES - position % BLOCK_BYTES;
        return left < HEADER_BYTES ? position + left : position;
    }

    /** The record that begins here, if all of it is whole. */
    static Optional<Found> recordAt(byte[] file, int position) {
        if (!wholeAt(file, position)) {
            return Optional.empty();
        }
        var content = new ByteArrayOutputStream();
        var next = position;
        for (var first = true; wholeAt(file, next); first = false) {
            var type = type(file, next);
            if (first != (type == FULL || type == FIRST)) {
                return Optional.empty();
            }
            content.write(file, next + HEADER_BYTES, length(file, next));
            next += HEADER_BYTES + length(file, next);
            if (type == FULL || type == LAST) {
                return Optional.of(new Found(next, content.toByteArray()));
            }
            next = headerAt(next);
        }
        return Optional.empty();
    }

    /** Writes a record behind what {@code to} holds, which must be the file from its beginning. */
    static void append(ByteArrayOutputStream to, byte[] content) {
        var from = 0;
        var first = true;
        do {
            var padding = headerAt(to.size()) - to.size();
            to.writeBytes(new byte[padding]);
            var room = BLOCK_BYTES - to.size() % BLOCK_BYTES - HEADER_BYTES;
            var length = Math.min(room, content.length - from);
            var last = from + length == content.length;
            write(to, last ? first ? FULL : LAST : first ? FIRST : MIDDLE, content, from, length);
            from += length;
            first = false;
        } while (from < content.length);
    }

    private static void write(ByteArrayOutputStream to, byte type, byte[] content, int from, int length) {
        var fragment = ByteBuffer.allocate(HEADER_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        fragment.position(4);
        fragment.putShort((short) length).put(type).put(content, from, length);
        fragment.putInt(0, maskedSum(fragment.array(), HEADER_BYTES - 1, 1 + length));
        to.writeBytes(fragment.array());
    }

    /** LevelDB stores checksums rotated and offset, since a checksum over data that holds checksums is weak. */
    static int maskedSum(byte[] bytes, int from, int length) {
        var sum = new CRC32C();
        sum.update(bytes, from, length);
        return Integer.rotateRight((int) sum.getValue(), 15) + 0xA282EAD8;
    }

    /** Where the zeros behind the last record begin, or within that record if it ends in zeros. */
    static int usedBytes(byte[] file) {
        var end = file.length;
        while (end > 0 && file[end - 1] == 0) {
            end--;
        }
        return end;
    }
}
