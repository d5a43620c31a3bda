package io.engram.cluster;

import io.engram.catalog.Document;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.catalog.ShardEntry;
import io.engram.replication.Progress;
import io.engram.replication.Shard;
import io.engram.replication.ShardId;
import io.engram.shard.Lane;
import io.engram.shard.ShardHost;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Makes {@link ClusterView}s. */
final class ClusterInspector {
    private record Seen(ClusterView.State state, long sinceNanos) {}

    private final Incarnation self;
    private final CatalogHost catalog;
    private final ShardHost shards;
    private final ClusterSettings settings;
    private final InstantSource clock;
    private final Placement placement;
    private final Function<Document, Collection<Incarnation>> alive;
    private final Map<Incarnation, Seen> seen = new ConcurrentHashMap<>();
    private final PartitionState partition = new PartitionState();

    ClusterInspector(
            Incarnation self,
            CatalogHost catalog,
            ShardHost shards,
            ClusterSettings settings,
            InstantSource clock,
            Function<Document, Collection<Incarnation>> alive) {
        this.self = self;
        this.catalog = catalog;
        this.shards = shards;
        this.settings = settings;
        this.clock = clock;
        this.alive = alive;
        placement = new Placement(settings.placement());
    }

    ClusterView view() {
        var document = catalog.current();
        if (document.isEmpty()) {
            return new ClusterView(
                    List.of(), Optional.empty(), new ClusterView.Shards(0, 0, 0, 0), partition(List.of(), false));
        }
        var living = new HashSet<>(alive.apply(document.get()));
        var body = document.get().body();
        var primaries = new HashMap<Incarnation, Long>();
        var replicas = new HashMap<Incarnation, Long>();
        for (var entry : body.shards().values()) {
            primaries.merge(entry.configuration().primary(), 1L, Long::sum);
            entry.configuration().replicas().forEach(each -> replicas.merge(each, 1L, Long::sum));
        }
        var nodes = new ArrayList<ClusterView.Node>();
        for (var node : body.nodes().values()) {
            var isMissed = document.get().voters().contains(node.incarnation())
                    || primaries.containsKey(node.incarnation())
                    || replicas.containsKey(node.incarnation());
            var state = note(node, living, isMissed);
            nodes.add(new ClusterView.Node(
                    node.id(),
                    node.incarnation().id().toString(),
                    node.addresses().get(Services.GOSSIP).orElse(""),
                    node.addresses().get(Services.GRPC).orElse(""),
                    node.addresses().get(Services.HTTP).orElse(""),
                    node.rack(),
                    node.zone(),
                    state.state(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - state.sinceNanos()),
                    node.incarnation().equals(self),
                    document.get().voters().contains(node.incarnation()),
                    primaries.getOrDefault(node.incarnation(), 0L),
                    replicas.getOrDefault(node.incarnation(), 0L)));
        }
        var shardCounts = shards(document.get(), living);
        return new ClusterView(
                nodes,
                Optional.of(catalog(document.get())),
                shardCounts,
                partition(nodes, shardCounts.unavailable() == 0));
    }

    /** @param isServed whether every shard has a primary that can be reached */
    private ClusterView.Partition partition(List<ClusterView.Node> nodes, boolean isServed) {
        var total = 0;
        var reachable = 0;
        for (var node : nodes) {
            total += node.state() == ClusterView.State.LEFT ? 0 : 1;
            reachable += node.isLocal() || node.state() == ClusterView.State.ALIVE ? 1 : 0;
        }
        return partition.seen(reachable, total, isServed);
    }

