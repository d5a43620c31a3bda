package io.engram.memory;

import io.engram.memory.text.Analyzer;
import io.engram.memory.vector.VectorSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What speaks for each row by one cue: its words, and the vectors that can be compared with the cue's. A column is null
 * where the cue has no such part.
 */
final class Evidence {
    private final EngineState state;
    private final boolean @Nullable [] accepted;
    private final int considered;

    final LexicalScan.Matches words;
    private final float @Nullable [] bm25;
    private final float @Nullable [] coverage;
    private final float @Nullable [] likeness;
    private final float @Nullable [] cosine;
    private final boolean @Nullable [] near;

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
        words = cue.text()
                .map(text -> LexicalScan.run(state, Analyzer.forOneText().query(text), withContext))
                .orElse(LexicalScan.Matches.NONE);
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
