package io.engram.space;

import io.engram.embedding.TextEmbedding;
import io.engram.memory.Cue;
import io.engram.memory.EngineView;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.Link;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.engram.trace.TraceContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;

/**
 * Reaches spaces through cluster sharding. A write is asked for until it is answered or its time is up: messages can be
 * lost when a space moves, and every command carries an id or key under which a second try finds the first. A read goes
 * to the space's published view, after opening the space if need be.
 */
final class ShardedSpaceClient implements SpaceClient {
    private static final Duration FIRST_RETRY_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    /** Items of a bulk request that are under way at a time, so that it cannot fill a space's queue by itself. */
    private static final int BULK_WINDOW = 256;

    /** The stages of so many items of a bulk request are traced, which are as good as all. */
    private static final int TRACED_ITEMS = 8;

    private static final int MAX_AUTO_LINKS = 5;
    private static final int OPEN_ATTEMPTS = 10;

    /** Where it stands which spaces there are. */
    interface Directory {
        CompletionStage<DirectoryReply> lookUp(SpaceId space, Duration timeout);

        CompletionStage<DirectoryReply> list(Duration timeout);

        /** The reign under which the space may be read now, see {@link SpaceRegistry#confirm}. */
        CompletionStage<Long> confirm(SpaceId space, boolean strict);

        /** See {@link SpaceRegistry#everywhere}. */
        CompletionStage<Void> everywhere(SpaceId space);

        /** Whether another node leads the space. */
        boolean isCopy(SpaceId space);

        /** What this node's copy shows; only if it is one. */
        CompletionStage<Nearest> nearest(SpaceId space);
    }

    /** @param lag see {@link ServedBy} */
    record Nearest(Optional<EngineView> view, long lag) {}

    private final ActorSystem<?> system;
    private final Function<SpaceId, EntityRef<SpaceCommand>> spaces;
    private final Directory directory;
    private final SpaceReaders readers;
    private final SpaceQuarantine quarantine;
    private final TextEmbedding embedding;
    private final SpaceSettings settings;
    private final Admission admission;
    private final ReadPool reads;
    private final boolean isTriedElsewhere;
    private final RequestTerms terms;
    private final Consumer<ServedBy> servedBy;
    private final ViewReads views;

    /**
     * @param isTriedElsewhere whether who asks tries other nodes; then a passing refusal is told at once, and silence is not
     *     borne for long
     * @param servedBy told of the lag where a copy answers; who knows this node's name adds that
     */
    ShardedSpaceClient(
            ActorSystem<?> system,
            Function<SpaceId, EntityRef<SpaceCommand>> spaces,
            Directory directory,
            SpaceReaders readers,
            SpaceQuarantine quarantine,
            TextEmbedding embedding,
            SpaceSettings settings,
            Admission admission,
            ReadPool reads,
            boolean isTriedElsewhere,
            RequestTerms terms,
            Consumer<ServedBy> servedBy) {
        this.system = system;
        this.spaces = spaces;
        this.directory = directory;
        this.readers = readers;
        this.quarantine = quarantine;
        this.embedding = embedding;
        this.settings = settings;
        this.admission = admission;
        this.reads = reads;
        this.isTriedElsewhere = isTriedElsewhere;
        this.terms = terms;
        this.servedBy = servedBy;
        views = new ViewReads(this::view, embedding, reads, settings.maxDimension(), terms.trace());
    }

    @Override
    public SpaceClient on(RequestTerms others, Consumer<ServedBy> toldOf) {
        return others.equals(terms) && !others.isNearest()
                ? this
                : new ShardedSpaceClient(
                        system,
                        spaces,
                        directory,
                        readers,
                        quarantine,
                        embedding,
                        settings,
                        admission,
                        reads,
                        isTriedElsewhere,
                        others,
                        toldOf);
    }

    // ---- writes ----

