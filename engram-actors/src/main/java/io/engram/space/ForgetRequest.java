package io.engram.space;

import java.util.Optional;

/**
 * Asks a space to forget one memory.
 *
 * @param id the memory
 * @param mode how
 * @param idempotencyKey names this request, so that a retry gets the first answer
 */
public record ForgetRequest(String id, Mode mode, Optional<String> idempotencyKey) {
    /** How a memory is forgotten. */
    public enum Mode {
        /** It is held back from every read but kept; remembering it again with overwrite brings it back. */
        SUPPRESS,
        /** It is gone, with all its versions. */
        DELETE
    }

    public ForgetRequest withIdempotencyKey(String value) {
        return new ForgetRequest(id, mode, Optional.of(value));
    }
}
