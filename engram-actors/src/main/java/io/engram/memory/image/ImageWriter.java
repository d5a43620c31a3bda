package io.engram.memory.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Writes an image: a magic number, and sections one after the other. All numbers are little-endian, so that the usual
 * processors copy whole arrays as they are.
 *
 * <p>A section is its number counted from 0 (4 bytes), its kind (4), its length (8), CRC32C of these (4), its content,
 * and CRC32C of the content (4). The last one has the kind {@link #END} and holds the number of bytes before it (8) and
 * CRC32C over both checksums of every section before it (4).
 *
 * <p>For one thread.
 */
public final class ImageWriter {
    /** "ENGRAMIM". */
    static final long MAGIC = 0x4D49_4D41_5247_4E45L;

    static final int END = 255;
    static final int HEADER_BYTES = 4 + 4 + 8 + 4;
    private static final int BUFFER_BYTES = 64 << 10;

    private final ImageSink sink;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C content = new CRC32C();
    private final CRC32C total = new CRC32C();
    private int sections;
    private long left;
    private long written;

    public ImageWriter(ImageSink sink) {
        this.sink = sink;
        buffer.putLong(MAGIC);
    }

    /**
     * Begins a section.
     *
     * @param kind 0 to 254
     * @param length how many bytes it is going to have
     */
    public void begin(int kind, long length) throws IOException {
        flushUnsummed();
        int header = header(sections, kind, length);
        buffer.putInt(sections).putInt(kind).putLong(length).putInt(header);
        flushUnsummed();
        add(total, header);
        content.reset();
        left = length;
        sections++;
    }

    /** Ends the section, which must be complete. */
    public void end() throws IOException {
        flush();
        if (left != 0) {
            throw new IllegalStateException("the section lacks " + left + " bytes");
        }
        int sum = (int) content.getValue();
        buffer.putInt(sum);
        add(total, sum);
        flushUnsummed();
    }

    /** Ends the image. */
    public void finish() throws IOException {
        flushUnsummed();
        long before = written;
        int sum = (int) total.getValue();
        begin(END, 8 + 4);
        putLong(before);
        putInt(sum);
        end();
    }

    public void putByte(int value) throws IOException {
        room(1).put((byte) value);
    }

    public void putShort(int value) throws IOException {
        room(2).putShort((short) value);
    }

    public void putInt(int value) throws IOException {
        room(4).putInt(value);
    }

    public void putLong(long value) throws IOException {
        room(8).putLong(value);
    }

    public void putFloat(float value) throws IOException {
        room(4).putFloat(value);
    }

    public void putBytes(byte[] bytes, int from, int length) throws IOException {
        if (length <= buffer.remaining()) {
            room(length).put(bytes, from, length);
            return;
        }
        flush();
        emit(ByteBuffer.wrap(bytes, from, length));
    }

    public void putInts(int[] values, int from, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int some = Math.min(length - done, room(4).remaining() / 4);
            buffer.asIntBuffer().put(values, from + done, some);
            buffer.position(buffer.position() + 4 * some);
            done += some;
        }
    }

    private ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        return buffer;
    }

    /** Gives away what waits as content of the section. */
    private void flush() throws IOException {
        buffer.flip();
        if (buffer.hasRemaining()) {
            emit(buffer);
        }
        buffer.clear();
    }

    private void emit(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        content.update(bytes.duplicate());
        left -= length;
        written += length;
        sink.write(bytes);
    }

    private void flushUnsummed() throws IOException {
        buffer.flip();
        written += buffer.remaining();
        if (buffer.hasRemaining()) {
            sink.write(buffer);
        }
        buffer.clear();
    }

    static int header(int number, int kind, long length) {
        CRC32C sum = new CRC32C();
        sum.update(ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .putInt(kind)
                .putLong(length)
                .flip());
        return (int) sum.getValue();
    }

    static void add(CRC32C sum, int value) {
        sum.update(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .flip());
    }
}
