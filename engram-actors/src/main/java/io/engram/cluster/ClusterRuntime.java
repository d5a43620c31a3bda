package io.engram.cluster;

import io.engram.catalog.Answer;
import io.engram.catalog.CatalogSettings;
import io.engram.catalog.Document;
import io.engram.catalog.Edit;
import io.engram.catalog.FoundingRefusal;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.catalog.ShardEntry;
import io.engram.log.LogStore;
import io.engram.peer.Channel;
import io.engram.replication.Configuration;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import io.engram.shard.Lane;
import io.engram.shard.ShardEvents;
import io.engram.shard.ShardHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A node's part in the cluster at work: it finds its place in the catalog, tells its shards what the catalog says, asks the
 * catalog for what its shards need, and, while it is the one among the living whose turn it is, does what {@link Planner} says.
 */
final class ClusterRuntime implements ShardEvents, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterRuntime.class);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Duration EDIT_TIMEOUT = Duration.ofSeconds(5);
    /** Between two attempts to have the same thing. */
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final int SHARDS_AT_ONCE = 512;

    /** What the runtime needs of those around it. */
    interface Surroundings {
        /** This node as others reach it; empty while its doors are not open. */
        Optional<NodeEntry> self();

        /** Whom this node has met, without itself. */
        Collection<Neighbour> neighbours();

        /** Who can be reached now, this node among them. */
        Collection<Incarnation> alive(Document document);

        void send(Incarnation to, Channel channel, byte[] message);

        /** The node cannot go on. */
        void failed(Throwable why);
    }

    private final Incarnation self;
    private final ClusterSettings settings;
    private final Surroundings surroundings;
    private final Planner planner;
    private final CatalogHost catalog;
    private final Lane lane = new Lane("engram-cluster", () -> {});
    private final Map<ShardId, List<CompletableFuture<Void>>> awaitingLead = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<Document>> creating = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> joined = new CompletableFuture<>();
    private volatile @Nullable ShardHost shards;
    private volatile Consumer<ShardId> onLost = shard -> {};
    private volatile boolean stopping;
    // The rest belongs to the lane.
    private final Map<Incarnation, Long> silentSince = new HashMap<>();
    private @Nullable Document told;
    private boolean joining;
    private boolean planning;
    private String lastWanted = "";
    private long refreshAt;
    private boolean ticking;

    ClusterRuntime(
            Incarnation self,
            ClusterSettings settings,
            LogStore store,
            Surroundings surroundings,
            RandomGenerator random) {
        this.self = self;
        this.settings = settings;
        this.surroundings = surroundings;
        planner = new Planner(new Placement(settings.placement()));
        catalog = CatalogHost.start(
                self,
                store,
                CatalogSettings.DEFAULT,
                new CatalogHost.Surroundings() {
                    @Override
                    public void send(Incarnation to, Channel channel, byte[] message) {
                        surroundings.send(to, channel, message);
                    }

                    @Override
                    public Collection<Incarnation> others() {
                        return ClusterRuntime.this.others();
                    }

                    @Override
                    public void failed(Throwable why) {
                        surroundings.failed(why);
                    }

                    @Override
                    public void notFounded(Incarnation by, FoundingRefusal refusal) {
                        LOG.warn("a cluster cannot be founded here: {} says {}", by, refusal);
                    }
                },
                random);
    }

    /** Begins to work, with this node's shards, whose events are to come here. */
    void start(ShardHost host, Consumer<ShardId> lost) {
        shards = host;
        onLost = lost;
        catalog.onDocument(document -> lane.execute(() -> tell(document)));
        lane.start();
        catalog.current().ifPresent(document -> lane.execute(() -> tell(document)));
        catalog.refresh();
        lane.execute(this::tickForEver);
    }

    CatalogHost catalog() {
        return catalog;
    }

    /** Completes when the catalog has this node. */
    CompletionStage<Void> joined() {
        return joined;
    }

    private Collection<Incarnation> others() {
        var others = new ArrayList<Incarnation>();
        for (var neighbour : surroundings.neighbours()) {
            others.add(neighbour.entry().incarnation());
        }
        catalog.current()
                .ifPresent(document -> document.body().nodes().values().forEach(node -> {
                    if (!node.incarnation().equals(self) && !others.contains(node.incarnation())) {
                        others.add(node.incarnation());
                    }
                }));
        return others;
    }

    // ---- from time to time, and when something has changed ----

    private void tickForEver() {
        tick();
        lane.at(System.nanoTime() + TICK_NANOS, this::tickForEver);
    }

    /** Who is alive has changed. */
    void changed() {
        lane.execute(this::tick);
    }

    private void tick() {
        if (stopping || ticking) {
            return;
        }
        ticking = true;
        try {
            var document = catalog.current();
            if (document.isEmpty()) {
                findCatalog();
            } else {
                join(document.get());
                plan(document.get());
                if (System.nanoTime() - refreshAt > 0) {
                    refreshAt = System.nanoTime() + REFRESH_NANOS;
                    catalog.refresh();
                }
            }
        } finally {
            ticking = false;
        }
    }

    private void findCatalog() {
        var own = surroundings.self();
        if (own.isEmpty()) {
            return;
        }
        var met = surroundings.neighbours();
        var founded = met.stream().filter(each -> each.cluster().isPresent()).toList();
        if (!founded.isEmpty()) {
            founded.forEach(each -> catalog.locate(each.entry().incarnation()));
            return;
        }
        var nodes = new ArrayList<NodeEntry>();
        nodes.add(own.get().withState(NodeState.UP));
        met.forEach(each -> nodes.add(each.entry().withState(NodeState.UP)));
        if (nodes.size() == settings.bootstrapExpect()) {
            catalog.found(nodes, settings.placement().buckets());
        }
    }

    /** Sees to it that the catalog has this node as it is. */
    private void join(Document document) {
        var own = surroundings.self();
        if (own.isEmpty() || joining) {
            return;
        }
        var entry = own.get();
        var known = document.body().nodes().get(entry.id());
        Optional<Edit> wanted;
        if (known.isEmpty() || !known.get().incarnation().equals(self)) {
            wanted = Optional.of(new Edit.JoinNode(entry.withState(NodeState.UP), known.map(NodeEntry::incarnation)));
        } else if (known.get().equals(entry.withState(known.get().state()))) {
            joined.complete(null);
            return;
        } else {
            wanted = Optional.of(new Edit.UpdateNode(entry.withState(known.get().state())));
        }
        joining = true;
        catalog.edit(wanted.get(), EDIT_TIMEOUT)
                .whenComplete((answer, failure) -> lane.execute(() -> {
                    joining = false;
                    if (answer instanceof Answer.Refused(var refusal, var _)) {
                        LOG.warn("this node is not taken into the cluster: {}", refusal);
                    }
                }));
    }

    private Planner.View view(Document document) {
        var alive = List.copyOf(surroundings.alive(document));
        var now = System.nanoTime();
        var patience = settings.replicaGone().toNanos();
        silentSince
                .keySet()
                .removeIf(each ->
                        alive.contains(each) || document.body().node(each).isEmpty());
        var gone = new ArrayList<Incarnation>();
        for (var node : document.body().nodes().values()) {
            if (!alive.contains(node.incarnation())) {
                var since = silentSince.computeIfAbsent(node.incarnation(), each -> now);
                if (now - since > patience) {
                    gone.add(node.incarnation());
                }
            }
        }
        return new Planner.View(Set.copyOf(alive), Set.copyOf(gone));
    }

    /** The living one with the least incarnation plans; if two think that they are, the catalog refuses one of them. */
    private void plan(Document document) {
        var view = view(document);
        var first = document.body().nodes().values().stream()
                .map(NodeEntry::incarnation)
                .filter(view.alive()::contains)
                .sorted()
                .findFirst();
        if (planning || !first.equals(Optional.of(self))) {
            return;
        }
        var edits = new ArrayList<Edit>(planner.shards(document.body(), view, SHARDS_AT_ONCE));
        edits.addAll(planner.nodes(document.body(), view));
        planner.voters(document, view).ifPresent(edits::add);
        if (edits.isEmpty()) {
            return;
        }
        var wanted = "%d changes to the catalog, because %s can be reached and %s are gone; the first: %s"
                .formatted(edits.size(), view.alive(), view.gone(), edits.getFirst());
        // While no majority answers it is wanted again and again.
        LOG.atLevel(wanted.equals(lastWanted) ? Level.DEBUG : Level.INFO).log(wanted);
        lastWanted = wanted;
        planning = true;
        decide(edits).whenComplete((done, failure) -> lane.execute(() -> planning = false));
    }

    /** Wants edits, and completes when each is decided or given up. */
    private CompletableFuture<Void> decide(List<Edit> edits) {
        return CompletableFuture.allOf(edits.stream()
                .map(edit -> catalog.edit(edit, EDIT_TIMEOUT).toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }

    // ---- what the catalog says ----

    private void tell(Document document) {
        var before = told;
        if (before != null && before.version() >= document.version()) {
            return;
        }
        told = document;
        for (var entry : document.body().shards().values()) {
            if (before == null || before.body().shards().get(entry.number()).orElse(null) != entry) {
                tell(entry);
            }
        }
        changed();
    }

    private void tell(ShardEntry entry) {
        var host = shards;
        if (host == null) {
            return;
        }
        var isMember = entry.configuration().hasMember(self)
                || entry.active().filter(active -> active.hasMember(self)).isPresent();
        if (isMember || host.holds(ShardMap.shard(entry.number()))) {
            host.learn(
                    ShardMap.shard(entry.number()),
                    ShardMap.configuration(entry.configuration()),
                    entry.active().map(ShardMap::configuration));
        }
    }

    // ---- what the shards want ----

    @Override
    public void activate(ShardId shard, Configuration configuration) {
        var edit = new Edit.ActivateShard(ShardMap.number(shard), configuration.epoch());
        catalog.edit(edit, EDIT_TIMEOUT)
                .whenComplete((answer, failure) -> lane.execute(() -> {
                    var entry = catalog.current().flatMap(document -> ShardMap.entry(document, shard));
                    var isOpening = entry.filter(each -> each.epoch() == configuration.epoch() && !each.isActive())
                            .isPresent();
                    if (isOpening && !stopping) {
                        lane.at(System.nanoTime() + AGAIN_NANOS, () -> activate(shard, configuration));
                    }
                }));
    }

    @Override
    public void opened(ShardId shard, Configuration configuration) {
        LOG.debug("this node leads shard {} at epoch {}", shard, configuration.epoch());
        var waiting = awaitingLead.remove(shard);
        if (waiting != null) {
            waiting.forEach(each -> each.complete(null));
        }
    }

    @Override
    public void closed(ShardId shard, long epoch, String why) {
        LOG.debug("this node does not lead epoch {} of shard {} any more: {}", epoch, shard, why);
        onLost.accept(shard);
        lane.execute(() -> lane.at(System.nanoTime() + AGAIN_NANOS, () -> reopen(shard, epoch)));
    }

    /** The catalog still names this node, whose run of the epoch is over: only another epoch can be led. */
    private void reopen(ShardId shard, long epoch) {
        var entry = catalog.current().flatMap(document -> ShardMap.entry(document, shard));
        if (stopping
                || entry.filter(each -> each.epoch() == epoch
                                && each.configuration().primary().equals(self))
                        .isEmpty()) {
            return;
        }
        var configuration = entry.get().configuration();
        var edit = new Edit.ProposeShard(ShardMap.number(shard), epoch, self, configuration.replicas());
        catalog.edit(edit, EDIT_TIMEOUT).whenComplete((answer, failure) -> {
            if (!(answer instanceof Answer.Applied) && !(answer instanceof Answer.Refused)) {
                lane.execute(() -> lane.at(System.nanoTime() + AGAIN_NANOS, () -> reopen(shard, epoch)));
            }
        });
    }

    @Override
    public void diverged(ShardId shard, ReplicaId replica, LogName log, long index) {
        LOG.error(
                "the copy of {} in shard {} at {} contradicts this node's from {} on; it does not count",
                log,
                shard,
                replica,
                index);
    }

    @Override
    public void failed(Throwable why) {
        surroundings.failed(why);
    }

    // ---- what requests need ----

    /** The shard's entry in a document that is at least as new as now. */
    CompletionStage<Optional<ShardEntry>> lookUp(ShardId shard) {
        var known = catalog.current().flatMap(document -> ShardMap.entry(document, shard));
        if (known.isPresent()) {
            return CompletableFuture.completedFuture(known);
        }
        return catalog.read(EDIT_TIMEOUT)
                .thenApply(answer -> answer.chosen()
                        .map(document -> ShardMap.entry(document, shard))
                        .orElseThrow(() -> ClusterSpaceClient.noCatalog()));
    }

    /** The shard's entry, which is made if there is none. */
    CompletionStage<ShardEntry> require(ShardId shard) {
        var known = catalog.current().flatMap(document -> ShardMap.entry(document, shard));
        if (known.isPresent()) {
            return CompletableFuture.completedFuture(known.get());
        }
        var number = ShardMap.number(shard);
        var made = creating.computeIfAbsent(number, each -> create(shard));
        made.whenComplete((done, failure) -> creating.remove(number, made));
        return made.thenApply(document -> ShardMap.entry(document, shard).orElseThrow(ClusterSpaceClient::noCatalog));
    }

    private CompletableFuture<Document> create(ShardId shard) {
        var result = new CompletableFuture<Document>();
        lane.execute(() -> {
            var document = catalog.current();
            var edit = document.flatMap(each -> planner.first(each.body(), ShardMap.number(shard), view(each)));
            if (edit.isEmpty()) {
                result.completeExceptionally(ClusterSpaceClient.noCatalog());
                return;
            }
            catalog.edit(edit.get(), EDIT_TIMEOUT).whenComplete((answer, failure) -> {
                var chosen = answer == null ? Optional.<Document>empty() : answer.chosen();
                // Refused: somebody else was first, and that document says with whom.
                if (chosen.isPresent()) {
                    result.complete(chosen.get());
                } else {
                    result.completeExceptionally(ClusterSpaceClient.noCatalog());
                }
            });
        });
        return result;
    }

    /** Completes when this node leads the shard; fails with a time-out. */
    CompletionStage<Void> awaitLead(ShardId shard, Duration patience) {
        var host = shards;
        if (host == null || host.lead(shard) != 0) {
            return CompletableFuture.completedFuture(null);
        }
        var waiting = new CompletableFuture<Void>();
        awaitingLead.compute(shard, (each, known) -> {
            var all = known == null ? new ArrayList<CompletableFuture<Void>>() : new ArrayList<>(known);
            all.removeIf(CompletableFuture::isDone);
            all.add(waiting);
            return all;
        });
        if (host.lead(shard) != 0) {
            waiting.complete(null);
        }
        return waiting.orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    // ---- the end ----

    /** Gives the shards that this node leads to others, and completes when the catalog says so. */
    CompletionStage<Void> handOver() {
        var result = new CompletableFuture<Void>();
        lane.execute(() -> {
            stopping = true;
            var document = catalog.current();
            if (document.isEmpty()) {
                result.complete(null);
                return;
            }
            var view = view(document.get());
            var edits = new ArrayList<Edit>();
            for (var entry : document.get().body().shards().values()) {
                planner.handOver(document.get().body(), entry, self, view).ifPresent(edits::add);
            }
            inTurns(edits, 0).whenComplete((done, failure) -> result.complete(null));
        });
        return result;
    }

    /** The catalog turns away who asks for too much at once. */
    private CompletionStage<Void> inTurns(List<Edit> edits, int from) {
        if (from >= edits.size()) {
            return CompletableFuture.completedFuture(null);
        }
        var to = Math.min(edits.size(), from + SHARDS_AT_ONCE);
        return decide(edits.subList(from, to)).thenCompose(done -> inTurns(edits, to));
    }

    @Override
    public void close() {
        stopping = true;
        lane.close();
        catalog.close();
    }
}
