package io.engram.cluster;

import io.engram.catalog.Incarnation;
import io.engram.catalog.ShardEntry;
import io.engram.cluster.RouterCounts.Operation;
import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.engram.replication.ShardId;
import io.engram.space.BulkResult;
import io.engram.space.EngramException;
import io.engram.space.ForgetReceipt;
import io.engram.space.ForgetRequest;
import io.engram.space.RecallAnswer;
import io.engram.space.RememberReceipt;
import io.engram.space.RememberRequest;
import io.engram.space.RequestTerms;
import io.engram.space.ServedBy;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import io.engram.space.SpaceLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reaches a space wherever it is led: here, or on another node. Tries again, with a growing pause drawn at random, what
 * may succeed elsewhere or later, until the time is up. Every write gets its id or key here, before the first try, so that a try
 * whose answer was lost is found by the next one.
 */
final class ClusterSpaceClient implements SpaceClient {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    /** So long a node that is to lead a space is waited for before the catalog is asked again. */
    private static final Duration LEAD_PATIENCE = Duration.ofMillis(500);

    /** How nodes are reached. */
    interface Nodes {
        /** The way to a node's own spaces; empty if nobody knows where it is. */
        Optional<SpaceClient> of(Incarnation node);
    }

    private final ClusterRuntime runtime;
    private final Incarnation self;
    private final SpaceClient local;
    private final Nodes nodes;
    private final Function<SpaceId, ShardId> shardOf;
    private final Duration timeout;
    private final ClusterSettings.Routing routing;
    private final RouterCounts counts;
    private final RequestTerms terms;
    private final Consumer<ServedBy> servedBy;

    ClusterSpaceClient(
            ClusterRuntime runtime,
            Incarnation self,
            SpaceClient local,
            Nodes nodes,
            Function<SpaceId, ShardId> shardOf,
            Duration timeout,
            ClusterSettings.Routing routing,
            RouterCounts counts,
            RequestTerms terms,
            Consumer<ServedBy> servedBy) {
        this.runtime = runtime;
        this.self = self;
        this.local = local;
        this.nodes = nodes;
        this.shardOf = shardOf;
        this.timeout = timeout;
        this.routing = routing;
        this.counts = counts;
        this.terms = terms;
        this.servedBy = servedBy;
    }

    @Override
    public SpaceClient on(RequestTerms others, Consumer<ServedBy> toldOf) {
        return new ClusterSpaceClient(runtime, self, local, nodes, shardOf, timeout, routing, counts, others, toldOf);
    }

    static EngramException noCatalog() {
        return EngramException.unavailable(
                "no majority of the catalog's voters answers, so that nobody can say where the space is", RETRY_AFTER);
    }

    // ---- where to ----

    private <T> CompletionStage<T> write(SpaceId space, Function<SpaceClient, CompletionStage<T>> request) {
        var shard = shardOf.apply(space);
        return untilDone(
                Operation.WRITE_PRIMARY,
                deadline(),
                () -> runtime.require(shard)
                        .thenCompose(
                                entry -> ask(shard, entry.configuration().primary(), terms.atThePrimary(), request)));
    }

    private <T> CompletionStage<T> ask(
            ShardId shard, Incarnation node, RequestTerms on, Function<SpaceClient, CompletionStage<T>> request) {
        var lag = new AtomicReference<>(OptionalLong.empty());
        return at(shard, node, on)
                .thenCompose(client -> request.apply(client.on(on, served -> lag.set(served.lag()))))
                .thenApply(answer -> {
                    runtime.catalog()
                            .current()
                            .flatMap(document -> document.body().node(node))
                            .ifPresent(entry -> servedBy.accept(new ServedBy(entry.id(), lag.get())));
                    return answer;
                });
    }

    /** Of a space whose shard nobody has made yet there is nothing to be read. */
    private <T> CompletionStage<T> read(
            SpaceId space, T whenAbsent, Function<SpaceClient, CompletionStage<T>> request) {
        var shard = shardOf.apply(space);
        return untilDone(
                Operation.READ_PRIMARY,
                deadline(),
                () -> runtime.lookUp(shard)
                        .thenCompose(entry -> entry.isEmpty()
                                ? CompletableFuture.completedFuture(whenAbsent)
                                : terms.isNearest()
                                        ? askOne(shard, nearest(entry.get()), request)
                                        : ask(shard, entry.get().configuration().primary(), terms, request)));
    }

