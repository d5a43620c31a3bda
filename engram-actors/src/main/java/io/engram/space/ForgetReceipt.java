package io.engram.space;

import java.time.Instant;

/**
 * The answer to a {@link ForgetRequest}, given once it is on disk.
 *
 * @param id the memory
 * @param mode how it was forgotten
 * @param at when
 * @param replayed whether this is the repeated answer to an earlier request
 */
public record ForgetReceipt(String id, ForgetRequest.Mode mode, Instant at, boolean replayed) {

    /** The same answer, given again. */
    public ForgetReceipt asReplay() {
        return new ForgetReceipt(id, mode, at, true);
    }
}
