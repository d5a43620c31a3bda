package io.engram.memory;

import java.util.List;

/**
 * What matched, best first.
 *
 * @param hits the asked-for page
 * @param total how many matched in all
 */
public record SearchResult(List<Hit> hits, int total) {
    public SearchResult {
        hits = List.copyOf(hits);
    }

    /**
     * One match.
     *
     * @param memory what was found
     * @param rank 1 for the best of all matches
     * @param score 0 to 1, comparable within one result only
     * @param parts where the score comes from
     */
    public record Hit(Memory memory, int rank, float score, ScoreParts parts) {}
}