    /** This node before others, and who leads before those who do not. */
    private List<Incarnation> nearest(ShardEntry entry) {
        var members = new LinkedHashSet<Incarnation>();
        var configuration = entry.active().orElse(entry.configuration());
        if (configuration.hasMember(self)) {
            members.add(self);
        }
        members.add(configuration.primary());
        members.addAll(configuration.replicas());
        return List.copyOf(members);
    }

    /** The first that answers. */
    private <T> CompletionStage<T> askOne(
            ShardId shard, List<Incarnation> nodes, Function<SpaceClient, CompletionStage<T>> request) {
        var asked = ask(shard, nodes.getFirst(), terms, request);
        return nodes.size() == 1
                ? asked
                : asked.exceptionallyCompose(failure -> passes(ClusterRegistry.inTheSpacesWords(failure))
                        ? askOne(shard, nodes.subList(1, nodes.size()), request)
                        : CompletableFuture.failedFuture(failure));
    }

    private long deadline() {
        return System.nanoTime() + timeout.toNanos();
    }

    private CompletionStage<SpaceClient> at(ShardId shard, Incarnation node, RequestTerms on) {
        if (node.equals(self)) {
            if (on.isNearest()) {
                return CompletableFuture.completedFuture(local);
            }
            return runtime.awaitLead(shard, LEAD_PATIENCE).handle((done, failure) -> {
                if (failure != null) {
                    throw EngramException.unavailable(
                            "this node is to lead the space's shard and does not yet", RETRY_AFTER);
                }
                return local;
            });
        }
        return nodes.of(node)
                .<CompletionStage<SpaceClient>>map(CompletableFuture::completedFuture)
                .orElseGet(() -> CompletableFuture.failedFuture(EngramException.unavailable(
                        "the node that leads the space's shard is not known here yet", RETRY_AFTER)));
    }

    private <T> CompletionStage<T> untilDone(Operation operation, long deadline, Supplier<CompletionStage<T>> attempt) {
        counts.requested(operation);
        return untilDone(operation, deadline, attempt, routing.firstPause().toMillis(), Optional.empty());
    }

