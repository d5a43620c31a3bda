package io.engram.memory;

import io.engram.memory.image.Packer;
import io.engram.memory.image.Unpacker;
import java.util.Arrays;

/**
 * Versions of memories as they came out of an image: packed, in pages, and made into objects one by one when somebody
 * asks. So an engine is there as soon as its bytes are read, and what nobody looks at never becomes objects. Immutable;
 * for any thread.
 */
final class PackedMemories {
    private final byte[][] pages;
    private final int[][] ends;
    private final int[] firsts;
    private final SharedTexts shared = new SharedTexts();

    /**
     * @param pages packed versions, one after the other
     * @param ends for each version of each page, where it ends there
     * @param firsts the number of each page's first version, ascending from 0
     */
    PackedMemories(byte[][] pages, int[][] ends, int[] firsts) {
        this.pages = pages;
        this.ends = ends;
        this.firsts = firsts;
    }

    /** @throws IllegalStateException if the bytes are no memory's, which their checksum said they were */
    Memory get(int record) {
        int page = page(record);
        int at = record - firsts[page];
        Unpacker in = new Unpacker(pages[page], start(page, at), ends[page][at]);
        try {
            Memory memory = MemoryPacking.unpack(in, shared);
            if (in.isAtEnd()) {
                return memory;
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalStateException("packed memory " + record + " cannot be read", e);
        }
        throw new IllegalStateException("packed memory " + record + " has bytes too many");
    }

    String id(int record) {
        int page = page(record);
        int at = record - firsts[page];
        return new Unpacker(pages[page], start(page, at), ends[page][at]).getText();
    }

    /** Whether a record's id is the one that {@code packedId} is the packed text of. */
    boolean hasId(int record, byte[] packedId) {
        int page = page(record);
        int at = record - firsts[page];
        int start = start(page, at);
        // A text begins with its length, so that one is never the beginning of another.
        return ends[page][at] - start >= packedId.length
                && Arrays.equals(pages[page], start, start + packedId.length, packedId, 0, packedId.length);
    }

    void copy(int record, Packer out) {
        int page = page(record);
        int at = record - firsts[page];
        int start = start(page, at);
        out.putBytes(pages[page], start, ends[page][at] - start);
    }

    private int start(int page, int at) {
        return at == 0 ? 0 : ends[page][at - 1];
    }

    private int page(int record) {
        int found = Arrays.binarySearch(firsts, record);
        return found >= 0 ? found : -found - 2;
    }
}
