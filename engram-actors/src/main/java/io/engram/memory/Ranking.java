package io.engram.memory;

import java.util.Arrays;

/**
 * Makes one ranking of the lexical and the vector list.
 *
 * <p>WEIGHTED: a list's scores are scaled to 0..1 within the query; 1 is the best score, 0 is the first score that did
 * not make it into the list, or no agreement at all where everything had room. A memory that has no vector to compare,
 * because its text is not embedded yet, is given as similarity what its words say, so that it does not sink below those
 * that have one. RRF: {@code sum of 1 / (60 + rank)}, divided by the best possible sum.
 *
 * <p>Where one list is empty the other counts alone.
 */
final class Ranking {
    private static final float RRF_K = 60f;

    private final Evidence evidence;
    private final EngineSettings settings;
    private final int[] candidates;
    private final float[] scores;
    private final Scale lexical;
    private final Scale vector;

    private record Scale(float floor, float top) {
        float of(float score) {
            if (score <= 0f || top <= 0f) {
                return 0f;
            }
            return top <= floor ? 1f : Math.clamp((score - floor) / (top - floor), 0f, 1f);
        }
    }

    /**
     * @param byWords rows with a common word, best first
     * @param byVector rows with a similarity above 0, best first
     * @param listLength how many of each count; one more tells the floor
     */
    Ranking(EngineState state, Evidence evidence, int[] byWords, int[] byVector, int listLength, Fusion fusion) {
        this.evidence = evidence;
        this.settings = state.settings();
        lexical = new Scale(
                byWords.length > listLength ? evidence.bm25(byWords[listLength]) : 0f,
                byWords.length == 0 ? 0f : evidence.bm25(byWords[0]));
        vector = new Scale(
                byVector.length > listLength ? evidence.likeness(byVector[listLength]) : 0f,
                byVector.length == 0 ? 0f : evidence.likeness(byVector[0]));
        int[] words = Arrays.copyOf(byWords, Math.min(listLength, byWords.length));
        int[] vectors = Arrays.copyOf(byVector, Math.min(listLength, byVector.length));
        candidates = union(words, vectors);
        scores = new float[candidates.length];
        switch (fusion) {
            case WEIGHTED -> weigh(words.length > 0, vectors.length > 0);
            case RRF -> addReciprocalRanks(words, vectors);
        }
    }

    /** Rows of either list, ascending. */
    int[] candidates() {
        return candidates;
    }

    /** The score of the candidate at an index, 0 to 1. */
    float score(int index) {
        return scores[index];
    }

    float lexical(int row) {
        return lexical.of(evidence.bm25(row));
    }

    private static int[] union(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        Arrays.sort(all);
        int count = 0;
        for (int i = 0; i < all.length; i++) {
            if (i == 0 || all[i] != all[i - 1]) {
                all[count++] = all[i];
            }
        }
        return Arrays.copyOf(all, count);
    }

    private void weigh(boolean hasWords, boolean hasVectors) {
        float sum = settings.lexicalWeight() + settings.vectorWeight();
        for (int i = 0; i < candidates.length; i++) {
            int row = candidates[i];
            float words = lexical.of(evidence.bm25(row));
            float similar = vector.of(evidence.likeness(row));
            if (hasWords && hasVectors) {
                float second = evidence.hasLikeness(row) ? similar : words * evidence.coverage(row);
                scores[i] = (settings.lexicalWeight() * words + settings.vectorWeight() * second) / sum;
            } else {
                scores[i] = hasWords ? words : similar;
            }
        }
    }

    private void addReciprocalRanks(int[] words, int[] vectors) {
        addReciprocalRanks(words);
        addReciprocalRanks(vectors);
        int lists = (words.length > 0 ? 1 : 0) + (vectors.length > 0 ? 1 : 0);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.min(1f, scores[i] * (RRF_K + 1) / lists);
        }
    }

    private void addReciprocalRanks(int[] list) {
        for (int i = 0; i < list.length; i++) {
            scores[Arrays.binarySearch(candidates, list[i])] += 1f / (RRF_K + i + 1);
        }
    }
}
