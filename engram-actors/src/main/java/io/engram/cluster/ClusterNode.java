package io.engram.cluster;

import io.engram.catalog.Document;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.health.HealthCheck;
import io.engram.journal.EventLogs;
import io.engram.journal.JournalRuntime;
import io.engram.journal.WarmCopies;
import io.engram.log.LogStore;
import io.engram.peer.Channel;
import io.engram.peer.PeerException;
import io.engram.peer.PeerHandler;
import io.engram.peer.PeerLinks;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.ReplicationSettings;
import io.engram.replication.ShardId;
import io.engram.shard.LevelShardStore;
import io.engram.shard.ShardHost;
import io.engram.space.EngramException;
import io.engram.space.RemoteSpaceClient;
import io.engram.space.RequestTerms;
import io.engram.space.SpaceCallServer;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.engram.space.SpaceRegistry;
import io.engram.trace.TraceContext;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.ShardCoordinator.ShardAllocationStrategy;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;

/**
 * A node's part in a cluster, put together: made before the actor system, which needs its logs, and started when that is there.
 */
public final class ClusterNode implements ClusterReport, AutoCloseable {
    private static final int SHARD_THREADS = 2;
    private static final Duration CALL_RETRY_AFTER = Duration.ofMillis(200);

    private final Incarnation self;
    private final ClusterSettings settings;
    private final Duration requestTimeout;
    private final InstantSource clock;
    private final ClusterRuntime runtime;
    private final ShardHost shards;
    private final SnapshotExchange snapshots;
    private final ReplicationTraffic traffic;
    private final ClusterRegistry registry;
    private final ReplicatedLogs logs;
    private final PeerBook peers;
    private final Duration callTimeout;
    private final ClusterInspector inspector;
    private final CopyComparison comparison;
    private final RouterCounts counts = new RouterCounts();
    private final Consumer<Throwable> onFailure;
    private final Map<Incarnation, SpaceClient> remotes = new ConcurrentHashMap<>();
    private volatile Optional<PeerLinks> links = Optional.empty();
    private volatile Optional<ActorSystem<?>> system = Optional.empty();
    private volatile Optional<SpaceCallServer> calls = Optional.empty();
    /** The gossip addresses of the members that can be reached. */
    private volatile Set<String> reachable = Set.of();

    private volatile boolean isJoined;
    private volatile Optional<Forming> forming = Optional.empty();

    private ClusterNode(
            UUID incarnation,
            ClusterSettings settings,
            LogStore store,
            Duration requestTimeout,
            InstantSource clock,
            Executor disk,
            Consumer<Throwable> onFailure) {
        this.self = new Incarnation(incarnation);
        this.settings = settings;
        this.requestTimeout = requestTimeout;
        this.clock = clock;
        this.onFailure = onFailure;
        peers = new PeerBook(incarnation);
        callTimeout = settings.routing().timeout();
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create();
        runtime = new ClusterRuntime(self, settings, store, new Around(), random);
        traffic = new ReplicationTraffic(this::send, settings.replication().compression(), settings.maxMessageBytes());
        snapshots = new SnapshotExchange(
                store,
                new SnapshotPeers(self, () -> runtime.catalog().current(), peers, () -> links),
                disk,
                settings.maxMessageBytes() / 4);
        shards = new ShardHost(
                new ReplicaId(incarnation.toString()),
                new LevelShardStore(store, snapshots),
                traffic,
                snapshots,
                runtime,
                ReplicationSettings.DEFAULTS.withMaxMessageBytes(
                        Math.min(settings.replication().catchUpBatchBytes(), settings.maxMessageBytes() / 2)),
                SHARD_THREADS);
        registry = new ClusterRegistry(
                shards,
                store,
                () -> runtime.catalog()
                        .current()
                        .map(document -> document.body().buckets())
                        .orElse(settings.placement().buckets()),
                this::leader,
                settings.replication().timeout(),
                clock,
                disk);
        inspector = new ClusterInspector(self, runtime.catalog(), shards, settings, clock, this::alive);
        comparison = new CopyComparison(
                shards, store, (to, method, asked, wait) -> call(to, method, asked, wait, TraceContext.NONE), disk);
        logs = new ReplicatedLogs(
                store,
                shards,
                snapshots,
                settings.replication().level(),
                settings.replication().timeout());
    }

