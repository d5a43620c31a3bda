package io.engram.space;

import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Counts and times what passes, by operation and, where it failed, by kind. */
final class MeteredSpaceClient implements SpaceClient {
    private final SpaceClient inner;
    private final MeterRegistry meters;

    MeteredSpaceClient(SpaceClient inner, MeterRegistry meters) {
        this.inner = inner;
        this.meters = meters;
    }

    @Override
    public SpaceClient on(RequestTerms terms, Consumer<ServedBy> servedBy) {
        var other = inner.on(terms, servedBy);
        return other == inner ? this : new MeteredSpaceClient(other, meters);
    }

    @Override
    public CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request) {
        return metered("remember", () -> inner.remember(space, request));
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        return metered("remember_all", () -> inner.rememberAll(space, requests));
    }

    @Override
    public CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request) {
        return metered("forget", () -> inner.forget(space, request));
    }

    @Override
    public CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return metered("get", () -> inner.get(space, id));
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return metered("history", () -> inner.history(space, id));
    }

    @Override
    public CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return metered("list", () -> inner.list(space, filter, offset, limit));
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return metered("search", () -> inner.search(space, query));
    }

    @Override
    public CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return metered("recall", () -> inner.recall(space, query));
    }

    @Override
    public CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return metered("statistics", () -> inner.statistics(space));
    }

    @Override
    public CompletionStage<List<SpaceInfo>> spaces() {
        return metered("spaces", inner::spaces);
    }

    @Override
    public CompletionStage<SpaceInfo> createSpace(SpaceId space) {
        return metered("create_space", () -> inner.createSpace(space));
    }

    @Override
    public CompletionStage<Boolean> deleteSpace(SpaceId space) {
        return metered("delete_space", () -> inner.deleteSpace(space));
    }

    /** Also takes the wrappers off a failure, so that every caller sees the reason itself. */
    private <T> CompletionStage<T> metered(String operation, Supplier<CompletionStage<T>> call) {
        Timer.Sample sample = Timer.start(meters);
        var result = new CompletableFuture<T>();
        call.get().whenComplete((value, failure) -> {
            sample.stop(Timer.builder("engram_memory_operation_duration_seconds")
                    .description("From the call to the answer, whatever it was")
                    .tag("operation", operation)
                    .register(meters));
            meters.counter("engram_operation_total", "operation", operation).increment();
            if (failure == null) {
                result.complete(value);
            } else {
                Throwable reason = EngramException.reasonOf(failure);
                meters.counter("engram_operation_errors_total", "operation", operation, "kind", kind(reason))
                        .increment();
                result.completeExceptionally(reason);
            }
        });
        return result;
    }

    private static String kind(Throwable reason) {
        return reason instanceof EngramException known ? known.kind().name().toLowerCase(Locale.ROOT) : "internal";
    }
}
