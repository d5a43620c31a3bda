package io.engram.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Takes the content out of a container of the second version; see {@link ContainerWriter}. For one thread. */
final class ContainerReader implements SnapshotSource {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ReadableByteChannel in;
    private final ByteBuffer buffer;
    private final Position position;
    private final int headerSum;
    private final CRC32C chunkSums = new CRC32C();
    private long unread;
    private int nextLength;
    private long chunks;
    private long bytes;
    private boolean ended;

    /**
     * Reads on behind magic number and version.
     *
     * @param start what was read of the container already
     * @param size of the whole container in bytes
     * @throws DamagedSnapshotException if it is damaged so far, or another snapshot's
     */
    ContainerReader(ReadableByteChannel in, byte[] start, long size, String log, SnapshotId id) throws IOException {
        this.in = in;
        this.unread = size - start.length;
        var name = log.getBytes(StandardCharsets.UTF_8);
        var fixed = ContainerWriter.FIXED_HEADER_BYTES;
        var header = ByteBuffer.allocate(fixed + name.length + 4 + 4).put(start);
        fill(header, header.remaining());
        header.flip();
        headerSum = ContainerWriter.sum(header.slice(0, fixed + name.length));
        header.position(start.length);
        var index = header.getLong();
        var timestamp = header.getLong();
        position = new Position(index, header.getLong(), header.getLong());
        var nameLength = header.getInt();
        if (nameLength != name.length || header.getInt(fixed + name.length) != headerSum) {
            throw new DamagedSnapshotException("its header is damaged, or another log's");
        }
        var found = new byte[name.length];
        header.get(found);
        if (index != id.index() || timestamp != id.timestamp() || !Arrays.equals(found, name)) {
            throw new DamagedSnapshotException("it is another snapshot's");
        }
        nextLength = header.getInt(fixed + name.length + 4);
        var largest = (int) Math.clamp(unread, 4, ContainerWriter.CHUNK_BYTES);
        // A small one comes from memory; a large one is read into memory that the system can write to directly.
        buffer = largest < ContainerWriter.CHUNK_BYTES
                ? ByteBuffer.allocate(largest + 8)
                : ByteBuffer.allocateDirect(largest + 8);
    }

    Position position() {
        return position;
    }

    @Override
    public ByteBuffer next() throws IOException {
        if (ended) {
            return NOTHING;
        }
        if (nextLength == 0) {
            readFooter();
            ended = true;
            return NOTHING;
        }
        var length = nextLength;
        if (length < 0 || length > ContainerWriter.CHUNK_BYTES || length > unread) {
            throw new DamagedSnapshotException("the length of chunk %d is damaged".formatted(chunks));
        }
        buffer.clear();
        fill(buffer, length + 4 + 4);
        var sum = buffer.getInt(length);
        if (sum != ContainerWriter.chunkSum(headerSum, chunks, length, buffer.slice(0, length))) {
            throw new DamagedSnapshotException("the checksum of chunk %d is wrong".formatted(chunks));
        }
        ContainerWriter.add(chunkSums, sum);
        nextLength = buffer.getInt(length + 4);
        chunks++;
        bytes += length;
        return buffer.slice(0, length);
    }

    @Override
    public long atMost() {
        return ended ? 0 : Math.max(0, unread);
    }

    /** Reads what is left, so that all of it has been checked. */
    void finish() throws IOException {
        while (!ended) {
            next();
        }
    }

    private void readFooter() throws IOException {
        var rest = ByteBuffer.allocate(ContainerWriter.FOOTER_BYTES);
        rest.putInt(0);
        fill(rest, rest.remaining());
        rest.flip();
        var checked = ContainerWriter.FOOTER_BYTES - 4;
        var sum = ContainerWriter.sum(ContainerWriter.numbers(headerSum), rest.slice(0, checked));
        if (rest.getInt(checked) != sum
                || rest.getLong(4) != chunks
                || rest.getLong(12) != bytes
                || rest.getInt(20) != (int) chunkSums.getValue()) {
            throw new DamagedSnapshotException("its end is damaged");
        }
        if (unread != 0 || in.read(ByteBuffer.allocate(1)) > 0) {
            throw new DamagedSnapshotException("something follows its end");
        }
    }

    private void fill(ByteBuffer target, int length) throws IOException {
        target.limit(target.position() + length);
        while (target.hasRemaining()) {
            var read = in.read(target);
            if (read < 0) {
                throw new DamagedSnapshotException("it is cut short");
            }
            unread -= read;
        }
    }
}
