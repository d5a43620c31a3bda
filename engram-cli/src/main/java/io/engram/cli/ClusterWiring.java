package io.engram.cli;

import io.engram.cluster.AdvertiseAddress;
import io.engram.cluster.ClusterSettings;
import io.engram.cluster.HostPort;
import io.engram.cluster.PlacementSettings;
import io.engram.config.EngramConfig;
import io.engram.config.LoadedConfig;
import io.engram.embedding.TextEmbedding;
import io.engram.grpc.GrpcPeerLinks;
import io.engram.grpc.PeerDoor;
import io.engram.grpc.PeerSettings;
import io.engram.node.DataFolderException;
import io.engram.node.EngramNode;
import io.engram.node.NodeIdentity;
import io.engram.node.StartingNode;
import io.engram.replication.Level;
import io.engram.replication.format.Compression;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the configuration means for a node among others. */
final class ClusterWiring {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterWiring.class);
    private static final int LARGEST_DOCUMENT = 9 << 20;
    private static final String NAME = "[A-Za-z0-9._-]{1,128}";

    private ClusterWiring() {}

    /**
     * Where other nodes reach this one.
     *
     * @throws io.engram.cluster.ClusterRefusal if they cannot
     */
    static AdvertiseAddress advertised(EngramConfig config, AdvertiseAddress.Machine machine) {
        var network = config.cluster().network();
        return AdvertiseAddress.choose(
                new AdvertiseAddress.Given(
                        network.advertiseAddr(), HostPort.parse(network.swimBind()), network.podIp(), seeds(config)),
                machine);
    }

    private static List<HostPort> seeds(EngramConfig config) {
        var discovery = config.cluster().discovery();
        return discovery.type() == EngramConfig.DiscoveryType.STATIC
                ? discovery.seedNodes().stream().map(HostPort::parse).toList()
                : List.of();
    }

    /**
     * As many as the list names. A list of one other node is a way to a cluster, or to its first node; were that one only late with
     * its answer, a node that counted to one would found a second cluster.
     */
    private static int founders(List<HostPort> seeds, HostPort own, int boundPort) {
        var named = seeds.stream().distinct().toList();
        return named.size() == 1 && !isSame(named.getFirst(), own, boundPort) ? 2 : named.size();
    }

    private static boolean isSame(HostPort seed, HostPort own, int boundPort) {
        if (seed.port() != (own.port() == 0 ? boundPort : own.port())) {
            return false;
        }
        if (seed.host().equals(own.host())) {
            return true;
        }
        try {
            var addresses = Set.of(InetAddress.getAllByName(own.host()));
            return Stream.of(InetAddress.getAllByName(seed.host())).anyMatch(addresses::contains);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** The settings of a node that is reached at an address. */
    static ClusterSettings settings(EngramConfig config, AdvertiseAddress advertised) {
        var cluster = config.cluster();
        var bind = HostPort.parse(cluster.network().swimBind());
        var replication = cluster.replication();
        int expect = cluster.bootstrapExpect();
        return new ClusterSettings(
                bind.host(),
                bind.port(),
                advertised.address().host(),
                advertised.address().port(),
                how(cluster.discovery()),
                cluster.discovery().refreshInterval(),
                expect > 0 ? expect : founders(seeds(config), advertised.address(), bind.port()),
                cluster.rack(),
                cluster.zone(),
                cluster.swim().pingInterval(),
                cluster.swim().suspicionTimeout(),
                replication.replicaGone(),
                cluster.maxClockSkew(),
                cluster.network().maxMessageSize(),
                new PlacementSettings(
                        replication.factor(),
                        replication.jumpBuckets(),
                        switch (replication.placement()) {
                            case RANDOM -> PlacementSettings.Policy.RANDOM;
                            case RACK_AWARE -> PlacementSettings.Policy.RACK_AWARE;
                            case ZONE_AWARE -> PlacementSettings.Policy.ZONE_AWARE;
                        },
                        replication.rackPenalty(),
                        replication.zonePenalty()),
                new ClusterSettings.Replication(
                        switch (replication.acknowledge()) {
                            case QUORUM -> Level.QUORUM;
                            case ALL -> Level.ALL;
                        },
                        replication.timeout(),
                        replication.lagThreshold(),
                        replication.catchUpBatchBytes(),
                        switch (replication.compression()) {
                            case NONE -> Compression.NONE;
                            case LZ4 -> Compression.LZ4;
                            case ZSTD -> Compression.ZSTD;
                        },
                        replication.warmCopiesBytes()),
                new ClusterSettings.Routing(
                        Duration.ofMillis(config.router().requestTimeoutMs()),
                        Duration.ofMillis(config.router().retryBaseDelayMs()),
                        Duration.ofMillis(config.router().retryMaxDelayMs())));
    }

    /**
     * Begins the start of a node among others.
     *
     * @throws io.engram.cluster.ClusterRefusal if it cannot be one, with the reason
     */
    static StartingNode begin(LoadedConfig loaded, MeterRegistry meters, InstantSource clock) {
        var config = loaded.config();
        // Names of nodes come and go; the JDK would remember for long that one is not there yet.
        Security.setProperty("networkaddress.cache.ttl", "5");
        Security.setProperty("networkaddress.cache.negative.ttl", "1");
        var advertised = advertised(config, AdvertiseAddress.Machine.local());
        advertised.warning().ifPresent(warning -> LOG.warn("{}", warning));
        // Before anything is opened; the ports are known only later.
        var machine = AdvertiseAddress.Machine.local();
        advertised.door("server.grpc_bind", config.server().grpcHost(), 0, machine);
        advertised.door("server.http_bind", config.server().httpBind(), 0, machine);
        return StartingNode.begin(
                Wiring.node(loaded, Optional.of(settings(config, advertised))), meters, Wiring.tracing(config), clock);
    }

    /** Opens what was begun. */
    static EngramNode open(StartingNode starting, EngramConfig config, TextEmbedding embedding) {
        var peers = peers(config);
        return starting.openAmongOthers(
                embedding,
                Version.number(),
                (self, cluster, tracing) -> new GrpcPeerLinks(self, cluster, peers, tracing));
    }

    private static PeerSettings peers(EngramConfig config) {
        var standard = PeerSettings.DEFAULTS;
        // The catalog's document goes from node to node whole where somebody has none of it.
        var most = Math.max(config.cluster().network().maxMessageSize(), LARGEST_DOCUMENT);
        return standard.withSizes(
                most, Math.min(standard.batchBytes(), most), Math.max(standard.queueBytes(), 4L * most));
    }

    /** Where the other nodes come in, if there are any. */
    static Optional<PeerDoor> peerDoor(EngramNode node, EngramConfig config) {
        return node.cluster()
                .map(cluster ->
                        new PeerDoor(node.identity().incarnation(), cluster.handler(), peers(config), node.tracing()));
    }

    /** Tells the others where this node's doors are. */
    static void announce(EngramNode node, EngramConfig config, InetSocketAddress http, InetSocketAddress grpc) {
        var machine = AdvertiseAddress.Machine.local();
        var advertised = advertised(config, machine);
        var server = config.server();
        node.cluster()
                .orElseThrow()
                .announce(
                        advertised.door("server.grpc_bind", server.grpcHost(), grpc.getPort(), machine),
                        advertised.door("server.http_bind", server.httpBind(), http.getPort(), machine));
    }

    private static ClusterSettings.How how(EngramConfig.Discovery discovery) {
        return switch (discovery.type()) {
            case STATIC -> new ClusterSettings.How.Static(discovery.seedNodes());
            case DNS -> new ClusterSettings.How.Dns(discovery.service().orElse(""), discovery.port());
            case KUBERNETES ->
                new ClusterSettings.How.Kubernetes(
                        discovery.kubernetesNamespace(),
                        discovery.kubernetesSelector().orElse(""),
                        discovery.port());
            case CONSUL -> throw new IllegalStateException("Consul is refused when the configuration is read");
        };
    }

    /**
     * The name that the node must have: the configured one. In a cluster a new data folder gets the pod's or the host's, so
     * that people know the node by it; an old one keeps its own, since containers are called differently at each start.
     * Nodes that all run on one machine would have the same, and draw one.
     */
    static Optional<String> nodeId(EngramConfig config, Map<String, String> environment) {
        var cluster = config.cluster();
        if (cluster.nodeId().isPresent() || !cluster.enabled() || hasIdentity(config) || isOnOneMachine(config)) {
            return cluster.nodeId();
        }
        return Stream.of("POD_NAME", "HOSTNAME")
                .map(name -> environment.getOrDefault(name, ""))
                .filter(name -> name.matches(NAME) && !name.equals("localhost"))
                .findFirst();
    }

    private static boolean hasIdentity(EngramConfig config) {
        try {
            return NodeIdentity.read(config.persistence().dataRoot()).isPresent();
        } catch (DataFolderException _) {
            // A damaged one is said when the folder is opened.
            return true;
        }
    }

    private static boolean isOnOneMachine(EngramConfig config) {
        var seeds = seeds(config);
        return !seeds.isEmpty()
                && seeds.stream()
                        .flatMap(seed -> AdvertiseAddress.Machine.local().resolve(seed.host()).stream())
                        .allMatch(InetAddress::isLoopbackAddress);
    }
}
