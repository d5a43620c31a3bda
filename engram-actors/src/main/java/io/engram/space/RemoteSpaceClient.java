package io.engram.space;

import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.engram.trace.TraceContext;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The spaces of another node, by way of its {@link SpaceCallServer}: it answers exactly like the other node's own client,
 * failures included. When the way there fails, a read, and a write that was certainly not begun, is UNAVAILABLE, and any
 * other write is OUTCOME_UNKNOWN.
 */
public final class RemoteSpaceClient implements SpaceClient {
    private static final Duration SOON = Duration.ofMillis(500);

    /** Carries a call to the other node. */
    @FunctionalInterface
    public interface Carrier {
        /**
         * The other node's answer; whatever it fails with is a failure of the way.
         *
         * @param trace the span of whoever asks
         */
        CompletionStage<byte[]> call(String method, byte[] request, Duration timeout, TraceContext trace);
    }

    private final Carrier carrier;
    private final Duration timeout;
    private final Predicate<Throwable> notSent;
    private final RequestTerms terms;
    private final Consumer<ServedBy> servedBy;

    /**
     * @param carrier the way to the other node
     * @param timeout how long an answer may take
     * @param notSent whether a failure of the way means that the other node has certainly not begun
     */
    public RemoteSpaceClient(Carrier carrier, Duration timeout, Predicate<Throwable> notSent) {
        this(carrier, timeout, notSent, RequestTerms.ORDINARY, _ -> {});
    }

    private RemoteSpaceClient(
            Carrier carrier,
            Duration timeout,
            Predicate<Throwable> notSent,
            RequestTerms terms,
            Consumer<ServedBy> servedBy) {
        this.carrier = carrier;
        this.timeout = timeout;
        this.notSent = notSent;
        this.terms = terms;
        this.servedBy = servedBy;
    }

    @Override
    public SpaceClient on(RequestTerms others, Consumer<ServedBy> toldOf) {
        return others.equals(terms) && !others.isNearest()
                ? this
                : new RemoteSpaceClient(carrier, timeout, notSent, others, toldOf);
    }

    private <Q, A> CompletionStage<A> ask(SpaceCalls.Call<Q, A> call, Q request) {
        CompletionStage<byte[]> answer;
        try {
            answer = carrier.call(CallLine.write(call.method(), terms), call.encode(request), timeout, terms.trace());
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.handle((bytes, failure) -> {
            if (failure != null) {
                throw new CompletionException(lost(call, EngramException.reasonOf(failure)));
            }
            try {
                var lag = SpaceCalls.lag(bytes);
                if (lag.isPresent()) {
                    servedBy.accept(new ServedBy("", lag));
                }
                return call.decode(bytes);
            } catch (IOException e) {
                throw new CompletionException(unreadable(call, e));
            }
        });
    }

    private EngramException lost(SpaceCalls.Call<?, ?> call, Throwable failure) {
        if (failure instanceof EngramException known) {
            return known;
        }
        var unsent = notSent.test(failure);
        var text = "the node that holds the space %s: %s"
                .formatted(unsent ? "cannot be reached" : "did not answer", failure.getMessage());
        return call.isWrite() && !unsent
                ? EngramException.outcomeUnknown(text)
                : EngramException.unavailable(text, SOON);
    }

    private static EngramException unreadable(SpaceCalls.Call<?, ?> call, IOException e) {
        var text = "the answer to %s of the node that holds the space cannot be read: %s"
                .formatted(call.method(), CallCodec.reason(e));
        return call.isWrite() ? EngramException.outcomeUnknown(text) : EngramException.unavailable(text, SOON);
    }

    @Override
    public CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request) {
        return ask(SpaceCalls.REMEMBER, new SpaceCalls.RememberOne(space, request));
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        return ask(SpaceCalls.REMEMBER_ALL, new SpaceCalls.RememberMany(space, requests));
    }

    @Override
    public CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request) {
        return ask(SpaceCalls.FORGET, new SpaceCalls.ForgetOne(space, request));
    }

    @Override
    public CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return ask(SpaceCalls.GET, new SpaceCalls.OneMemory(space, id));
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return ask(SpaceCalls.HISTORY, new SpaceCalls.OneMemory(space, id));
    }

    @Override
    public CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return ask(SpaceCalls.LIST, new SpaceCalls.OnePage(space, filter, offset, limit));
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return ask(SpaceCalls.SEARCH, new SpaceCalls.OneSearch(space, query));
    }

    @Override
    public CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return ask(SpaceCalls.RECALL, new SpaceCalls.OneRecall(space, query));
    }

    @Override
    public CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return ask(SpaceCalls.STATISTICS, new SpaceCalls.OneSpace(space));
    }

    @Override
    public CompletionStage<List<SpaceInfo>> spaces() {
        return ask(SpaceCalls.SPACES, new SpaceCalls.NoSpace());
    }

    @Override
    public CompletionStage<SpaceInfo> createSpace(SpaceId space) {
        return ask(SpaceCalls.CREATE_SPACE, new SpaceCalls.OneSpace(space));
    }

    @Override
    public CompletionStage<Boolean> deleteSpace(SpaceId space) {
        return ask(SpaceCalls.DELETE_SPACE, new SpaceCalls.OneSpace(space));
    }
}
