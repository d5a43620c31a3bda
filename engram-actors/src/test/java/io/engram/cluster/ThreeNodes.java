package io.engram.cluster;

import static java.util.Objects.requireNonNull;

import io.engram.embedding.EmbeddingService;
import io.engram.embedding.EmbeddingSettings;
import io.engram.log.LogStoreSettings;
import io.engram.node.EngramNode;
import io.engram.node.NodeSettings;
import io.engram.replication.Level;
import io.engram.replication.format.Compression;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceSettings;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/** Three nodes in the test's own process, each with a data folder, an actor system and a real log of its own. */
final class ThreeNodes implements AutoCloseable {
    private final Path folder;
    private final SpaceSettings spaces;
    private final Duration history;
    private final MemoryLinks links = new MemoryLinks();
    private final List<Integer> ports = new ArrayList<>();
    private final Map<Integer, EngramNode> nodes = new TreeMap<>();
    private final Map<Integer, SimpleMeterRegistry> meters = new HashMap<>();

    ThreeNodes(Path folder) throws IOException {
        this(folder, SpaceSettings.DEFAULTS, Duration.ofHours(24));
    }

    /** @param history how much of each log is kept beyond what recovery needs */
    ThreeNodes(Path folder, SpaceSettings spaces, Duration history) throws IOException {
        this.folder = folder;
        this.spaces = spaces;
        this.history = history;
        for (var i = 0; i < 3; i++) {
            try (var socket = new ServerSocket(0)) {
                ports.add(socket.getLocalPort());
            }
        }
    }

    MemoryLinks links() {
        return links;
    }

    EngramNode node(int number) {
        return requireNonNull(nodes.get(number));
    }

    /** The sum of a node's figures of this name. */
    double figure(int number, String name) {
        return requireNonNull(meters.get(number)).getMeters().stream()
                .filter(meter -> meter.getId().getName().equals(name))
                .flatMap(meter -> StreamSupport.stream(meter.measure().spliterator(), false))
                .mapToDouble(Measurement::getValue)
                .sum();
    }

    SpaceClient client(int number) {
        return node(number).spaces();
    }

    void startAll() {
        for (var i = 0; i < 3; i++) {
            start(i);
        }
        awaitReady();
    }

    void awaitReady() {
        nodes.values()
                .forEach(node -> node.ready()
                        .toCompletableFuture()
                        .orTimeout(180, TimeUnit.SECONDS)
                        .join());
    }

    /** Where a node keeps its data. */
    Path folder(int number) {
        return folder.resolve("node-" + number);
    }

    void start(int number) {
        var own = folder(number);
        var port = ports.get(number);
        var cluster = new ClusterSettings(
                "127.0.0.1",
                port,
                "127.0.0.1",
                port,
                new ClusterSettings.How.Static(
                        ports.stream().map(each -> "127.0.0.1:" + each).toList()),
                Duration.ofSeconds(1),
                3,
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(1),
                // Three nodes in one process stand still together when the machine is busy.
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofMillis(500),
                4 << 20,
                new PlacementSettings(2, 64, PlacementSettings.Policy.RANDOM, 0.5, 0.35),
                new ClusterSettings.Replication(
                        Level.QUORUM, Duration.ofSeconds(2), Duration.ofSeconds(5), 1 << 20, Compression.LZ4, 64 << 20),
                TestSettings.ROUTING);
        var settings = new NodeSettings(
                own,
                Optional.of("node-" + number),
                LogStoreSettings.of(own.resolve("log")).withMinFreeBytes(0),
                0,
                spaces,
                List.of(),
                Optional.empty(),
                history,
                Optional.of(cluster));
        var meters = new SimpleMeterRegistry();
        var embedding = new EmbeddingService(
                new EmbeddingSettings(EmbeddingSettings.Provider.NONE, 1, 16, 16, 0, Optional.empty()), meters);
        var node = EngramNode.startAmongOthers(
                settings,
                embedding,
                meters,
                Tracing.Factory.NONE,
                InstantSource.system(),
                "test",
                (self, name, tracing) -> links.of(self));
        nodes.put(number, node);
        this.meters.put(number, meters);
        var part = node.cluster().orElseThrow();
        links.put(node.identity().incarnation(), part.handler());
        part.announce(new HostPort("127.0.0.1", 20_000 + number), new HostPort("127.0.0.1", 30_000 + number));
    }

    void stop(int number) {
        var node = requireNonNull(nodes.remove(number));
        node.stop().toCompletableFuture().orTimeout(180, TimeUnit.SECONDS).join();
        links.remove(node.identity().incarnation());
    }

    @Override
    public void close() {
        List.copyOf(nodes.keySet()).reversed().forEach(this::stop);
    }
}