    /** @param isMissed whether it votes, or is to have a shard: otherwise others have all its places, if it is away */
    private Seen note(NodeEntry node, Set<Incarnation> living, boolean isMissed) {
        var now = System.nanoTime();
        var before = seen.get(node.incarnation());
        var gone = isMissed ? ClusterView.State.DEAD : ClusterView.State.LEFT;
        ClusterView.State state;
        if (node.state() == NodeState.LEAVING) {
            state = ClusterView.State.LEFT;
        } else if (living.contains(node.incarnation())) {
            state = ClusterView.State.ALIVE;
        } else {
            var silent = before != null && before.state() != ClusterView.State.ALIVE ? now - before.sinceNanos() : 0;
            state = node.state() == NodeState.DOWN
                            || silent > settings.replicaGone().toNanos()
                    ? gone
                    : ClusterView.State.SUSPECT;
        }
        if (before != null && before.state() == state) {
            return before;
        }
        var changed = new Seen(state, now);
        seen.put(node.incarnation(), changed);
        return changed;
    }

    private ClusterView.Catalog catalog(Document document) {
        var voters =
                document.voters().stream().map(voter -> name(document, voter)).toList();
        var generation = document.id().generation() + (document.closing() ? 1 : 0);
        return new ClusterView.Catalog(
                document.body().cluster().toString(),
                document.version(),
                generation,
                voters,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - catalog.changedAtNanos()),
                catalog.majorityAnswers());
    }

    private static String name(Document document, Incarnation incarnation) {
        return document.body().node(incarnation).map(NodeEntry::id).orElseGet(incarnation::toString);
    }

    private ClusterView.Shards shards(Document document, Set<Incarnation> living) {
        var wanted = placement.members(document.body().nodes().size());
        long active = 0;
        long under = 0;
        long unavailable = 0;
        for (var entry : document.body().shards().values()) {
            active += entry.isActive() ? 1 : 0;
            under += livingMembers(entry, living) < wanted ? 1 : 0;
            unavailable +=
                    !entry.isActive() || !living.contains(entry.configuration().primary()) ? 1 : 0;
        }
        return new ClusterView.Shards(document.body().shards().size(), active, under, unavailable);
    }

    private static long livingMembers(ShardEntry entry, Set<Incarnation> living) {
        return Planner.members(entry.configuration()).stream()
                .filter(living::contains)
                .count();
    }

    /** How far the copies of the spaces that this node leads have come. */
    CompletionStage<List<ClusterView.Lag>> lags() {
        var asked = new ArrayList<CompletableFuture<List<ClusterView.Lag>>>();
        for (var shard : shards.led()) {
            asked.add(shards.ask(shard, Shard::progress)
                    .thenApply(all -> all.stream().map(this::lag).toList())
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        asked.stream().flatMap(each -> each.join().stream()).toList());
    }

    private ClusterView.Lag lag(Progress each) {
        var now = clock.instant();
        return new ClusterView.Lag(
                each.log().space(),
                catalog.current()
                        .map(document -> name(document, ShardMap.incarnation(each.replica())))
                        .orElse(each.replica().incarnation()),
                each.last(),
                each.confirmed(),
                each.adopted(),
                each.missingBytes(),
                each.missingSinceMicros().stream()
                        .mapToObj(since -> Duration.between(Instant.EPOCH.plus(since, ChronoUnit.MICROS), now))
                        .map(age -> age.isNegative() ? Duration.ZERO : age)
                        .findFirst(),
                each.heardAtMicros() == 0
                        ? Optional.empty()
                        : Optional.of(now.minus(Lane.micros() - each.heardAtMicros(), ChronoUnit.MICROS)));
    }

    /** Who leads a shard, by the catalog; its incarnation if the catalog does not know its name. */
    Optional<String> leader(ShardId shard) {
        return catalog.current()
                .flatMap(document -> ShardMap.entry(document, shard)
                        .map(entry -> name(document, entry.configuration().primary())));
    }

    /** How many spaces this node leads. */
    CompletionStage<Long> spacesLed() {
        var asked = shards.led().stream()
                .map(shard -> shards.ask(
                                shard, each -> each.spaces().orElse(List.of()).size())
                        .toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        asked.stream().mapToLong(CompletableFuture::join).sum());
    }
}
