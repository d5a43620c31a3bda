package io.engram.memory;

import java.util.Optional;

/**
 * Asks what a cue brings to mind: memories whose content, people, place or tags share a word with it, memories of
 * similar meaning, and what lies beside these in time.
 *
 * @param cue where activation starts
 * @param maxResults most memories to return over all lists, 1 or more
 * @param threshold least {@link Recollection#activation()} to be returned, 0 to 1; absent: everything that was
 *     activated
 * @param filter further conditions
 * @param fusion how rankings are merged
 * @param mode whether activation spreads
 */
public record RecallQuery(Cue cue, int maxResults, Optional<Float> threshold, Filter filter, Fusion fusion, Mode mode) {
    public RecallQuery {
        if (maxResults < 1) {
            throw new IllegalArgumentException("maxResults must be 1 or more");
        }
    }

    /** Whether activation spreads from what matches to what lies beside it. */
    public enum Mode {
        /** Only what matches the cue itself. */
        SIMILARITY,
        /** Spreading decides: neighbours of a match count as much as their activation. */
        SPREADING,
        /** Matches and, more weakly, their neighbours; the default. */
        HYBRID
    }
}
