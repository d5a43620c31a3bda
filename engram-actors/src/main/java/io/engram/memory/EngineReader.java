package io.engram.memory;

import io.engram.memory.text.Analyzer;
import io.engram.memory.vector.VectorSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Reads one state. */
final class EngineReader implements EngineView {
    /** A quantised cosine differs from the exact one by less than this; candidates are then compared exactly. */
    private static final float QUANTISATION_SLACK = 0.02f;

    private final EngineState state;

    EngineReader(EngineState state) {
        this.state = state;
    }

    @Override
    public Optional<Memory> get(String id) {
        Entry entry = visible(id);
        return entry == null ? Optional.empty() : Optional.of(entry.current());
    }

    @Override
    public List<Memory> history(String id) {
        Entry entry = visible(id);
        return entry == null ? List.of() : List.copyOf(entry.versions().oldestFirst());
    }

    private @Nullable Entry visible(String id) {
        Entry entry = state.entry(id);
        return entry == null || entry.suppressed() ? null : entry;
    }

    @Override
    public MemoryPage list(Filter filter, int offset, int limit) {
        if (offset < 0 || limit < 0) {
            throw new IllegalArgumentException("offset and limit must be 0 or more");
        }
        boolean all = filter.equals(Filter.NONE);
        List<Memory> page = new ArrayList<>();
        int total = 0;
        for (int i = 0; i < state.entries().size(); i++) {
            Entry entry = state.entries().get(i);
            if (entry == null || entry.suppressed() || !(all || filter.accepts(entry.current()))) {
                continue;
            }
            if (total >= offset && page.size() < limit) {
                page.add(entry.current());
            }
            total++;
            if (all && page.size() >= limit) {
                total = state.tally().memories;
                break;
            }
        }
        return new MemoryPage(page, total);
    }

    @Override
    public SearchResult search(SearchQuery query) {
        return new Searcher(state, query).run();
    }

    @Override
    public RecallResult recall(RecallQuery query) {
        return new Recaller(state, query).run();
    }

    @Override
    public Optional<Memory> duplicateOf(MemoryBody body) {
        OptionalInt row = sameText(body.content());
        if (row.isEmpty()) {
            row = body.embedding().map(this::sameVector).orElse(OptionalInt.empty());
        }
        return row.isEmpty() ? Optional.empty() : Optional.of(state.rows().memory(row.getAsInt()));
    }

    /** The first stored row whose text is the same; texts without words must be equal to the letter. */
    private OptionalInt sameText(String content) {
        if (content.isBlank()) {
            return OptionalInt.empty();
        }
        long hash = Analyzer.forOneText().document(content).textHash();
        String canonical = Analyzer.canonical(content);
        RowTable.View rows = state.rows();
        int found = -1;
        for (int row = 0; row < rows.size(); row++) {
            if (rows.textHash(row) != hash
                    || !state.isAlive(row)
                    || (found >= 0 && rows.ordinal(found) < rows.ordinal(row))) {
                continue;
            }
            String other = rows.memory(row).content();
            boolean same = hash == 0
                    ? other.strip().equals(content.strip())
                    : Analyzer.canonical(other).equals(canonical);
            found = same ? row : found;
        }
        return found < 0 ? OptionalInt.empty() : OptionalInt.of(found);
    }

    private OptionalInt sameVector(Embedding own) {
        VectorSet.View clients = state.clients();
        if (clients == null || clients.dimension() != own.dimension()) {
            return OptionalInt.empty();
        }
        float least = state.settings().duplicateCosine();
        TopRows near = new TopRows(state.rows(), state.settings().listLength());
        clients.cosines(ModelVector.quantise("", own.toArray()).bytes(), (slot, row, cosine) -> {
            if (cosine >= least - QUANTISATION_SLACK && state.isAlive(row)) {
                near.offer(row, cosine);
            }
        });
        TopRows best = new TopRows(state.rows(), 1);
        for (int row : near.drain()) {
            double cosine = state.rows()
                    .memory(row)
                    .body()
                    .embedding()
                    .map(e -> cosine(e, own))
                    .orElse(0.0);
            if (cosine >= least) {
                best.offer(row, (float) cosine);
            }
        }
        return best.size() == 0 ? OptionalInt.empty() : OptionalInt.of(best.drain()[0]);
    }

    private static double cosine(Embedding a, Embedding b) {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.dimension(); i++) {
            product += (double) a.get(i) * b.get(i);
            squaresA += (double) a.get(i) * a.get(i);
            squaresB += (double) b.get(i) * b.get(i);
        }
        return squaresA == 0 || squaresB == 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
    }

    @Override
    public List<Memory> awaitingEmbedding(int limit) {
        List<Memory> found = new ArrayList<>();
        int left = Math.min(limit, state.tally().awaiting);
        for (int i = state.firstAwaiting();
                found.size() < left && i < state.entries().size();
                i++) {
            Entry entry = state.entries().get(i);
            if (entry != null && entry.awaitsVector()) {
                found.add(entry.current());
            }
        }
        return List.copyOf(found);
    }

    @Override
    public SpaceStatistics statistics() {
        Tally tally = state.tally();
        RowTable.View rows = state.rows();
        boolean none = state.order().isEmpty();
        return new SpaceStatistics(
                tally.memories,
                tally.suppressed,
                tally.embedded,
                tally.awaiting,
                tally.byType(),
                tally.averageConfidence(),
                tally.links(),
                none
                        ? Optional.empty()
                        : Optional.of(rows.memory(state.order().first()).observedAt()),
                none
                        ? Optional.empty()
                        : Optional.of(rows.memory(state.order().last()).observedAt()),
                state.clientDimension());
    }
}
