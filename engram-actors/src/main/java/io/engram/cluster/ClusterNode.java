package io.engram.cluster;

import io.engram.catalog.Document;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.journal.EventLogs;
import io.engram.log.LogStore;
import io.engram.peer.Channel;
import io.engram.peer.Peer;
import io.engram.peer.PeerException;
import io.engram.peer.PeerHandler;
import io.engram.peer.PeerLinks;
import io.engram.replication.ReplicaId;
import io.engram.replication.ReplicationSettings;
import io.engram.replication.format.Compression;
import io.engram.shard.LevelShardStore;
import io.engram.shard.ShardHost;
import io.engram.space.EngramException;
import io.engram.space.RemoteSpaceClient;
import io.engram.space.SpaceCallServer;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
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
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.ShardCoordinator.ShardAllocationStrategy;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;

/**
 * A node's part in a cluster, put together: made before the actor system, which needs its logs, and started when that is there.
 */
public final class ClusterNode implements AutoCloseable {
    private static final int SHARD_THREADS = 2;
    private static final int PROTOCOL = 1;
    private static final Duration CALL_RETRY_AFTER = Duration.ofMillis(200);

    private final Incarnation self;
    private final ClusterSettings settings;
    private final Duration requestTimeout;
    private final ClusterRuntime runtime;
    private final ShardHost shards;
    private final ReplicationTraffic traffic;
    private final ClusterRegistry registry;
    private final ReplicatedLogs logs;
    private final Consumer<Throwable> onFailure;
    private final Map<Incarnation, SpaceClient> remotes = new ConcurrentHashMap<>();
    private volatile Optional<PeerLinks> links = Optional.empty();
    private volatile Optional<ActorSystem<?>> system = Optional.empty();
    private volatile Optional<NodeEntry> own = Optional.empty();
    private volatile Optional<SpaceCallServer> calls = Optional.empty();
    private volatile Neighbourhood neighbourhood = List::of;