    /**
     * Reads what the node knows of its cluster, and goes on with what it was doing when it stopped.
     *
     * @param requestTimeout how long a request is tried, here and elsewhere
     * @param disk where the disk may be read
     * @param onFailure told once if the node cannot go on
     * @throws io.engram.log.LogException if that cannot be read
     */
    public static ClusterNode prepare(
            UUID incarnation,
            ClusterSettings settings,
            LogStore store,
            Duration requestTimeout,
            InstantSource clock,
            Executor disk,
            Consumer<Throwable> onFailure) {
        return new ClusterNode(incarnation, settings, store, requestTimeout, clock, disk, onFailure);
    }

    /** Has spaces kept ready that other nodes lead; once, before {@link #start}. */
    public void keepWarm(WarmCopies copies) {
        registry.copiesIn(copies);
        shards.onFollowed(new ShardHost.Followed() {
            @Override
            public void committed(ShardId shard, LogName log, long index) {
                copies.committed(log.stored(shard), index);
            }

            @Override
            public void dropped(ShardId shard, LogName log) {
                copies.dropped(log.stored(shard));
            }
        });
    }

    /** Where the events of this node's spaces go. */
    public EventLogs logs() {
        return logs;
    }

    /** Which spaces there are. */
    public SpaceRegistry registry() {
        return registry;
    }

    /** What this node does when others speak to it. */
    public PeerHandler handler() {
        return new Handler();
    }

    /** The id of the cluster; empty while there is none. */
    public String cluster() {
        return runtime.catalog().cluster().map(UUID::toString).orElse("");
    }

    /** On which node the actors of the spaces run that a node leads: there. */
    public ShardAllocationStrategy allocation(ActorSystem<?> of) {
        return new ShardAllocation(
                home -> gossipAddress(new Incarnation(UUID.fromString(home)))
                        .flatMap(address -> Membership.at(of, address)),
                address -> Cluster.get(of).state().getUnreachable().stream()
                        .noneMatch(member -> member.address().equals(address)),
                Cluster.get(of).selfMember().address());
    }

    private Optional<Incarnation> leader(ShardId shard) {
        return runtime.catalog()
                .current()
                .flatMap(document -> ShardMap.entry(document, shard))
                .map(entry -> entry.configuration().primary());
    }

    private Optional<String> gossipAddress(Incarnation incarnation) {
        return entry(incarnation).flatMap(node -> node.addresses().get(Services.GOSSIP));
    }

    /**
     * Begins to take part. It asks to be one of the cluster once it is known where others reach it, see {@link #announce}.
     *
     * @param actors started with {@link ClusterConfig}, and member of nothing yet
     * @param version of Engram, for people
     * @param way to the other nodes; closed with this
     */
    public void start(ActorSystem<?> actors, String nodeId, String version, PeerLinks way) {
        system = Optional.of(actors);
        links = Optional.of(way);
        var own = new Hello(
                Hello.PROTOCOL,
                version,
                nodeId,
                self.id(),
                runtime.catalog().cluster(),
                Forming.address(actors),
                Optional.empty(),
                Optional.empty(),
                settings.rack(),
                settings.zone(),
                settings.bootstrapExpect(),
                settings.placement().buckets(),
                0,
                Optional.empty(),
                Optional.empty());
        var begun = Forming.start(
                actors, settings, Discovery.of(settings.discovery(), actors), own, clock, this::lastingNodes);
        forming = Optional.of(begun);
        var met = begun.introductions();
        met.onChange(() -> {
            peers.met(met.met());
            runtime.changed();
        });
        runtime.catalog().onDocument(document -> {
            peers.known(document.body().nodes().values());
            met.describe(hello -> hello.withCluster(Optional.of(document.body().cluster())));
        });
        runtime.catalog()
                .current()
                .ifPresent(document -> peers.known(document.body().nodes().values()));
        snapshots.start(JournalRuntime.get(actors).shelf());
        runtime.start(shards, registry::lost);
        Membership.watch(actors, runtime::changed);
        joined().thenAccept(done -> isJoined = true);
    }

