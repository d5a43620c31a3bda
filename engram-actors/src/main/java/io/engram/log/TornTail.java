package io.engram.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Cuts off what a killed process left half written at the end of one of LevelDB's journals (its write-ahead log or its
 * manifest). LevelDB writes these through mapped memory, so a kill can leave any part of the last record followed by
 * zeros; with its strict checks on it then refuses to open, and without them it would also skip damage in the middle.
 *
 * <p>Only a tail is cut: if any whole record follows the first bad one the file is damaged in the middle, and is left
 * for LevelDB to refuse. A half-written record was never acknowledged, since acknowledgement waits for its force.
 *
 * <p>The format is that of LevelDB's {@code log_format}: blocks of 32 KiB; in them fragments of checksum (4 bytes,
 * masked CRC32C over type and data), length (2), type (1), data; little-endian; a block's last bytes are zeros if no
 * header fits in.
 */
final class TornTail {
    private static final int BLOCK_BYTES = 32 * 1024;
    private static final int HEADER_BYTES = 7;
    private static final int FULL = 1;
    private static final int FIRST = 2;
    private static final int MIDDLE = 3;
    private static final int LAST = 4;

    /** What was cut. */
    record Cut(Path file, long keptBytes, long droppedBytes) {}

    private TornTail() {}

    /** The newest write-ahead log and the manifest in use, if there are any. */
    static Optional<Path> newestLog(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            // LevelDB numbers its files upwards, with leading zeros up to six digits.
            return files.filter(file -> file.getFileName().toString().matches("\\d+\\.log"))
                    .max((a, b) -> Long.compare(number(a), number(b)));
        }
    }

    static Optional<Path> manifest(Path folder) throws IOException {
        var current = folder.resolve("CURRENT");
        if (!Files.isRegularFile(current)) {
            return Optional.empty();
        }
        var name = Files.readString(current, StandardCharsets.ISO_8859_1).strip();
        if (!name.matches("MANIFEST-\\d+")) {
            return Optional.empty();
        }
        return Optional.of(folder.resolve(name)).filter(Files::isRegularFile);
    }

    /** Cuts the file's torn tail, if it has one. */
    static Optional<Cut> cut(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        var kept = wholeRecordsEnd(bytes);
        var dropped = lastNonZero(bytes) - kept;
        if (dropped <= 0 || anyWholeFragmentAfter(bytes, kept)) {
            return Optional.empty();
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(kept);
            channel.force(true);
        }
        return Optional.of(new Cut(file, kept, dropped));
    }

    /** Where the last whole record, all of its fragments together, ends. */
    private static int wholeRecordsEnd(byte[] bytes) {
        var position = 0;
        var end = 0;
        var inside = false;
        while (true) {
            var left = BLOCK_BYTES - position % BLOCK_BYTES;
            if (left < HEADER_BYTES) {
                position += left;
                continue;
            }
            if (!wholeFragmentAt(bytes, position)) {
                return end;
            }
            var type = bytes[position + 6];
            position += HEADER_BYTES + length(bytes, position);
            switch (type) {
                case FULL, LAST -> {
                    if (inside != (type == LAST)) {
                        return end;
                    }
                    inside = false;
                    end = position;
                }
                case FIRST, MIDDLE -> {
                    if (inside != (type == MIDDLE)) {
                        return end;
                    }
                    inside = true;
                }
                default -> {
                    return end;
                }
            }
        }
    }

    /**
     * Whether a record begins or ends whole somewhere after {@code from}, other than the fragments that directly follow
     * it: those belong to the half-written record itself.
     */
    private static boolean anyWholeFragmentAfter(byte[] bytes, int from) {
        var position = from;
        while (position < bytes.length) {
            var left = BLOCK_BYTES - position % BLOCK_BYTES;
            if (left < HEADER_BYTES) {
                position += left;
            } else if (wholeFragmentAt(bytes, position) && bytes[position + 6] != FULL && bytes[position + 6] != LAST) {
                position += HEADER_BYTES + length(bytes, position);
            } else {
                break;
            }
        }
        for (var next = position; next + HEADER_BYTES <= bytes.length; next++) {
            if (wholeFragmentAt(bytes, next)) {
                return true;
            }
        }
        return false;
    }

    private static boolean wholeFragmentAt(byte[] bytes, int position) {
        if (position + HEADER_BYTES > bytes.length) {
            return false;
        }
        var type = bytes[position + 6];
        var length = length(bytes, position);
        if (type < FULL
                || type > LAST
                || position % BLOCK_BYTES + HEADER_BYTES + length > BLOCK_BYTES
                || position + HEADER_BYTES + length > bytes.length) {
            return false;
        }
        var sum = new CRC32C();
        sum.update(bytes, position + 6, 1 + length);
        var stored = ByteBuffer.wrap(bytes, position, 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
        return masked((int) sum.getValue()) == stored;
    }

    private static int length(byte[] bytes, int position) {
        return (bytes[position + 4] & 0xFF) | (bytes[position + 5] & 0xFF) << 8;
    }

    /** LevelDB stores checksums rotated and offset, since a checksum over data that holds checksums is weak. */
    private static int masked(int sum) {
        return Integer.rotateRight(sum, 15) + 0xA282EAD8;
    }

    private static int lastNonZero(byte[] bytes) {
        var end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private static long number(Path log) {
        var name = log.getFileName().toString();
        return Long.parseLong(name.substring(0, name.length() - ".log".length()));
    }
}
