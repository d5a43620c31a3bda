package io.engram.space;

import io.engram.memory.MemoryBody;
import java.util.Optional;

/**
 * Asks a space to remember.
 *
 * @param id the client's id for the memory; absent: one is made
 * @param idPrefix what a made id starts with, such as {@code mem_}
 * @param body what to remember
 * @param idempotencyKey names this request, so that a retry gets the first answer
 * @param overwrite whether another text under the same id becomes its next version instead of a conflict
 * @param deduplicate whether nothing is stored when the space already holds the same text
 * @param autoLink whether to look for similar memories and link to them
 * @param linkThreshold least similarity for such a link, 0 to 1
 */
public record RememberRequest(
        Optional<String> id,
        String idPrefix,
        MemoryBody body,
        Optional<String> idempotencyKey,
        boolean overwrite,
        boolean deduplicate,
        boolean autoLink,
        float linkThreshold) {

    /** A request with nothing but a body. */
    public static RememberRequest of(MemoryBody body) {
        return new RememberRequest(Optional.empty(), "mem_", body, Optional.empty(), false, false, false, 0.7f);
    }

    public RememberRequest withId(String value) {
        return new RememberRequest(
                Optional.of(value), idPrefix, body, idempotencyKey, overwrite, deduplicate, autoLink, linkThreshold);
    }

    public RememberRequest withIdempotencyKey(String value) {
        return new RememberRequest(
                id, idPrefix, body, Optional.of(value), overwrite, deduplicate, autoLink, linkThreshold);
    }
}