    @Override
    public CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request) {
        return remember(space, request, terms.trace());
    }

    private CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request, TraceContext trace) {
        try {
            RequestRules.check(request, settings);
            admission.enter(space);
        } catch (EngramException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        String id = request.id()
                .orElseGet(
                        () -> request.idPrefix() + UUID.randomUUID().toString().replace("-", ""));
        Optional<SpaceEvent.RequestKey> requestKey =
                request.idempotencyKey().map(key -> new SpaceEvent.RequestKey(key, Fingerprint.of(request)));
        CompletionStage<List<Link>> links =
                request.autoLink() ? findLinks(space, request) : CompletableFuture.completedFuture(List.of());
        return links.thenCompose(found -> write(
                        space,
                        replyTo -> new SpaceCommand.Remember(request, id, requestKey, found, replyTo, trace),
                        SpaceReply.Remembered.class))
                .thenApply(SpaceReply.Remembered::receipt)
                .thenCompose(receipt -> acknowledged(space, receipt))
                .whenComplete((done, failure) -> admission.leave(space));
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        return rememberFrom(0, space, requests, new ArrayList<>(requests.size()));
    }

    private CompletionStage<List<BulkResult>> rememberFrom(
            int start, SpaceId space, List<RememberRequest> requests, List<BulkResult> results) {
        if (start >= requests.size()) {
            return CompletableFuture.completedFuture(List.copyOf(results));
        }
        int end = Math.min(requests.size(), start + BULK_WINDOW);
        List<CompletableFuture<BulkResult>> window = new ArrayList<>(end - start);
        for (RememberRequest request : requests.subList(start, end)) {
            var trace = start + window.size() < TRACED_ITEMS ? terms.trace() : TraceContext.NONE;
            window.add(remember(space, request, trace)
                    .<BulkResult>handle((receipt, failure) ->
                            failure == null ? new BulkResult.Stored(receipt) : new BulkResult.Failed(reason(failure)))
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(window.toArray(CompletableFuture[]::new)).thenCompose(done -> {
            window.forEach(result -> results.add(result.join()));
            return rememberFrom(end, space, requests, results);
        });
    }

    @Override
    public CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request) {
        try {
            RequestRules.check(request);
            admission.enter(space);
        } catch (EngramException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        var requestKey = new SpaceEvent.RequestKey(
                request.idempotencyKey().orElseGet(() -> UUID.randomUUID().toString()), Fingerprint.of(request));
        return write(
                        space,
                        replyTo -> new SpaceCommand.Forget(request, requestKey, replyTo, terms.trace()),
                        SpaceReply.Forgotten.class)
                .thenApply(SpaceReply.Forgotten::receipt)
                .thenCompose(receipt -> acknowledged(space, receipt))
                .whenComplete((done, failure) -> admission.leave(space));
    }

    @Override
    public CompletionStage<SpaceInfo> createSpace(SpaceId space) {
        return write(space, SpaceCommand.Create::new, SpaceReply.Opened.class).thenApply(SpaceReply.Opened::info);
    }

    @Override
    public CompletionStage<Boolean> deleteSpace(SpaceId space) {
        return write(space, SpaceCommand.Delete::new, SpaceReply.class)
                .thenApply(reply -> reply instanceof SpaceReply.Deleted);
    }

    /** What is durable as configured, on the client's terms. */
    private <T> CompletionStage<T> acknowledged(SpaceId space, T receipt) {
        return terms.isForAllCopies()
                ? directory.everywhere(space).thenApply(_ -> receipt)
                : CompletableFuture.completedFuture(receipt);
    }

    private <R extends SpaceReply> CompletionStage<R> write(
            SpaceId space, Function<ActorRef<SpaceReply>, SpaceCommand> command, Class<R> expected) {
        long deadline = System.nanoTime() + settings.writeTimeout().toNanos();
        return askUntil(deadline, spaces.apply(space), command, FIRST_RETRY_PAUSE, false)
                .thenApply(reply -> {
                    if (reply instanceof SpaceReply.Refused refused) {
                        throw refused.reason();
                    }
                    return expected.cast(reply);
                });
    }

    /** Asks again after a silence or a passing refusal. Once a try was lost, "not done" cannot be promised any more. */
    private CompletionStage<SpaceReply> askUntil(
            long deadline,
            EntityRef<SpaceCommand> entity,
            Function<ActorRef<SpaceReply>, SpaceCommand> command,
            Duration pause,
            boolean lost) {
        Duration left = Duration.ofNanos(deadline - System.nanoTime());
        Duration patience = settings.writeTimeout().dividedBy(isTriedElsewhere ? 8 : 2);
        Duration timeout = min(left, patience);
        if (timeout.isNegative() || timeout.isZero()) {
            return CompletableFuture.failedFuture(outcomeUnknown());
        }
        return entity.<SpaceReply>ask(command::apply, timeout)
                .handle((reply, failure) -> {
                    boolean again = deadline - System.nanoTime() > pause.toNanos();
                    Duration longer = min(pause.multipliedBy(2), LONGEST_RETRY_PAUSE);
                    if (failure == null) {
                        if (!passing(reply) || !again || isTriedElsewhere) {
                            return lost ? unlessUndecided(reply) : CompletableFuture.<SpaceReply>completedFuture(reply);
                        }
                        return later(pause, () -> askUntil(deadline, entity, command, longer, lost || unknown(reply)));
                    }
                    if (reasonIsTimeout(failure)) {
                        return again && !isTriedElsewhere
                                ? later(pause, () -> askUntil(deadline, entity, command, longer, true))
                                : CompletableFuture.<SpaceReply>failedFuture(outcomeUnknown());
                    }
                    return CompletableFuture.<SpaceReply>failedFuture(failure);
                })
                .thenCompose(Function.identity());
    }

    /**
     * The answer after a try was lost. Where the space looked at what it holds, that try is in the answer; where the
     * request was turned away before, it may have been carried out all the same.
     */
    private static CompletableFuture<SpaceReply> unlessUndecided(SpaceReply reply) {
        if (reply instanceof SpaceReply.Refused refused) {
            return switch (refused.reason().kind()) {
                case QUARANTINED, WRITES_STOPPED, OVERLOADED ->
                    CompletableFuture.failedFuture(EngramException.outcomeUnknown(
                            "the answer is lost, and then: " + refused.reason().getMessage()));
                case UNAVAILABLE, OUTCOME_UNKNOWN -> CompletableFuture.failedFuture(outcomeUnknown());
                case INVALID, NOT_FOUND, CONFLICT, TOO_LARGE, STORAGE_FULL, NOT_IMPLEMENTED ->
                    CompletableFuture.completedFuture(reply);
            };
        }
        return CompletableFuture.completedFuture(reply);
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static boolean passing(SpaceReply reply) {
        return reply instanceof SpaceReply.Refused refused && passing(refused.reason());
    }

    private static boolean passing(EngramException reason) {
        return reason.retryAfter().isPresent()
                && (reason.kind() == EngramException.Kind.UNAVAILABLE
                        || reason.kind() == EngramException.Kind.OUTCOME_UNKNOWN);
    }

    private static boolean unknown(SpaceReply reply) {
        return reply instanceof SpaceReply.Refused refused
                && refused.reason().kind() == EngramException.Kind.OUTCOME_UNKNOWN;
    }

    private <T> CompletableFuture<T> later(Duration pause, Supplier<CompletionStage<T>> again) {
        var result = new CompletableFuture<T>();
        system.scheduler()
                .scheduleOnce(
                        pause,
                        () -> again.get().whenComplete((value, failure) -> {
                            if (failure == null) {
                                result.complete(value);
                            } else {
                                result.completeExceptionally(failure);
                            }
                        }),
                        system.executionContext());
        return result;
    }

    private static EngramException outcomeUnknown() {
        return EngramException.outcomeUnknown(
                "no answer in time: the request may or may not have been carried out; sending it again with the same"
                        + " id or idempotency key finds out");
    }

    private CompletionStage<List<Link>> findLinks(SpaceId space, RememberRequest request) {
        var cue = new Cue(
                Optional.of(request.body().content()),
                Optional.empty(),
                request.body().embedding());
        var query = new RecallQuery(
                cue, MAX_AUTO_LINKS + 1, Optional.empty(), Filter.NONE, Fusion.WEIGHTED, RecallQuery.Mode.SIMILARITY);
        return recall(space, query)
                .thenApply(answer -> answer.result().recollections().stream()
                        .filter(r -> r.similarity() >= request.linkThreshold())
                        .filter(r -> !request.id().equals(Optional.of(r.memory().id())))
                        .limit(MAX_AUTO_LINKS)
                        .map(r -> new Link(r.memory().id(), r.similarity(), "similar content"))
                        .toList());
    }

    // ---- reads ----

    @Override
    public CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return views.get(space, id);
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return views.history(space, id);
    }

    @Override
    public CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return views.list(space, filter, offset, limit);
    }

    @Override
    public CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return views.statistics(space);
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return views.search(space, query);
    }

    @Override
    public CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return views.recall(space, query);
    }

    /** Where this node leads the space nothing is nearer than its own view, and nothing is missing from it. */
    private CompletionStage<Optional<Supplier<EngineView>>> view(SpaceId space) {
        return terms.isNearest() && directory.isCopy(space)
                ? directory.nearest(space).thenApply(nearest -> {
                    servedBy.accept(new ServedBy("", OptionalLong.of(nearest.lag())));
                    return nearest.view().map(view -> () -> view);
                })
                : open(space).thenApply(opened -> opened.map(handle -> handle::view));
    }

    /** The space's handle on this node, opening it if it is not there; empty if no such space exists. */
    private CompletionStage<Optional<SpaceReaders.Handle>> open(SpaceId space) {
        return directory.confirm(space, terms.isStrict()).thenCompose(reign -> open(space, reign));
    }

    private CompletionStage<Optional<SpaceReaders.Handle>> open(SpaceId space, long reign) {
        Optional<SpaceReaders.Handle> handle = openSince(space, reign);
        if (handle.isEmpty()) {
            long begun = System.nanoTime();
            return openUntil(begun + settings.openTimeout().toNanos(), space, reign, FIRST_RETRY_PAUSE)
                    .whenComplete((_, _) -> reads.figures().awaitedOpening(terms.trace(), begun));
        }
        long every = settings.idleTimeout().dividedBy(4).toNanos();
        if (handle.get().wantsKeepAwake(System.nanoTime(), every)) {
            spaces.apply(space).tell(new SpaceCommand.KeepAwake());
        }
        return CompletableFuture.completedFuture(handle);
    }

    /** What was opened in an earlier reign may be old, and is about to be closed. */
    private Optional<SpaceReaders.Handle> openSince(SpaceId space, long reign) {
        return readers.get(space).filter(handle -> handle.reign() >= reign);
    }

    /** Asks again after a silence: a message to an actor that is just stopping is lost, and opening twice does no harm. */
    private CompletionStage<Optional<SpaceReaders.Handle>> openUntil(
            long deadline, SpaceId space, long reign, Duration pause) {
        if (deadline - System.nanoTime() <= 0) {
            return CompletableFuture.failedFuture(
                    EngramException.unavailable("space '" + space + "' did not open in time", RETRY_AFTER));
        }
        Duration patience = settings.openTimeout().dividedBy(OPEN_ATTEMPTS);
        return directory
                .lookUp(space, patience)
                .thenCompose(found -> switch (found) {
                    case DirectoryReply.Exists exists ->
                        spaces.apply(space).<SpaceReply>ask(SpaceCommand.Open::new, patience);
                    case DirectoryReply.Refused refused ->
                        CompletableFuture.<SpaceReply>completedFuture(new SpaceReply.Refused(refused.reason()));
                    default -> CompletableFuture.<SpaceReply>completedFuture(new SpaceReply.NotThere());
                })
                .handle((reply, failure) -> {
                    if (failure != null) {
                        return reasonIsTimeout(failure)
                                ? openUntil(deadline, space, reign, pause)
                                : CompletableFuture.<Optional<SpaceReaders.Handle>>failedFuture(failure);
                    }
                    if (reply instanceof SpaceReply.NotThere) {
                        return CompletableFuture.completedFuture(Optional.<SpaceReaders.Handle>empty());
                    }
                    if (reply instanceof SpaceReply.Refused refused
                            && (!passing(reply) || deadline - System.nanoTime() <= pause.toNanos())) {
                        return CompletableFuture.<Optional<SpaceReaders.Handle>>failedFuture(refused.reason());
                    }
                    Optional<SpaceReaders.Handle> opened = openSince(space, reign);
                    // It may have stopped again in between.
                    return opened.isPresent()
                            ? CompletableFuture.completedFuture(opened)
                            : later(
                                    pause,
                                    () -> openUntil(
                                            deadline, space, reign, min(pause.multipliedBy(2), LONGEST_RETRY_PAUSE)));
                })
                .thenCompose(Function.identity());
    }

    @Override
    public CompletionStage<List<SpaceInfo>> spaces() {
        return listUntil(System.nanoTime() + settings.openTimeout().toNanos());
    }

    private CompletionStage<List<SpaceInfo>> listUntil(long deadline) {
        return directory
                .list(settings.openTimeout())
                .thenCompose(reply -> switch (reply) {
                    case DirectoryReply.Listing listing ->
                        CompletableFuture.completedFuture(
                                listing.spaces().stream().map(this::info).toList());
                    case DirectoryReply.Refused refused ->
                        passing(refused.reason()) && deadline - System.nanoTime() > FIRST_RETRY_PAUSE.toNanos()
                                ? later(FIRST_RETRY_PAUSE, () -> listUntil(deadline))
                                : CompletableFuture.<List<SpaceInfo>>failedFuture(refused.reason());
                    default -> CompletableFuture.completedFuture(List.<SpaceInfo>of());
                })
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        reasonIsTimeout(failure)
                                ? EngramException.unavailable("the directory of spaces does not answer", RETRY_AFTER)
                                : failure));
    }

    private SpaceInfo info(SpaceRecord space) {
        return new SpaceInfo(space.id(), space.createdAt(), quarantine.reason(space.persistenceId()));
    }

    // ---- failures ----

    private static boolean reasonIsTimeout(Throwable failure) {
        return EngramException.reasonOf(failure) instanceof TimeoutException;
    }

    private static EngramException reason(Throwable failure) {
        return EngramException.reasonOf(failure) instanceof EngramException known
                ? known
                : EngramException.outcomeUnknown("an internal error: " + CueMeaning.reason(failure));
    }
}