    /** Those whom the catalog has not given up. */
    private Set<UUID> lastingNodes() {
        return runtime.catalog().current().stream()
                .flatMap(document -> document.body().nodes().values().stream())
                .filter(node -> node.state() == NodeState.UP || node.state() == NodeState.JOINING)
                .map(node -> node.incarnation().id())
                .collect(Collectors.toSet());
    }

    /** Says where others reach this node's doors; from then on it asks to be one of the cluster. */
    public void announce(HostPort grpc, HostPort http) {
        introductions().describe(hello -> hello.withDoors(grpc, http));
        runtime.changed();
    }

    /** Whom this node has met; there once it was {@link #start started}. */
    public Introductions introductions() {
        return forming.orElseThrow().introductions();
    }

    /** Completes when this node cannot be part of the cluster, with the reason; it must then stop. */
    public CompletionStage<ClusterRefusal> refused() {
        return introductions().refused();
    }

    /** Serves this node's spaces to the others, and gives the way to everybody's. */
    public SpaceClient serve(SpaceClient local) {
        calls = Optional.of(new SpaceCallServer(local));
        return new ClusterSpaceClient(
                runtime,
                self,
                local,
                this::remote,
                registry::shardOf,
                requestTimeout,
                settings.routing(),
                counts,
                RequestTerms.ORDINARY,
                _ -> {});
    }

    /** Completes when the cluster knows this node, and it is a member of it. */
    public CompletionStage<Void> joined() {
        return runtime.joined().thenCompose(known -> forming.orElseThrow().joined());
    }

    /** What there is to say about this node's place among the others. */
    public List<HealthCheck> health() {
        return new ClusterHealth(
                        inspector::view, () -> isJoined, introductions().clocks())
                .checks();
    }

    CopyComparison comparison() {
        return comparison;
    }

    ClusterRuntime runtime() {
        return runtime;
    }

    @Override
    public ClusterView view() {
        return inspector.view();
    }

    @Override
    public CompletionStage<List<ClusterView.Lag>> lags() {
        return inspector.lags();
    }

    @Override
    public ClusterView.Router router() {
        return counts.view();
    }

    @Override
    public Optional<String> leader(SpaceId space) {
        return inspector.leader(registry.shardOf(space));
    }

    /** Has figures of the cluster kept up to date; once, after {@link #start}. */
    public void measure(MeterRegistry meters) {
        counts.register(meters);
        comparison.register(meters);
        traffic.register(meters);
        logs.register(meters);
        introductions().clocks().register(meters);
        comparison.start(system.orElseThrow());
        ClusterMeters.register(inspector, settings.replication().lagThreshold(), meters)
                .start(system.orElseThrow());
    }

    /** Whether a log, by its name, is one that only nodes of a cluster have. */
    public static boolean isLogOfACluster(String log) {
        return log.equals(CatalogLog.NAME);
    }

    /** Whether a log store is one of a node of a cluster. */
    public static boolean isIn(LogStore store) {
        return !store.logs(CatalogLog.NAME, "", 1).isEmpty();
    }

    /** Nobody is asked who is not believed to be there: others are about to take over from him. */
    private Optional<SpaceClient> remote(Incarnation node) {
        return peers.find(node.id())
                .filter(peer -> gossipAddress(node).filter(reachable::contains).isPresent())
                .map(peer -> remotes.computeIfAbsent(
                        node,
                        each -> new RemoteSpaceClient(
                                (method, request, timeout, trace) -> call(each, method, request, timeout, trace),
                                callTimeout,
                                failure -> failure instanceof PeerException lost && lost.isNotSent())));
    }

