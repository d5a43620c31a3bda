package io.engram.replication.format;

import io.airlift.compress.Compressor;
import io.airlift.compress.Decompressor;
import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.util.Arrays;

/** How a batch is made smaller. In plain Java, so that nothing native has to be unpacked. */
public enum Compression {
    /** As it is. */
    NONE(0),
    /** LZ4's block format: quick. */
    LZ4(1),
    /** A Zstandard frame: smaller, for narrow lines. */
    ZSTD(2);

    private final int number;

    Compression(int number) {
        this.number = number;
    }

    /** What stands for it in a batch; given once. */
    int number() {
        return number;
    }

    static Compression of(int number) throws BadMessageException {
        for (var one : values()) {
            if (one.number == number) {
                return one;
            }
        }
        throw new BadMessageException("a batch is compressed in the unknown way " + number);
    }

    private static byte[] compress(Compressor by, byte[] bytes, int offset, int length) {
        var room = new byte[by.maxCompressedLength(length)];
        return Arrays.copyOf(room, by.compress(bytes, offset, length, room, 0, room.length));
    }

    byte[] compress(byte[] bytes, int offset, int length) {
        return switch (this) {
            case NONE -> Arrays.copyOfRange(bytes, offset, offset + length);
            case LZ4 -> compress(new Lz4Compressor(), bytes, offset, length);
            case ZSTD -> compress(new ZstdCompressor(), bytes, offset, length);
        };
    }

    /** @param plainBytes how many it has to become; the caller has held that against its limits */
    byte[] decompress(byte[] bytes, int offset, int length, int plainBytes) throws BadMessageException {
        return switch (this) {
            case NONE -> {
                if (length != plainBytes) {
                    throw new BadMessageException("a batch has %d bytes and claims %d".formatted(length, plainBytes));
                }
                yield Arrays.copyOfRange(bytes, offset, offset + length);
            }
            case LZ4 -> decompress(new Lz4Decompressor(), bytes, offset, length, plainBytes);
            case ZSTD -> decompress(new ZstdDecompressor(), bytes, offset, length, plainBytes);
        };
    }

    private static byte[] decompress(Decompressor by, byte[] bytes, int offset, int length, int plainBytes)
            throws BadMessageException {
        var plain = new byte[plainBytes];
        int written;
        try {
            written = by.decompress(bytes, offset, length, plain, 0, plainBytes);
        } catch (RuntimeException e) {
            throw new BadMessageException("a batch cannot be decompressed: " + e.getMessage(), e);
        }
        if (written != plainBytes) {
            throw new BadMessageException("a batch has %d bytes and claims %d".formatted(written, plainBytes));
        }
        return plain;
    }
}
