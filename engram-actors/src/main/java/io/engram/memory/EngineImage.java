package io.engram.memory;

import io.engram.memory.image.ImageReader;
import io.engram.memory.image.ImageWriter;
import java.io.IOException;

/**
 * An engine's whole state at one moment, to be written by any thread at its leisure. Taking one copies references only:
 * it shares everything with the engine, which goes on without it.
 *
 * <p>What is written depends on what the space remembers and on nothing else: rows stand in the order of first storing,
 * and what is dead is left out. So two engines that hold the same give the same bytes, however they came to it.
 */
public final class EngineImage {
    /** Counts, models and sums. */
    static final int ENGINE = 16;
    /** Packed versions of memories. */
    static final int PAGE = 17;
    /** What is known of each id. */
    static final int ENTRIES = 18;
    /** Terms of what can be found. */
    static final int ROWS = 19;
    /** Vectors of one model, or of the clients. */
    static final int VECTORS = 20;
    /** What can be found, in the order of time. */
    static final int ORDER = 21;

    static final int PAGE_BYTES = 256 << 10;
    static final int PAGE_RECORDS = 4096;
    static final int ENTRIES_BLOCK = 1 << 16;
    static final int ORDER_BLOCK = 1 << 16;
    /** Stands for a model where the clients' own vectors are meant. */
    static final int CLIENTS = -1;

    private final EngineState state;

    EngineImage(EngineState state) {
        this.state = state;
    }

    /** How many memories there are, the suppressed ones included. */
    public int size() {
        return state.tally().memories + state.tally().suppressed;
    }

    /** Writes the sections of this state; those of the caller may stand before and after them. */
    public void write(ImageWriter out) throws IOException {
        new EngineImageWriter(state, out).write();
    }

    /**
     * Makes an engine of the sections that {@link #write} wrote. No text is analysed again, unless the analyzer has
     * changed since.
     *
     * @throws io.engram.memory.image.DamagedImageException if they are not as they were written
     */
    public static SpaceEngine read(ImageReader in, EngineSettings settings) throws IOException {
        return new EngineImageReader(in, settings).read();
    }
}