    private CompletionStage<byte[]> call(
            Incarnation node, String method, byte[] request, Duration timeout, TraceContext trace) {
        var peer = peers.find(node.id());
        return peer.isEmpty() || links.isEmpty()
                ? CompletableFuture.failedFuture(new PeerException("nobody knows where it is", true))
                : links.get().call(peer.get(), method, request, timeout, trace);
    }

    private void send(Incarnation to, Channel channel, byte[] message) {
        links.ifPresent(way -> peers.find(to.id()).ifPresent(peer -> way.send(peer, channel, message)));
    }

    private Optional<NodeEntry> entry(Incarnation node) {
        return runtime.catalog().current().flatMap(document -> document.body().node(node));
    }

    /** Gives what this node leads to others, before it stops. */
    public CompletionStage<Void> handOver() {
        return runtime.handOver();
    }

    @Override
    public void close() {
        runtime.close();
        shards.close();
        links.ifPresent(PeerLinks::close);
    }

    /** Looked at several times a second, and whenever the membership says that something has changed. */
    private Collection<Incarnation> alive(Document document) {
        reachable = system.map(Membership::reachable).orElse(Set.of());
        var alive = new ArrayList<Incarnation>();
        for (var node : document.body().nodes().values()) {
            var isHere = node.incarnation().equals(self);
            if (isHere
                    || node.addresses()
                            .get(Services.GOSSIP)
                            .filter(reachable::contains)
                            .isPresent()) {
                alive.add(node.incarnation());
            }
        }
        return alive;
    }

    /** What the runtime needs of the node. */
    private final class Around implements ClusterRuntime.Surroundings {
        @Override
        public Optional<NodeEntry> self() {
            return forming.flatMap(each -> each.introductions().own().entry());
        }

        @Override
        public Collection<Neighbour> neighbours() {
            return forming.stream()
                    .flatMap(each -> each.introductions().met().stream())
                    .flatMap(hello -> hello.neighbour().stream())
                    .toList();
        }

        @Override
        public Collection<Incarnation> alive(Document document) {
            return ClusterNode.this.alive(document);
        }

        @Override
        public void send(Incarnation to, Channel channel, byte[] message) {
            ClusterNode.this.send(to, channel, message);
        }

        @Override
        public void failed(Throwable why) {
            onFailure.accept(why);
        }
    }

    /** What this node does when others speak to it. */
    private final class Handler implements PeerHandler {
        @Override
        public Optional<String> refusal(UUID from, String cluster, int protocol) {
            var mine = cluster();
            if (protocol != Hello.PROTOCOL) {
                return Optional.of("this node speaks version %d of the protocol between nodes, and not %d"
                        .formatted(Hello.PROTOCOL, protocol));
            }
            return mine.isEmpty() || cluster.isEmpty() || mine.equals(cluster)
                    ? Optional.empty()
                    : Optional.of("this node belongs to cluster %s, and not to %s".formatted(mine, cluster));
        }

        @Override
        public void received(UUID from, Channel channel, byte[] message) {
            switch (channel) {
                case CATALOG -> runtime.catalog().receive(message);
                case REPLICATION -> shards.receive(new ReplicaId(from.toString()), traffic.read(message));
                case SNAPSHOTS -> snapshots.told(new ReplicaId(from.toString()), message);
            }
        }

        @Override
        public CompletionStage<byte[]> called(
                UUID from, String method, byte[] request, Duration timeout, TraceContext trace) {
            if (method.equals(CopyComparison.METHOD)) {
                return comparison.answer(request);
            }
            @Nullable SpaceCallServer server = calls.orElse(null);
            return server == null
                    ? CompletableFuture.failedFuture(
                            EngramException.unavailable("this node is still starting", CALL_RETRY_AFTER))
                    : server.answer(method, request, trace);
        }

        @Override
        public Iterator<byte[]> fetched(UUID from, String what, byte[] request) {
            if (!what.equals(SnapshotExchange.WHAT)) {
                throw new IllegalArgumentException("nothing called '%s' is given away here".formatted(what));
            }
            return snapshots.give(request);
        }
    }
}