    /** @param unknown what an earlier try failed with that may have been done: from then on "not done" cannot be promised */
    private <T> CompletionStage<T> untilDone(
            Operation operation,
            long deadline,
            Supplier<CompletionStage<T>> attempt,
            long pauseMs,
            Optional<EngramException> unknown) {
        CompletionStage<T> tried;
        try {
            tried = attempt.get();
        } catch (EngramException e) {
            tried = CompletableFuture.failedFuture(e);
        }
        return tried.exceptionallyCompose(failure -> {
            var reason = ClusterRegistry.inTheSpacesWords(failure);
            var nowUnknown = reason.kind() == EngramException.Kind.OUTCOME_UNKNOWN ? Optional.of(reason) : unknown;
            var pause = pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs / 2 + 1);
            var left = deadline - System.nanoTime();
            if (!passes(reason) || left < TimeUnit.MILLISECONDS.toNanos(pause)) {
                return CompletableFuture.failedFuture(passes(reason) ? nowUnknown.orElse(reason) : reason);
            }
            counts.triedAgain(operation);
            return Pause.of(pause)
                    .thenCompose(again -> untilDone(
                            operation,
                            deadline,
                            attempt,
                            Math.min(routing.longestPause().toMillis(), pauseMs * 2),
                            nowUnknown));
        });
    }

    /** Whether it may be different at another node, or a little later. */
    private static boolean passes(EngramException reason) {
        return switch (reason.kind()) {
            case UNAVAILABLE, OUTCOME_UNKNOWN, WRITES_STOPPED -> true;
            case INVALID, NOT_FOUND, CONFLICT, TOO_LARGE, STORAGE_FULL, NOT_IMPLEMENTED, OVERLOADED, QUARANTINED ->
                false;
        };
    }

    // ---- writes ----

    @Override
    public CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request) {
        var named = named(request);
        return write(space, client -> client.remember(space, named));
    }

    /** With a name by which a second try finds the first: the client's key or id, else an id of ours. */
    private static RememberRequest named(RememberRequest request) {
        return request.id().isPresent() || request.idempotencyKey().isPresent()
                ? request
                : request.withId(
                        request.idPrefix() + UUID.randomUUID().toString().replace("-", ""));
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        var named = requests.stream().map(ClusterSpaceClient::named).toList();
        return rememberAllUntil(deadline(), space, named, routing.firstPause().toMillis());
    }

    /** Items that may succeed elsewhere or later are tried again, under the ids that they have. */
    private CompletionStage<List<BulkResult>> rememberAllUntil(
            long deadline, SpaceId space, List<RememberRequest> requests, long pauseMs) {
        return write(space, client -> client.rememberAll(space, requests)).thenCompose(results -> {
            var again = new ArrayList<Integer>();
            for (var i = 0; i < results.size(); i++) {
                if (results.get(i) instanceof BulkResult.Failed(var reason) && passes(reason)) {
                    again.add(i);
                }
            }
            if (again.isEmpty() || deadline - System.nanoTime() < TimeUnit.MILLISECONDS.toNanos(pauseMs)) {
                return CompletableFuture.completedFuture(results);
            }
            var left = again.stream().map(requests::get).toList();
            return Pause.of(pauseMs)
                    .thenCompose(waited -> rememberAllUntil(
                            deadline,
                            space,
                            left,
                            Math.min(routing.longestPause().toMillis(), pauseMs * 2)))
                    .thenApply(later -> {
                        var all = new ArrayList<>(results);
                        for (var i = 0; i < later.size(); i++) {
                            all.set(again.get(i), later.get(i));
                        }
                        return List.copyOf(all);
                    });
        });
    }

    @Override
    public CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request) {
        var keyed = request.idempotencyKey().isPresent()
                ? request
                : request.withIdempotencyKey(UUID.randomUUID().toString());
        return write(space, client -> client.forget(space, keyed));
    }

    @Override
    public CompletionStage<SpaceInfo> createSpace(SpaceId space) {
        return write(space, client -> client.createSpace(space));
    }

    @Override
    public CompletionStage<Boolean> deleteSpace(SpaceId space) {
        return read(space, false, client -> client.deleteSpace(space));
    }

    // ---- reads ----

    @Override
    public CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return read(space, Optional.empty(), client -> client.get(space, id));
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return read(space, List.of(), client -> client.history(space, id));
    }

    @Override
    public CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return read(space, new MemoryPage(List.of(), 0), client -> client.list(space, filter, offset, limit));
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return read(
                space,
                new RecallAnswer<>(new SearchResult(List.of(), 0), Optional.empty()),
                client -> client.search(space, query));
    }

    @Override
    public CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return read(
                space,
                new RecallAnswer<>(new RecallResult(List.of(), 0f, 0, 0, 0), Optional.empty()),
                client -> client.recall(space, query));
    }

    @Override
    public Optional<SpaceLoad> load(SpaceId space) {
        return local.load(space);
    }

    @Override
    public CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return read(space, SpaceStatistics.EMPTY, client -> client.statistics(space));
    }

    /** Asks everybody who leads anything; one who does not answer fails the whole, rather than leave out what he has. */
    @Override
    public CompletionStage<List<SpaceInfo>> spaces() {
        return untilDone(Operation.READ_SCATTER, deadline(), this::spacesOnce);
    }

    private CompletionStage<List<SpaceInfo>> spacesOnce() {
        var document = runtime.catalog().current();
        if (document.isEmpty()) {
            return CompletableFuture.failedFuture(noCatalog());
        }
        var leaders = new LinkedHashSet<Incarnation>();
        for (var entry : document.get().body().shards().values()) {
            leaders.add(entry.configuration().primary());
        }
        var asked = new ArrayList<CompletableFuture<List<SpaceInfo>>>();
        var ordinary = RequestTerms.ORDINARY.under(terms.trace());
        for (var leader : leaders) {
            var client = leader.equals(self) ? Optional.of(local) : nodes.of(leader);
            asked.add(client.map(each -> each.on(ordinary, _ -> {}).spaces().toCompletableFuture())
                    .orElseGet(() -> CompletableFuture.failedFuture(
                            EngramException.unavailable("a node that leads spaces cannot be reached", RETRY_AFTER))));
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenApply(done -> {
            // A space that moves just now may be told of twice.
            var all = new TreeMap<SpaceId, SpaceInfo>(Comparator.comparing(SpaceId::value));
            asked.forEach(each -> each.join().forEach(space -> all.put(space.id(), space)));
            return List.copyOf(all.values());
        });
    }
}
