package io.engram.memory;

import java.time.Instant;
import java.util.List;

/**
 * One remembered thing, as the log holds it.
 *
 * @param id unique within its space
 * @param version 1 for the first text under this id, one more with each overwrite
 * @param storedAt when this version was accepted, by the clock of the space's writer
 * @param body what was asked to be remembered
 * @param links associations found while it was stored
 */
public record Memory(String id, int version, Instant storedAt, MemoryBody body, List<Link> links) {
    public Memory {
        links = List.copyOf(links);
    }

    public String content() {
        return body.content();
    }

    public MemoryType type() {
        return body.type();
    }

    /** When it happened or was observed; where nobody said, when it was stored. */
    public Instant observedAt() {
        return body.observedAt().orElse(storedAt);
    }
}
