package io.engram.memory;

import io.engram.memory.text.Analysis;
import io.engram.memory.text.Analyzer;
import io.engram.memory.vector.VectorSet;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What speaks for each row by one cue: its words, and the vectors that can be compared with the cue's. A column is null
 * where the cue has no such part.
 */
final class Evidence {
    /** A coverage that is whole but for rounding. */
    private static final float WHOLE = 0.9999f;

    private final EngineState state;
    private final boolean @Nullable [] accepted;
    private final int considered;

    final LexicalScan.Matches words;
    private final float @Nullable [] bm25;
    private final float @Nullable [] coverage;
    private final float @Nullable [] likeness;
    private final float @Nullable [] cosine;
    private final boolean @Nullable [] near;
    private final boolean @Nullable [] phrase;

    /** @param withContext whether people, places and tags count like words of the content */
    Evidence(EngineState state, Cue cue, Filter filter, boolean withContext) {
        this.state = state;
        int size = state.rows().size();
        if (filter.equals(Filter.NONE)) {
            accepted = null;
            considered = state.tally().memories;
        } else {
            accepted = new boolean[size];
            considered = accept(filter, accepted);
        }
        Optional<Analysis> query = cue.text().map(Analyzer.forOneText()::query);
        words = query.map(q -> LexicalScan.run(state, q, withContext)).orElse(LexicalScan.Matches.NONE);
        phrase = query.map(this::findPhrase).orElse(null);
        if (words.size() > 0) {
            bm25 = new float[size];
            coverage = new float[size];
            for (int i = 0; i < words.size(); i++) {
                bm25[words.rows()[i]] = words.scores()[i];
                coverage[words.rows()[i]] = words.coverage()[i];
            }
        } else {
            bm25 = null;
            coverage = null;
        }
        if (hasVectors(cue)) {
            likeness = new float[size];
            cosine = new float[size];
            near = new boolean[size];
            Arrays.fill(likeness, Float.NaN);
            compareVectors(cue);
        } else {
            likeness = null;
            cosine = null;
            near = null;
        }
    }

    /** The rows whose content holds the query's words one after the other, stop words included; null if there is none. */
    private boolean @Nullable [] findPhrase(Analysis query) {
        int[] terms = query.terms();
        if (terms.length < 2) {
            return null;
        }
        RowTable.View rows = state.rows();
        boolean[] holds = null;
        for (int i = 0; i < words.size(); i++) {
            int row = words.rows()[i];
            if (words.coverage()[i] >= WHOLE
                    && holdsRun(rows.termArray(row), rows.start(row), rows.contentEnd(row), terms)) {
                holds = holds == null ? new boolean[rows.size()] : holds;
                holds[row] = true;
            }
        }
        return holds;
    }

    private static boolean holdsRun(int[] text, int start, int end, int[] run) {
        for (int first = start; first <= end - run.length; first++) {
            if (Arrays.equals(text, first, first + run.length, run, 0, run.length)) {
                return true;
            }
        }
        return false;
    }

    private int accept(Filter filter, boolean[] into) {
        int count = 0;
        for (int row = 0; row < into.length; row++) {
            if (state.isAlive(row) && filter.accepts(state.rows().memory(row))) {
                into[row] = true;
                count++;
            }
        }
        return count;
    }

    private boolean hasVectors(Cue cue) {
        return cue.meaning().isPresent() && !state.models().isEmpty()
                || cue.vector().isPresent() && state.clients() != null;
    }

    private void compareVectors(Cue cue) {
        cue.meaning().ifPresent(meaning -> {
            ModelVector vector = meaning.vector();
            for (EngineState.ModelVectors model : state.models()) {
                if (model.modelId().equals(vector.modelId()) && model.vectors().dimension() == vector.dimension()) {
                    compare(model.vectors(), model.replaced(), vector, meaning.scale());
                }
            }
        });
        VectorSet.View clients = state.clients();
        if (clients != null) {
            cue.vector()
                    .filter(own -> own.dimension() == clients.dimension())
                    .ifPresent(own -> compare(
                            clients, Bits.NONE, ModelVector.quantise("", own.toArray()), SimilarityScale.PLAIN));
        }
    }

    private void compare(VectorSet.View vectors, Bits replaced, ModelVector query, SimilarityScale scale) {
        float[] likenesses = present(likeness);
        float[] cosines = present(cosine);
        boolean[] isNear = near == null ? new boolean[0] : near;
        float width = scale.same() - scale.unrelated();
        vectors.cosines(query.bytes(), (slot, row, value) -> {
            if (replaced.get(slot) || !state.isAlive(row)) {
                return;
            }
            // Above 1 it still tells better from worse, so it is clamped only where it is shown.
            float like = (value - scale.unrelated()) / width;
            if (!(likenesses[row] >= like)) {
                likenesses[row] = like;
                cosines[row] = value;
            }
            if (like >= scale.match()) {
                isNear[row] = true;
            }
        });
    }

    private static float[] present(float @Nullable [] column) {
        return column == null ? new float[0] : column;
    }

    /** Live rows that pass the filter. */
    int considered() {
        return considered;
    }

    /** Whether the row is alive and passes the filter. */
    boolean isVisible(int row) {
        return accepted == null ? state.isAlive(row) : accepted[row];
    }

    boolean comparesVectors() {
        return likeness != null;
    }

    /** BM25, 0 without a common word. */
    float bm25(int row) {
        return bm25 == null ? 0f : bm25[row];
    }

    float coverage(int row) {
        return coverage == null ? 0f : coverage[row];
    }

    /** Whether some memory holds the query's words one after the other. */
    boolean hasPhrases() {
        return phrase != null;
    }

    /** Whether the row's content holds the query's words one after the other. */
    boolean holdsPhrase(int row) {
        return phrase != null && phrase[row];
    }

    /** Whether there was a vector to compare with. */
    boolean hasLikeness(int row) {
        return likeness != null && !Float.isNaN(likeness[row]);
    }

    /** Calibrated similarity before it is clamped; 0 where there is none or it is negative. */
    float likeness(int row) {
        return likeness == null || !(likeness[row] > 0f) ? 0f : likeness[row];
    }

    /** Calibrated similarity of the vectors, 0 to 1; 0 where there is none. */
    float similarity(int row) {
        return Math.min(1f, likeness(row));
    }

    float cosine(int row) {
        return cosine == null ? 0f : cosine[row];
    }

    /** Whether the similarity is as high as that of texts that speak of the same thing. */
    boolean isNear(int row) {
        return near != null && near[row];
    }

    /** How well the row meets the cue, 0 to 1, on a scale that does not depend on the other rows. */
    float strengthOfMatch(int row) {
        return Math.max(coverage(row), similarity(row));
    }
}
