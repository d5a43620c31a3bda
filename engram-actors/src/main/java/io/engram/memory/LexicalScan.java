package io.engram.memory;

import io.engram.memory.text.Analysis;
import java.util.Arrays;

/**
 * Compares the terms of a query with every live row and scores them by BM25 (Robertson, Zaragoza: The Probabilistic
 * Relevance Framework, 2009), with the inverse document frequency {@code ln(1 + (N - n + 0.5) / (n + 0.5))}.
 *
 * <p>Stop words of a query count only when it has nothing else.
 */
final class LexicalScan {
    /** Terms of a query beyond these are left out. */
    static final int MOST_TERMS = 256;

    private static final int FILTER_BITS = 1024;

    private final EngineState state;
    private final boolean withContext;
    private final boolean literal;
    private final int[] terms;
    private final long[] filter = new long[FILTER_BITS / 64];

    // For each row with a term: the row, and how many of the (term, frequency) pairs are its own.
    private int found;
    private int[] foundRows = new int[64];
    private int[] pairEnds = new int[64];
    private int pairs;
    private int[] pairTerms = new int[128];
    private int[] pairCounts = new int[128];

    private LexicalScan(EngineState state, Analysis query, boolean withContext) {
        this.state = state;
        this.withContext = withContext;
        this.literal = !query.hasContent();
        this.terms = distinct(query, literal);
        for (int term : terms) {
            filter[(term >>> 6) & (filter.length - 1)] |= 1L << term;
        }
    }

    /**
     * What a query's words found, row by row in ascending order.
     *
     * @param rows rows that hold at least one of the terms
     * @param scores their BM25, above 0
     * @param coverage share of the query's weight that they hold, 0 to 1; a term that no memory holds has its weight too
     * @param known the same without the terms that no memory holds
     * @param literal whether the query has stop words only
     */
    record Matches(int[] rows, float[] scores, float[] coverage, float[] known, boolean literal) {
        static final Matches NONE = new Matches(new int[0], new float[0], new float[0], new float[0], false);

        int size() {
            return rows.length;
        }
    }

    /** @param withContext whether people, places and tags count like words of the content */
    static Matches run(EngineState state, Analysis query, boolean withContext) {
        LexicalScan scan = new LexicalScan(state, query, withContext);
        if (scan.terms.length == 0 || state.tally().memories == 0) {
            return Matches.NONE;
        }
        scan.findAll();
        return scan.score();
    }

    private static int[] distinct(Analysis query, boolean withStopWords) {
        int[] distinct = new int[Math.min(MOST_TERMS, query.length())];
        int count = 0;
        for (int i = 0; i < query.length() && count < distinct.length; i++) {
            int term = query.terms()[i];
            if ((withStopWords || !query.stop()[i]) && indexOf(distinct, count, term) < 0) {
                distinct[count++] = term;
            }
        }
        return Arrays.copyOf(distinct, count);
    }

    private static int indexOf(int[] values, int count, int value) {
        for (int i = 0; i < count; i++) {
            if (values[i] == value) {
                return i;
            }
        }
        return -1;
    }

    private void findAll() {
        RowTable.View rows = state.rows();
        int[] counts = new int[terms.length];
        for (int row = 0; row < rows.size(); row++) {
            int[] run = rows.termArray(row);
            int end = withContext ? rows.end(row) : rows.contentEnd(row);
            boolean hit = false;
            for (int i = rows.start(row); i < end; i++) {
                int term = run[i];
                if ((filter[(term >>> 6) & (FILTER_BITS / 64 - 1)] & (1L << term)) != 0) {
                    int index = indexOf(terms, terms.length, term);
                    if (index >= 0) {
                        counts[index]++;
                        hit = true;
                    }
                }
            }
            if (hit) {
                if (state.isAlive(row)) {
                    keep(row, counts);
                }
                Arrays.fill(counts, 0);
            }
        }
    }

    private void keep(int row, int[] counts) {
        if (found == foundRows.length) {
            foundRows = Arrays.copyOf(foundRows, found * 2);
            pairEnds = Arrays.copyOf(pairEnds, found * 2);
        }
        for (int t = 0; t < counts.length; t++) {
            if (counts[t] > 0) {
                if (pairs == pairTerms.length) {
                    pairTerms = Arrays.copyOf(pairTerms, pairs * 2);
                    pairCounts = Arrays.copyOf(pairCounts, pairs * 2);
                }
                pairTerms[pairs] = t;
                pairCounts[pairs++] = counts[t];
            }
        }
        foundRows[found] = row;
        pairEnds[found++] = pairs;
    }

    private Matches score() {
        double[] weights = weights();
        boolean[] isKnown = new boolean[terms.length];
        for (int i = 0; i < pairs; i++) {
            isKnown[pairTerms[i]] = true;
        }
        double all = 0;
        double known = 0;
        for (int t = 0; t < terms.length; t++) {
            all += weights[t];
            known += isKnown[t] ? weights[t] : 0;
        }
        Tally tally = state.tally();
        double averageLength =
                Math.max(1.0, (double) (withContext ? tally.allTerms : tally.contentTerms) / tally.memories);
        double k1 = state.settings().bm25K1();
        double b = state.settings().bm25B();
        float[] scores = new float[found];
        float[] coverage = new float[found];
        float[] knownCoverage = new float[found];
        int pair = 0;
        for (int f = 0; f < found; f++) {
            double norm = k1 * (1 - b + b * length(foundRows[f]) / averageLength);
            double score = 0;
            double held = 0;
            for (; pair < pairEnds[f]; pair++) {
                double weight = weights[pairTerms[pair]];
                double frequency = pairCounts[pair];
                score += weight * frequency * (k1 + 1) / (frequency + norm);
                held += weight;
            }
            scores[f] = (float) score;
            coverage[f] = (float) Math.min(1.0, held / all);
            knownCoverage[f] = (float) Math.min(1.0, held / known);
        }
        return new Matches(Arrays.copyOf(foundRows, found), scores, coverage, knownCoverage, literal);
    }

    private double[] weights() {
        int[] frequencies = new int[terms.length];
        for (int i = 0; i < pairs; i++) {
            frequencies[pairTerms[i]]++;
        }
        double[] weights = new double[terms.length];
        int memories = state.tally().memories;
        for (int t = 0; t < weights.length; t++) {
            weights[t] = Math.log1p((memories - frequencies[t] + 0.5) / (frequencies[t] + 0.5));
        }
        return weights;
    }

    private int length(int row) {
        RowTable.View rows = state.rows();
        return (withContext ? rows.end(row) : rows.contentEnd(row)) - rows.start(row);
    }
}