    /** Whom this node has met. */
    @FunctionalInterface
    interface Neighbourhood {
        Collection<Neighbour> known();
    }

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
        this.onFailure = onFailure;
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create();
        runtime = new ClusterRuntime(self, settings, store, new Around(), random);
        traffic = new ReplicationTraffic(this::send, Compression.NONE, settings.maxMessageBytes());
        shards = new ShardHost(
                new ReplicaId(incarnation.toString()),
                new LevelShardStore(store),
                traffic,
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
                settings.replication().timeout(),
                clock,
                disk);
        logs = new ReplicatedLogs(
                store,
                () -> shards,
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

    /** On which node the spaces of a shard run. */
    public ShardAllocationStrategy allocation(ActorSystem<?> of) {
        return new ShardAllocation(
                shard -> leader(shard).flatMap(this::gossipAddress).flatMap(address -> memberAt(of, address)),
                Cluster.get(of).selfMember().address());
    }

    private Optional<Incarnation> leader(String shard) {
        return runtime.catalog()
                .current()
                .flatMap(document -> document.body().shards().get(Long.parseLong(shard)))
                .map(entry -> entry.configuration().primary());
    }

    private Optional<String> gossipAddress(Incarnation incarnation) {
        return entry(incarnation).flatMap(node -> node.addresses().get(Services.GOSSIP));
    }

    private static Optional<Address> memberAt(ActorSystem<?> of, String gossip) {
        for (Member member : Cluster.get(of).state().getMembers()) {
            if (hostPort(member.address()).equals(gossip)) {
                return Optional.of(member.address());
            }
        }
        return Optional.empty();
    }

    private static String hostPort(Address address) {
        return new HostPort(address.getHost().orElse("localhost"), address.getPort().orElse(0)).toString();
    }

    /**
     * Begins to take part.
     *
     * @param actors of a system that is about to become member of the others' cluster
     * @param way to the other nodes; closed with this
     * @param met whom this node has met
     */
    void start(ActorSystem<?> actors, PeerLinks way, Neighbourhood met) {
        system = Optional.of(actors);
        links = Optional.of(way);
        neighbourhood = met;
        runtime.start(shards, registry::lost);
        Membership.watch(actors, runtime::changed);
    }

    /** Serves this node's spaces to the others, and gives the way to everybody's. */
    public SpaceClient serve(SpaceClient local) {
        calls = Optional.of(new SpaceCallServer(local));
        return new ClusterSpaceClient(
                runtime, self, local, this::remote, registry::shardOf, requestTimeout);
    }

    /** Says where others reach this node; from then on it asks to be one of the cluster. */
    void announce(NodeEntry entry) {
        own = Optional.of(entry);
        runtime.changed();
    }

    /** Someone was met, or is not there any more. */
    void changed() {
        runtime.changed();
    }

    /** Completes when the cluster knows this node. */
    public CompletionStage<Void> joined() {
        return runtime.joined();
    }

    ClusterRuntime runtime() {
        return runtime;
    }

    ShardHost shards() {
        return shards;
    }

    private Optional<SpaceClient> remote(Incarnation node) {
        return peer(node).map(peer -> remotes.computeIfAbsent(
                node, each -> new RemoteSpaceClient((method, request, timeout) -> call(each, method, request, timeout))));
    }

    private CompletionStage<byte[]> call(Incarnation node, String method, byte[] request, Duration timeout) {
        var peer = peer(node);
        if (peer.isEmpty() || links.isEmpty()) {
            return CompletableFuture.failedFuture(
                    EngramException.unavailable("the node that leads the space is not known", CALL_RETRY_AFTER));
        }
        return links.get().call(peer.get(), method, request, timeout).exceptionallyCompose(failure -> {
            var reason = EngramException.reasonOf(failure);
            if (reason instanceof PeerException lost) {
                return CompletableFuture.failedFuture(
                        lost.isNotSent()
                                ? EngramException.unavailable(String.valueOf(lost.getMessage()), CALL_RETRY_AFTER)
                                : EngramException.outcomeUnknown(String.valueOf(lost.getMessage())));
            }
            return CompletableFuture.failedFuture(reason);
        });
    }

    private void send(Incarnation to, Channel channel, byte[] message) {
        links.ifPresent(way -> peer(to).ifPresent(peer -> way.send(peer, channel, message)));
    }

    private Optional<Peer> peer(Incarnation node) {
        return entry(node).flatMap(entry -> entry.addresses().get(Services.GRPC).map(HostPort::parse)
                .map(at -> new Peer(entry.id(), node.id(), at.host(), at.port())));
    }

    private Optional<NodeEntry> entry(Incarnation node) {
        if (node.equals(self)) {
            return own;
        }
        for (var neighbour : neighbourhood.known()) {
            if (neighbour.entry().incarnation().equals(node)) {
                return Optional.of(neighbour.entry());
            }
        }
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

    /** What the runtime needs of the node. */
    private final class Around implements ClusterRuntime.Surroundings {
        @Override
        public Optional<NodeEntry> self() {
            return own;
        }

        @Override
        public Collection<Neighbour> neighbours() {
            return neighbourhood.known();
        }

        @Override
        public Collection<Incarnation> alive(Document document) {
            var reachable = system.map(ClusterNode::reachable).orElse(Set.of());
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

        @Override
        public void send(Incarnation to, Channel channel, byte[] message) {
            ClusterNode.this.send(to, channel, message);
        }

        @Override
        public void failed(Throwable why) {
            onFailure.accept(why);
        }
    }

    private static Set<String> reachable(ActorSystem<?> of) {
        var state = Cluster.get(of).state();
        var reachable = new HashSet<String>();
        for (Member member : state.getMembers()) {
            if (member.status().equals(MemberStatus.up()) && !state.getUnreachable().contains(member)) {
                reachable.add(hostPort(member.address()));
            }
        }
        return reachable;
    }

    /** What this node does when others speak to it. */
    private final class Handler implements PeerHandler {
        @Override
        public Optional<String> refusal(UUID from, String cluster, int protocol) {
            var mine = cluster();
            if (protocol != PROTOCOL) {
                return Optional.of("this node speaks version %d of the protocol between nodes, and not %d"
                        .formatted(PROTOCOL, protocol));
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
            }
        }

        @Override
        public CompletionStage<byte[]> called(UUID from, String method, byte[] request, Duration timeout) {
            @Nullable SpaceCallServer server = calls.orElse(null);
            return server == null
                    ? CompletableFuture.failedFuture(
                            EngramException.unavailable("this node is still starting", CALL_RETRY_AFTER))
                    : server.answer(method, request);
        }

        @Override
        public Iterator<byte[]> fetched(UUID from, String what, byte[] request) {
            throw new IllegalArgumentException("nothing called '%s' is given away here".formatted(what));
        }
    }
}
