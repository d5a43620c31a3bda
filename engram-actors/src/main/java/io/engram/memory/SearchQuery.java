package io.engram.memory;

/**
 * Asks for what matches, and for nothing else.
 *
 * <p>A memory matches by its words when its content holds, after stemming, content terms of the cue that make up a
 * quarter of their weight (inverse document frequency; terms that no memory holds are left out of account), or as much
 * as the memory that holds most of it. So any word of up to four equally rare ones is enough, a common word beside a
 * rare one is not. A cue of stop words only is matched by the memories that hold all of them. A memory matches by a
 * vector when the calibrated similarity reaches {@link SimilarityScale#match()}. People, place and tags are not words
 * of the content: they are conditions of a {@link Filter}, and a recall starts from them too. Memories that hold the
 * cue's words one after the other, stop words included, come before all others.
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
