package io.engram.space;

import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Counts and times what passes, by operation and, where it failed, by kind. */
final class MeteredSpaceClient implements SpaceClient {
    private final SpaceClient inner;
    private final MeterRegistry meters;
    private final SpaceSeries series;
    private final ToDoubleFunction<SpaceId> pressure;

    /** @param pressure see {@link SpaceLoad} */
    MeteredSpaceClient(
            SpaceClient inner, MeterRegistry meters, SpaceSeries series, ToDoubleFunction<SpaceId> pressure) {
        this.inner = inner;
        this.meters = meters;
        this.series = series;
        this.pressure = pressure;
    }

    @Override
    public Optional<SpaceLoad> load(SpaceId space) {
        return series.load(space, pressure.applyAsDouble(space));
    }

    @Override
    public SpaceClient on(RequestTerms terms, Consumer<ServedBy> servedBy) {
        var other = inner.on(terms, servedBy);
        return other == inner ? this : new MeteredSpaceClient(other, meters, series, pressure);
    }

    @Override
    public CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request) {
        return write("remember", space, () -> inner.remember(space, request));
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        return write("remember_all", space, () -> inner.rememberAll(space, requests));
    }

    @Override
    public CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request) {
        return write("forget", space, () -> inner.forget(space, request));
    }

    @Override
    public CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return read("get", space, () -> inner.get(space, id));
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return read("history", space, () -> inner.history(space, id));
    }

    @Override
    public CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return read("list", space, () -> inner.list(space, filter, offset, limit));
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return read("search", space, () -> inner.search(space, query));
    }

    @Override
    public CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return read("recall", space, () -> inner.recall(space, query));
    }

    @Override
    public CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return read("statistics", space, () -> inner.statistics(space));
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
        return metered("delete_space", () -> inner.deleteSpace(space), isDone -> {
            if (isDone) {
                series.forget(space);
            }
        });
    }

    private <T> CompletionStage<T> read(String operation, SpaceId space, Supplier<CompletionStage<T>> call) {
        return metered(operation, call, _ -> series.asked(space, false));
    }

    private <T> CompletionStage<T> write(String operation, SpaceId space, Supplier<CompletionStage<T>> call) {
        return metered(operation, call, _ -> series.asked(space, true));
    }

    private <T> CompletionStage<T> metered(String operation, Supplier<CompletionStage<T>> call) {
        return metered(operation, call, _ -> {});
    }

    /**
     * Also takes the wrappers off a failure, so that every caller sees the reason itself.
     *
     * @param answered told whether it went well, before the caller is
     */
    private <T> CompletionStage<T> metered(
            String operation, Supplier<CompletionStage<T>> call, Consumer<Boolean> answered) {
        Timer.Sample sample = Timer.start(meters);
        var result = new CompletableFuture<T>();
        call.get().whenComplete((value, failure) -> {
            sample.stop(SpaceFigures.operation(meters, operation));
            Counter.builder("engram_operation_total")
                    .description("Operations answered, whatever the answer")
                    .tag("operation", operation)
                    .register(meters)
                    .increment();
            answered.accept(failure == null);
            if (failure == null) {
                result.complete(value);
            } else {
                Throwable reason = EngramException.reasonOf(failure);
                Counter.builder("engram_operation_errors_total")
                        .description("Operations that failed, by the kind of failure")
                        .tags("operation", operation, "kind", kind(reason))
                        .register(meters)
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
