package io.engram.space;

import io.engram.embedding.TextEmbedding;
import io.engram.memory.Cue;
import io.engram.memory.EngineView;
import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.engram.trace.TraceContext;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** The reads of a client, on views of spaces wherever those come from. A space that does not exist answers as empty. */
final class ViewReads {
    /** Where the views come from. */
    @FunctionalInterface
    interface Views {
        /** The space's newest view, to be taken when it is needed; empty if there is no such space. */
        CompletionStage<Optional<Supplier<EngineView>>> of(SpaceId space);
    }

    private final Views views;
    private final TextEmbedding embedding;
    private final ReadPool reads;
    private final int maxDimension;
    private final TraceContext trace;

    /** @param trace the span of whoever reads */
    ViewReads(Views views, TextEmbedding embedding, ReadPool reads, int maxDimension, TraceContext trace) {
        this.views = views;
        this.embedding = embedding;
        this.reads = reads;
        this.maxDimension = maxDimension;
        this.trace = trace;
    }

    CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return read(space, Optional.empty(), view -> view.get(id));
    }

    CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return read(space, List.of(), view -> view.history(id));
    }

    CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return read(space, new MemoryPage(List.of(), 0), view -> view.list(filter, offset, limit));
    }

    CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return read(space, SpaceStatistics.EMPTY, EngineView::statistics);
    }

    CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return cued(
                space,
                query.cue(),
                new SearchResult(List.of(), 0),
                (view, cue) -> view.search(
                        new SearchQuery(cue, query.offset(), query.limit(), query.filter(), query.fusion())));
    }

    CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return cued(
                space,
                query.cue(),
                new RecallResult(List.of(), 0f, 0, 0, 0),
                (view, cue) -> view.recall(new RecallQuery(
                        cue, query.maxResults(), query.threshold(), query.filter(), query.fusion(), query.mode())));
    }

    private <T> CompletionStage<RecallAnswer<T>> cued(
            SpaceId space, Cue cue, T whenAbsent, BiFunction<EngineView, Cue, T> work) {
        try {
            cue.vector().ifPresent(v -> RequestRules.vector(v, maxDimension));
        } catch (EngramException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return views.of(space).thenCompose(found -> {
            if (found.isEmpty()) {
                return CompletableFuture.completedFuture(new RecallAnswer<>(whenAbsent, Optional.empty()));
            }
            return CueMeaning.of(cue, embedding, reads.figures(), trace).thenCompose(meant -> {
                // Taken now, so that it shows all that was acknowledged before the read began.
                EngineView view = found.get().get();
                return reads.run(trace, () -> {
                    long begun = System.nanoTime();
                    T result = work.apply(view, meant.cue());
                    reads.figures().ranked(trace, begun);
                    return new RecallAnswer<>(result, meant.lexicalOnly());
                });
            });
        });
    }

    private <T> CompletionStage<T> read(SpaceId space, T whenAbsent, Function<EngineView, T> work) {
        return views.of(space).thenCompose(found -> {
            if (found.isEmpty()) {
                return CompletableFuture.completedFuture(whenAbsent);
            }
            EngineView view = found.get().get();
            return reads.run(trace, () -> work.apply(view));
        });
    }
}
