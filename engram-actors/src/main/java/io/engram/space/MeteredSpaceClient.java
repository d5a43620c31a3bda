package io.engram.space;

import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.engram.trace.Span;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Counts and times what passes, by operation and, where it failed, by kind; of a request that is traced it is a span. */
final class MeteredSpaceClient implements SpaceClient {
    private final SpaceClient inner;
    private final MeterRegistry meters;
    private final SpaceSeries series;
    private final ToDoubleFunction<SpaceId> pressure;
    private final Tracing tracing;
    private final RequestTerms terms;
    private final Consumer<ServedBy> servedBy;

    /** @param pressure see {@link SpaceLoad} */
    MeteredSpaceClient(
            SpaceClient inner,
            MeterRegistry meters,
            SpaceSeries series,
            ToDoubleFunction<SpaceId> pressure,
            Tracing tracing) {
        this(inner, meters, series, pressure, tracing, RequestTerms.ORDINARY, _ -> {});
    }

    /** @param terms those of {@code inner} */
    private MeteredSpaceClient(
            SpaceClient inner,
            MeterRegistry meters,
            SpaceSeries series,
            ToDoubleFunction<SpaceId> pressure,
            Tracing tracing,
            RequestTerms terms,
            Consumer<ServedBy> servedBy) {
        this.inner = inner;
        this.meters = meters;
        this.series = series;
        this.pressure = pressure;
        this.tracing = tracing;
        this.terms = terms;
        this.servedBy = servedBy;
    }

    @Override
    public Optional<SpaceLoad> load(SpaceId space) {
        return series.load(space, pressure.applyAsDouble(space));
    }

    @Override
    public SpaceClient on(RequestTerms others, Consumer<ServedBy> toldOf) {
        var other = inner.on(others, toldOf);
        return other == inner ? this : new MeteredSpaceClient(other, meters, series, pressure, tracing, others, toldOf);
    }

    @Override
    public CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request) {
        return write("remember", space, client -> client.remember(space, request));
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        return write("remember_all", space, client -> client.rememberAll(space, requests));
    }

    @Override
    public CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request) {
        return write("forget", space, client -> client.forget(space, request));
    }

    @Override
    public CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return read("get", space, client -> client.get(space, id));
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return read("history", space, client -> client.history(space, id));
    }

    @Override
    public CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return read("list", space, client -> client.list(space, filter, offset, limit));
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return read("search", space, client -> client.search(space, query));
    }

    @Override
    public CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return read("recall", space, client -> client.recall(space, query));
    }

    @Override
    public CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return read("statistics", space, client -> client.statistics(space));
    }

    @Override
    public CompletionStage<List<SpaceInfo>> spaces() {
        return metered("spaces", begun("spaces"), SpaceClient::spaces, _ -> {});
    }

    @Override
    public CompletionStage<SpaceInfo> createSpace(SpaceId space) {
        return metered("create_space", begun("create_space", space), client -> client.createSpace(space), _ -> {});
    }

    @Override
    public CompletionStage<Boolean> deleteSpace(SpaceId space) {
        return metered("delete_space", begun("delete_space", space), client -> client.deleteSpace(space), isDone -> {
            if (isDone) {
                series.forget(space);
            }
        });
    }

    private <T> CompletionStage<T> read(
            String operation, SpaceId space, Function<SpaceClient, CompletionStage<T>> call) {
        return metered(operation, begun(operation, space), call, _ -> series.asked(space, false));
    }

    private <T> CompletionStage<T> write(
            String operation, SpaceId space, Function<SpaceClient, CompletionStage<T>> call) {
        return metered(operation, begun(operation, space), call, _ -> series.asked(space, true));
    }

    /**
     * Also takes the wrappers off a failure, so that every caller sees the reason itself.
     *
     * @param answered told whether it went well, before the caller is
     */
    private <T> CompletionStage<T> metered(
            String operation, Span span, Function<SpaceClient, CompletionStage<T>> call, Consumer<Boolean> answered) {
        Timer.Sample sample = Timer.start(meters);
        var result = new CompletableFuture<T>();
        var client = span.isRecorded() ? inner.on(terms.under(span.context()), servedBy) : inner;
        call.apply(client).whenComplete((value, failure) -> {
            sample.stop(SpaceFigures.operation(meters, operation));
            Counter.builder("engram_operation_total")
                    .description("Operations answered, whatever the answer")
                    .tag("operation", operation)
                    .register(meters)
                    .increment();
            answered.accept(failure == null);
            if (failure == null) {
                span.end();
                result.complete(value);
            } else {
                Throwable reason = EngramException.reasonOf(failure);
                Counter.builder("engram_operation_errors_total")
                        .description("Operations that failed, by the kind of failure")
                        .tags("operation", operation, "kind", kind(reason))
                        .register(meters)
                        .increment();
                span.failed(kind(reason));
                span.end();
                result.completeExceptionally(reason);
            }
        });
        return result;
    }

    private Span begun(String operation, SpaceId space) {
        return begun(operation).with(Span.SPACE, space.value());
    }

    private Span begun(String operation) {
        return tracing.begin(terms.trace(), operation, Tracing.Kind.INTERNAL).with(Span.OPERATION, operation);
    }

    private static String kind(Throwable reason) {
        return reason instanceof EngramException known ? known.kind().name().toLowerCase(Locale.ROOT) : "internal";
    }
}
