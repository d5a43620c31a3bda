package io.engram.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Answers a {@link SearchQuery}: what matches, and nothing else.
 *
 * <p>A memory matches by its words, those of its content only, when it holds content terms of the query that make up a
 * quarter of the weight (inverse document frequency) of those terms that any memory holds, or as much as the memory
 * that holds most. So a query of up to four equally rare words is met by any one of them, a common word beside a rare
 * one is not enough, a long question is met by the memories that share most of it, and words that nobody ever used do
 * no harm. A query of stop words alone is met by memories that hold all of them. A memory matches by its vector when
 * the calibrated similarity reaches {@link SimilarityScale#match()}.
 *
 * <p>Memories that hold the query's words one after the other come first.
 */
final class Searcher {
    private final EngineState state;
    private final SearchQuery query;
    private final Evidence evidence;

    Searcher(EngineState state, SearchQuery query) {
        this.state = state;
        this.query = query;
        this.evidence = new Evidence(state, query.cue(), query.filter(), false);
    }

    SearchResult run() {
        boolean[] matches = new boolean[state.rows().size()];
        int total = matchWords(matches) + matchVectors(matches);
        if (total == 0) {
            return new SearchResult(List.of(), 0);
        }
        TopRows byWords = new TopRows(state.rows(), total);
        TopRows byVector = new TopRows(state.rows(), total);
        for (int row = 0; row < matches.length; row++) {
            if (matches[row]) {
                if (evidence.bm25(row) > 0f) {
                    byWords.offer(row, evidence.bm25(row));
                }
                if (evidence.likeness(row) > 0f) {
                    byVector.offer(row, evidence.likeness(row));
                }
            }
        }
        Ranking ranking = new Ranking(state, evidence, byWords.drain(), byVector.drain(), total, query.fusion());
        return new SearchResult(page(ranking), total);
    }

    private int matchWords(boolean[] matches) {
        LexicalScan.Matches words = evidence.words;
        float best = 0f;
        for (int i = 0; i < words.size(); i++) {
            if (evidence.isVisible(words.rows()[i])) {
                best = Math.max(best, words.known()[i]);
            }
        }
        float least = words.literal() ? 1f : Math.min(state.settings().searchCoverage(), best);
        int count = 0;
        for (int i = 0; i < words.size(); i++) {
            boolean enough = words.literal() ? words.coverage()[i] >= 0.9999f : words.known()[i] >= least - 1e-6f;
            if (enough && evidence.isVisible(words.rows()[i])) {
                matches[words.rows()[i]] = true;
                count++;
            }
        }
        return count;
    }

    private int matchVectors(boolean[] matches) {
        if (!evidence.comparesVectors()) {
            return 0;
        }
        int count = 0;
        for (int row = 0; row < matches.length; row++) {
            if (!matches[row] && evidence.isNear(row) && evidence.isVisible(row)) {
                matches[row] = true;
                count++;
            }
        }
        return count;
    }

    /** Who quotes a memory means it: where some hold the query word for word, they come before all others. */
    private float score(Ranking ranking, int row, int candidate) {
        float score = ranking.score(candidate);
        if (!evidence.hasPhrases()) {
            return score;
        }
        return evidence.holdsPhrase(row) ? (1f + score) / 2f : score / 2f;
    }

    private List<SearchResult.Hit> page(Ranking ranking) {
        int[] candidates = ranking.candidates();
        long wanted = Math.min(candidates.length, (long) query.offset() + query.limit());
        TopRows top = new TopRows(state.rows(), Math.max(1, (int) wanted));
        for (int i = 0; i < candidates.length; i++) {
            top.offer(candidates[i], score(ranking, candidates[i], i));
        }
        int[] ordered = top.drain();
        List<SearchResult.Hit> hits = new ArrayList<>();
        for (int i = query.offset(); i < wanted; i++) {
            int row = ordered[i];
            float score = score(ranking, row, Arrays.binarySearch(candidates, row));
            ScoreParts parts = new ScoreParts(
                    ranking.lexical(row),
                    evidence.coverage(row),
                    evidence.similarity(row),
                    evidence.cosine(row),
                    0f,
                    1f);
            hits.add(new SearchResult.Hit(state.rows().memory(row), i + 1, score, parts));
        }
        return hits;
    }
}
