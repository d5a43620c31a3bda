package io.engram.memory;

/**
 * Asks for what matches, and for nothing else.
 *
 * @param cue what to look for
 * @param offset matches to leave out at the start, 0 or more
 * @param limit most matches to return, 1 or more
 * @param filter further conditions
 * @param fusion how rankings are merged
 */
public record SearchQuery(Cue cue, int offset, int limit, Filter filter, Fusion fusion) {
    public SearchQuery {
        if (offset < 0 || limit < 1) {
            throw new IllegalArgumentException("offset must be 0 or more and limit 1 or more");
        }
    }
}
