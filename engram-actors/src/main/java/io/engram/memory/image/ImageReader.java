package io.engram.memory.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Reads an image as {@link ImageWriter} describes it. Whatever is not as it was written is a {@link
 * DamagedImageException}: sections that are changed, cut, missing, twice or in another order.
 *
 * <p>What a section holds counts only once {@link #end} has found its checksum right; until then a caller keeps it but
 * draws no conclusions from it. No length makes it reserve more than can still come.
 *
 * <p>For one thread.
 */
public final class ImageReader {
    private final ImageSource source;
    private final CRC32C content = new CRC32C();
    private final CRC32C total = new CRC32C();
    private ByteBuffer piece = ByteBuffer.allocate(0);
    private int sections;
    private long left;
    private long consumed;

    /** @throws DamagedImageException if it does not begin as an image does */
    public ImageReader(ImageSource source) throws IOException {
        this.source = source;
        left = 8;
        if (getLong() != ImageWriter.MAGIC) {
            throw new DamagedImageException("it does not begin as an image does");
        }
    }

    /**
     * Goes to the next section.
     *
     * @return its kind, or -1 after the last one
     */
    public int next() throws IOException {
        long before = consumed;
        left = ImageWriter.HEADER_BYTES;
        int number = getInt();
        int kind = getInt();
        long length = getLong();
        int header = getInt();
        if (number != sections || header != ImageWriter.header(number, kind, length)) {
            throw new DamagedImageException("the header of section " + sections + " is damaged");
        }
        if (length < 0 || length > ahead()) {
            throw new DamagedImageException("section " + sections + " is cut short");
        }
        sections++;
        left = length;
        content.reset();
        if (kind == ImageWriter.END) {
            int sum = (int) total.getValue();
            boolean right = getLong() == before & getInt() == sum;
            end();
            if (!right) {
                throw new DamagedImageException("its end does not fit what is before it");
            }
            if (piece.hasRemaining() || source.next().hasRemaining()) {
                throw new DamagedImageException("something follows its end");
            }
            return -1;
        }
        ImageWriter.add(total, header);
        return kind;
    }

    /** Goes to the next section, which must be of this kind. */
    public void expect(int kind) throws IOException {
        int found = next();
        if (found != kind) {
            throw new DamagedImageException("it has a section of kind " + found + " where " + kind + " belongs");
        }
    }

    /** Ends the section, which must have been read to its end. */
    public void end() throws IOException {
        if (left != 0) {
            throw new DamagedImageException("section " + (sections - 1) + " has " + left + " bytes too many");
        }
        int found = (int) content.getValue();
        left = 4;
        int sum = getInt();
        if (sum != found) {
            throw new DamagedImageException("the checksum of section " + (sections - 1) + " is wrong");
        }
        ImageWriter.add(total, sum);
    }

    /** The most bytes that can still come. */
    public long ahead() {
        return piece.remaining() + source.atMost();
    }

    /** How many bytes of the section are left. */
    public long left() {
        return left;
    }

    public byte getByte() throws IOException {
        return (byte) number(1);
    }

    public short getShort() throws IOException {
        return (short) number(2);
    }

    public int getInt() throws IOException {
        return (int) number(4);
    }

    public float getFloat() throws IOException {
        return Float.intBitsToFloat(getInt());
    }

    public long getLong() throws IOException {
        return number(8);
    }

    /** A number of elements, each of which takes so many bytes of this section or more. */
    public int getCount(int elementBytes) throws IOException {
        int count = getInt();
        if (count < 0 || (long) count * elementBytes > left) {
            throw new DamagedImageException("a section says that it has " + count + " elements");
        }
        return count;
    }

    public byte[] getBytes(int count) throws IOException {
        byte[] bytes = new byte[checked(count, 1)];
        int done = 0;
        while (done < count) {
            ByteBuffer some = some(1);
            int n = Math.min(count - done, some.remaining());
            take(n).get(bytes, done, n);
            done += n;
        }
        return bytes;
    }

    public short[] getShorts(int count) throws IOException {
        short[] values = new short[checked(count, 2)];
        int done = 0;
        while (done < count) {
            int n = Math.min(count - done, some(2).remaining() / 2);
            if (n == 0) {
                values[done++] = getShort();
            } else {
                take(2 * n).asShortBuffer().get(values, done, n);
                done += n;
            }
        }
        return values;
    }

    public int[] getInts(int count) throws IOException {
        int[] values = new int[checked(count, 4)];
        int done = 0;
        while (done < count) {
            int n = Math.min(count - done, some(4).remaining() / 4);
            if (n == 0) {
                values[done++] = getInt();
            } else {
                take(4 * n).asIntBuffer().get(values, done, n);
                done += n;
            }
        }
        return values;
    }

    public float[] getFloats(int count) throws IOException {
        float[] values = new float[checked(count, 4)];
        int done = 0;
        while (done < count) {
            int n = Math.min(count - done, some(4).remaining() / 4);
            if (n == 0) {
                values[done++] = getFloat();
            } else {
                take(4 * n).asFloatBuffer().get(values, done, n);
                done += n;
            }
        }
        return values;
    }

    public long[] getLongs(int count) throws IOException {
        long[] values = new long[checked(count, 8)];
        int done = 0;
        while (done < count) {
            int n = Math.min(count - done, some(8).remaining() / 8);
            if (n == 0) {
                values[done++] = getLong();
            } else {
                take(8 * n).asLongBuffer().get(values, done, n);
                done += n;
            }
        }
        return values;
    }

    private int checked(int count, int elementBytes) throws IOException {
        if (count < 0 || (long) count * elementBytes > left) {
            throw new DamagedImageException("section " + (sections - 1) + " is shorter than it says");
        }
        return count;
    }

    /** The piece at hand; the next one if this one is used up. */
    private ByteBuffer some(int elementBytes) throws IOException {
        if (left < elementBytes) {
            throw new DamagedImageException("section " + (sections - 1) + " is shorter than it says");
        }
        if (!piece.hasRemaining()) {
            piece = source.next();
            if (!piece.hasRemaining()) {
                throw new DamagedImageException("it is cut short");
            }
        }
        return piece;
    }

    /** The next bytes, which are in the piece at hand, as a buffer of their own. */
    private ByteBuffer take(int count) {
        ByteBuffer taken = piece.slice(piece.position(), count).order(ByteOrder.LITTLE_ENDIAN);
        content.update(taken.duplicate());
        piece.position(piece.position() + count);
        left -= count;
        consumed += count;
        return taken;
    }

    private long number(int bytes) throws IOException {
        if (some(bytes).remaining() >= bytes) {
            ByteBuffer taken = take(bytes);
            return switch (bytes) {
                case 1 -> taken.get();
                case 2 -> taken.getShort();
                case 4 -> taken.getInt();
                default -> taken.getLong();
            };
        }
        // It lies across two pieces.
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            some(1);
            value |= (take(1).get() & 0xFFL) << (8 * i);
        }
        return value;
    }
}
