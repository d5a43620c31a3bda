package io.engram.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Puts a content into a container, which says what it is of and shows every change. All numbers are big-endian.
 *
 * <pre>
 * header:  "ENGRSNAP" (8)  version (1, now 2)  index (8)  timestamp (8)  epoch (8)  log's checksum (8)
 *          name's length (4)  name in UTF-8  CRC32C of all that (4)
 * chunks:  length (4, 1 to 1 MiB)  content  CRC32C (4) of header's sum, chunk's number from 0 (8), length, content
 * footer:  0 (4)  number of chunks (8)  bytes of content (8)  CRC32C of all chunks' sums in order (4)
 *          CRC32C of the header's sum and the footer up to here (4)
 * </pre>
 *
 * Since each sum covers the header's, a chunk of another snapshot is as wrong as a changed one.
 */
final class ContainerWriter implements SnapshotSink {
    static final long MAGIC = 0x454E_4752_534E_4150L;
    static final byte VERSION = 2;
    static final int FIXED_HEADER_BYTES = 8 + 1 + 4 * 8 + 4;
    static final int FOOTER_BYTES = 4 + 8 + 8 + 4 + 4;
    static final int CHUNK_BYTES = 1 << 20;
    /** What a chunk has besides its content. */
    static final int CHUNK_EXTRA_BYTES = 4 + 4;

    private final SnapshotSink out;
    private final ByteBuffer chunk;
    private final int headerSum;
    private final CRC32C chunkSums = new CRC32C();
    private long chunks;
    private long bytes;

    /** @param chunk room for a chunk, with its length and sum */
    ContainerWriter(SnapshotSink out, String log, SnapshotId id, Position position, ByteBuffer chunk)
            throws IOException {
        this.out = out;
        this.chunk = chunk;
        var name = log.getBytes(StandardCharsets.UTF_8);
        var header = ByteBuffer.allocate(FIXED_HEADER_BYTES + name.length + 4)
                .putLong(MAGIC)
                .put(VERSION)
                .putLong(id.index())
                .putLong(id.timestamp())
                .putLong(position.epoch())
                .putLong(position.checksum())
                .putInt(name.length)
                .put(name);
        headerSum = sum(header.duplicate().flip());
        out.write(header.putInt(headerSum).flip());
        beginChunk();
    }

    @Override
    public void write(ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            var some = Math.min(content.remaining(), chunk.remaining() - 4);
            chunk.put(content.slice(content.position(), some));
            content.position(content.position() + some);
            if (chunk.remaining() == 4) {
                endChunk();
                beginChunk();
            }
        }
    }

    /** Ends the container and returns how many bytes of content are in it. */
    long finish() throws IOException {
        if (chunk.position() > 4) {
            endChunk();
        }
        var footer = ByteBuffer.allocate(FOOTER_BYTES)
                .putInt(0)
                .putLong(chunks)
                .putLong(bytes)
                .putInt((int) chunkSums.getValue());
        out.write(footer.putInt(sum(numbers(headerSum), footer.duplicate().flip()))
                .flip());
        return bytes;
    }

    private void beginChunk() {
        chunk.clear().position(4);
    }

    private void endChunk() throws IOException {
        var length = chunk.position() - 4;
        chunk.putInt(0, length);
        var sum = chunkSum(headerSum, chunks, length, chunk.slice(4, length));
        chunk.putInt(sum).flip();
        out.write(chunk);
        add(chunkSums, sum);
        chunks++;
        bytes += length;
    }

    static int chunkSum(int headerSum, long number, int length, ByteBuffer content) {
        var place = ByteBuffer.allocate(4 + 8 + 4)
                .putInt(headerSum)
                .putLong(number)
                .putInt(length)
                .flip();
        return sum(place, content);
    }

    static ByteBuffer numbers(int number) {
        return ByteBuffer.allocate(4).putInt(number).flip();
    }

    static void add(CRC32C sum, int number) {
        sum.update(numbers(number));
    }

    /** CRC32C of what remains of the buffers, which are used up. */
    static int sum(ByteBuffer... parts) {
        var sum = new CRC32C();
        for (var part : parts) {
            sum.update(part);
        }
        return (int) sum.getValue();
    }
}
