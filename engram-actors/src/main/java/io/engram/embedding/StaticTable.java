package io.engram.embedding;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A vector for each word piece of a vocabulary, its weight in a text's vector included. Immutable.
 *
 * <p>Each value is one of {@value #STEPS} steps to both sides of zero, two in a byte, and each piece has the size of its
 * steps: finer ones were measured and found nothing more.
 *
 * <p>As bytes, big-endian: four letters, the form's version, dimension, number of pieces, the vocabulary (its length in
 * bytes, then UTF-8 with a line feed between two pieces), the size of a step of each piece, the steps, and the CRC-32 of
 * all that.
 */
final class StaticTable {
    static final int DIMENSION = 256;

    /** The largest step to either side. */
    static final int STEPS = 7;

    /** What the table is called in a folder: as the model, whose every version has a table of its own. */
    static final String FILE = EmbeddingModel.TABLE.id().replace('@', '-') + ".table";

    private static final int MAGIC = 0x45475454;
    private static final int FORM = 1;
    private static final int ROW_BYTES = DIMENSION / 2;
    private static final int MOST_PIECES = 1 << 20;

    private final List<String> vocabulary;
    private final float[] stepSizes;
    private final byte[] steps;

    private StaticTable(List<String> vocabulary, float[] stepSizes, byte[] steps) {
        this.vocabulary = vocabulary;
        this.stepSizes = stepSizes;
        this.steps = steps;
    }

    /**
     * Of vectors that are put into steps.
     *
     * @param vocabulary the pieces
     * @param stepSizes the size of a step of each piece; 0 for one that means nothing
     * @param steps for each piece {@link #DIMENSION} whole numbers of steps, of at most {@value #STEPS} to either side
     */
    static StaticTable of(List<String> vocabulary, float[] stepSizes, byte[][] steps) {
        var packed = new byte[vocabulary.size() * ROW_BYTES];
        for (int piece = 0; piece < steps.length; piece++) {
            for (int i = 0; i < ROW_BYTES; i++) {
                packed[piece * ROW_BYTES + i] =
                        (byte) (steps[piece][2 * i] + STEPS << 4 | steps[piece][2 * i + 1] + STEPS);
            }
        }
        return new StaticTable(List.copyOf(vocabulary), stepSizes.clone(), packed);
    }

    /** The pieces; a piece's id is its place. */
    List<String> vocabulary() {
        return vocabulary;
    }

    /** Adds a piece's vector to {@code sum}. */
    void addTo(double[] sum, int piece) {
        float size = stepSizes[piece];
        if (size == 0f) {
            return;
        }
        int from = piece * ROW_BYTES;
        for (int i = 0; i < ROW_BYTES; i++) {
            int two = steps[from + i];
            sum[2 * i] += size * ((two >> 4 & 15) - STEPS);
            sum[2 * i + 1] += size * ((two & 15) - STEPS);
        }
    }

    byte[] bytes() {
        var out = new ByteArrayOutputStream(steps.length + vocabulary.size() * 14);
        try (var data = new DataOutputStream(out)) {
            data.writeInt(MAGIC);
            data.writeInt(FORM);
            data.writeInt(DIMENSION);
            data.writeInt(vocabulary.size());
            var words = String.join("\n", vocabulary).getBytes(StandardCharsets.UTF_8);
            data.writeInt(words.length);
            data.write(words);
            for (float size : stepSizes) {
                data.writeFloat(size);
            }
            data.write(steps);
            data.writeLong(checksum(out.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** @throws IOException if these are not the bytes of a whole table */
    static StaticTable read(byte[] bytes) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(bytes));
        if (bytes.length < 28 || in.readInt() != MAGIC || in.readInt() != FORM || in.readInt() != DIMENSION) {
            throw new IOException("it is no table of word pieces of this version");
        }
        int pieces = in.readInt();
        int length = in.readInt();
        if (pieces < 1
                || pieces > MOST_PIECES
                || length < 0
                || bytes.length != 28L + length + (long) pieces * (Float.BYTES + ROW_BYTES)) {
            throw new IOException("its length is wrong");
        }
        var words = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        var sizes = new float[pieces];
        for (int piece = 0; piece < pieces; piece++) {
            sizes[piece] = in.readFloat();
        }
        var steps = in.readNBytes(pieces * ROW_BYTES);
        var vocabulary = List.of(words.split("\n", -1));
        if (in.readLong() != checksum(Arrays.copyOf(bytes, bytes.length - Long.BYTES)) || vocabulary.size() != pieces) {
            throw new IOException("its checksum is wrong");
        }
        return new StaticTable(vocabulary, sizes, steps);
    }

    private static long checksum(byte[] bytes) {
        var sum = new CRC32();
        sum.update(bytes);
        return sum.getValue();
    }
}
