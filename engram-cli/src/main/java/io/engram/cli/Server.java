package io.engram.cli;

import io.engram.cluster.ClusterRefusal;
import io.engram.cluster.HostPort;
import io.engram.config.EngramConfig;
import io.engram.config.LoadedConfig;
import io.engram.embedding.EmbeddingService;
import io.engram.grpc.GrpcDoor;
import io.engram.health.Crashes;
import io.engram.http.HttpContext;
import io.engram.http.HttpDoor;
import io.engram.http.Metrics;
import io.engram.log.LogException;
import io.engram.log.LogFailedException;
import io.engram.memory.vector.VectorSet;
import io.engram.node.DataFolderException;
import io.engram.node.EngramNode;
import io.engram.space.EngramException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node with its doors. It is started in the order that makes it ready early: the log and the spaces, then the doors,
 * and after that, in the background, the model. It is stopped the other way round: the doors refuse new work and finish
 * what is in flight, then the spaces and the log are closed.
 */
final class Server {
    private static final Logger log = LoggerFactory.getLogger(Server.class);
    private static final Duration LONGEST_START = Duration.ofMinutes(10);
    /** Supervisors kill after 30 s; this leaves some for the virtual machine itself. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(27);
    /** What the doors may take beyond draining, and what is kept for the node when they take all of theirs. */
    private static final Duration DOORS_CLOSE = Duration.ofSeconds(2);

    /** They belong to an actor system that has ended, and may never say that they are closed. */
    private static final Duration ABANDONED_DOORS = Duration.ofSeconds(1);

    private static final long LEAST_HEAP = 64L << 20;

    private static final Duration NODE_STOP = Duration.ofSeconds(5);

    private final EngramNode node;
    private final HttpDoor http;
    private final GrpcDoor grpc;
    private final Duration drainTimeout;

    private Server(EngramNode node, HttpDoor http, GrpcDoor grpc, Duration drainTimeout) {
        this.node = node;
        this.http = http;
        this.grpc = grpc;
        this.drainTimeout = drainTimeout;
    }

    /**
     * Starts everything and returns when requests are answered; those of a node among others are answered in earnest only
     * once it is {@link #ready}, which may take as long as the others are away.
     *
     * @param shutdown called when a client asks for the end; must not block
     * @throws CommandFailure if something is in the way, with what to do about it
     */
    static Server start(LoadedConfig loaded, Runnable shutdown) throws InterruptedException {
        var config = loaded.config();
        var startedAt = Instant.now();
        var clock = InstantSource.system();
        requireHeap(Runtime.getRuntime().maxMemory());
        requireFreePorts(config);
        var dataFolder = config.persistence().dataRoot();
        try {
            Files.createDirectories(dataFolder);
        } catch (IOException e) {
            throw new CommandFailure("the data folder " + dataFolder + " cannot be made (" + e
                    + "); choose another with --data-dir, ENGRAM_DATA_DIR or persistence.data_root");
        }
        PrometheusMeterRegistry meters = Metrics.create();
        Crashes.bindTo(meters);
        var embedding = new EmbeddingService(Wiring.embedding(config), meters);
        EngramNode node;
        try {
            node = config.cluster().enabled()
                    ? ClusterWiring.start(loaded, embedding, meters, clock)
                    : EngramNode.start(Wiring.node(loaded), embedding, meters, Wiring.tracing(config), clock);
        } catch (LogException | DataFolderException e) {
            embedding.close();
            throw new CommandFailure("the data folder " + dataFolder + " cannot be used: " + e.getMessage());
        } catch (ClusterRefusal e) {
            embedding.close();
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
        Logs.ofNode(node.identity().nodeId());
        try {
            if (node.cluster().isEmpty()) {
                await(node.ready(), LONGEST_START);
            }
            var context = new HttpContext(
                    node.spaces(),
                    node.healthChecks(),
                    meters,
                    Version.number(),
                    startedAt,
                    Optional.of(dataFolder),
                    Optional.of(node.identity()),
                    node.cluster(),
                    Optional.of(Logs.control()),
                    shutdown,
                    clock,
                    node.tracing());
            var httpBound = HttpDoor.bind(node.system(), context, Wiring.http(config));
            var grpcBound = GrpcDoor.bind(
                    node.system(),
                    node.spaces(),
                    node.healthChecks(),
                    meters,
                    Wiring.grpc(config),
                    ClusterWiring.peerDoor(node, config),
                    node.cluster(),
                    node.tracing());
            var http =
                    bound(httpBound, config.server().httpBind(), config.server().httpPort(), HTTP_SETTING);
            var grpc =
                    bound(grpcBound, config.server().grpcHost(), config.server().grpcPort(), GRPC_SETTING);
            if (node.cluster().isPresent()) {
                ClusterWiring.announce(node, config, http.address(), grpc.address());
            }
            node.embedding().load();
            // The vector kernel is slow until the JVM has compiled it; when nothing else competes, that is practised
            // once.
            node.embedding().settled().thenRun(() -> {
                var practice = new Thread(VectorSet::warmUp, "engram-vector-warm-up");
                practice.setDaemon(true);
                practice.setPriority(Thread.MIN_PRIORITY);
                practice.start();
            });
            return new Server(node, http, grpc, config.server().shutdownTimeout());
        } catch (CommandFailure | InterruptedException e) {
            node.stop()
                    .toCompletableFuture()
                    .completeOnTimeout(null, 10, TimeUnit.SECONDS)
                    .join();
            throw e;
        } catch (ExecutionException | TimeoutException e) {
            node.stop()
                    .toCompletableFuture()
                    .completeOnTimeout(null, 10, TimeUnit.SECONDS)
                    .join();
            var cause = e instanceof ExecutionException ? e.getCause() : e;
            throw notReady(cause == null ? e : cause);
        }
    }

    /** What to say of a node that cannot become ready. */
    static CommandFailure notReady(Throwable cause) {
        return switch (EngramException.reasonOf(cause)) {
            case ClusterRefusal refusal -> new CommandFailure(String.valueOf(refusal.getMessage()));
            case LogFailedException failure -> {
                CrashReport.report(
                        failure, System.err, "the log failed while the node was starting: " + failure.getMessage());
                yield new CommandFailure("the node did not become ready: " + failure);
            }
            case Throwable other -> new CommandFailure("the node did not become ready: " + other);
        };
    }

    /** Completes when the node can do everything; fails if it never will. */
    CompletionStage<Void> ready() {
        return node.ready();
    }

    /**
     * How to change where a door is.
     *
     * @param door its name
     * @param means flag, variable and setting
     */
    private record PortSetting(String door, String means) {}

    private static final PortSetting HTTP_SETTING =
            new PortSetting("HTTP", "--http-port, ENGRAM_HTTP_PORT or server.http_port");
    private static final PortSetting GRPC_SETTING =
            new PortSetting("gRPC", "--grpc-port, ENGRAM_GRPC_PORT or server.grpc_port");
    private static final PortSetting GOSSIP_SETTING =
            new PortSetting("gossip", "ENGRAM_CLUSTER_NETWORK_SWIM_BIND or cluster.network.swim_bind");

    /** With less a node ends in the middle of its work. */
    static void requireHeap(long bytes) {
        if (bytes < LEAST_HEAP) {
            throw new CommandFailure(
                    "the heap may have %d MiB, and a node needs %d to start; give it more with -Xmx in ENGRAM_JAVA_OPTS, or the container more memory (half of it is heap)"
                            .formatted(bytes >> 20, LEAST_HEAP >> 20));
        }
    }

    /**
     * Looks before anything is opened; the real bind, a moment later, has the last word.
     *
     * @throws CommandFailure if one is not free, with what to do about it
     */
    static void requireFreePorts(EngramConfig config) {
        requireFree(config.server().httpBind(), config.server().httpPort(), HTTP_SETTING);
        requireFree(config.server().grpcHost(), config.server().grpcPort(), GRPC_SETTING);
        if (config.cluster().enabled()) {
            var gossip = HostPort.parse(config.cluster().network().swimBind());
            requireFree(gossip.host(), gossip.port(), GOSSIP_SETTING);
        }
    }

    private static void requireFree(String host, int port, PortSetting setting) {
        if (port == 0) {
            return;
        }
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw notBound(e, host, port, setting);
        }
    }

    private static CommandFailure notBound(Throwable cause, String host, int port, PortSetting setting) {
        var text = causes(cause);
        boolean inUse = text.contains("in use");
        return new CommandFailure(
                inUse
                        ? "%s port %d on %s is in use by another process; stop that one, or choose another port with %s (0 takes a free one)"
                                .formatted(setting.door(), port, host, setting.means())
                        : "cannot listen for %s on %s port %d: %s; choose another with %s or another interface with server.%s_bind"
                                .formatted(
                                        setting.door(),
                                        host,
                                        port,
                                        text,
                                        setting.means(),
                                        setting.door().toLowerCase(java.util.Locale.ROOT)));
    }

    private static String causes(@Nullable Throwable cause) {
        var text = new StringBuilder();
        for (var each = cause; each != null; each = each.getCause()) {
            text.append(text.isEmpty() ? "" : ": ").append(each.getMessage());
        }
        return text.toString();
    }

    private static <T> T bound(CompletionStage<T> binding, String host, int port, PortSetting setting)
            throws InterruptedException, TimeoutException, ExecutionException {
        try {
            return await(binding, Duration.ofSeconds(30));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BindException cause) {
                throw notBound(cause, host, port, setting);
            }
            throw e;
        }
    }

    private static <T> T await(CompletionStage<T> stage, Duration limit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    InetSocketAddress httpAddress() {
        return http.address();
    }

    InetSocketAddress grpcAddress() {
        return grpc.address();
    }

    /** Completes when the node has ended, also by itself. */
    CompletionStage<?> stopped() {
        return node.stopped();
    }

    /** Completes when the others have taken this node out of their cluster, because they could not reach it for too long. */
    CompletionStage<?> removed() {
        return node.removed();
    }

    /** Completes with the reason when the node can no longer write and ends by itself. */
    CompletionStage<? extends Throwable> failed() {
        return node.failed();
    }

    /** Finishes what is in flight, refuses what is new, and closes everything within 27 s. */
    void stop() {
        long begun = System.nanoTime();
        log.info("shutdown: new requests are refused, those in flight have up to {} s", drainTimeout.toSeconds());
        within(node.handOver().toCompletableFuture(), LONGEST_STOP.dividedBy(4));
        http.beginDrain();
        var doors = CompletableFuture.allOf(
                http.stop(drainTimeout).toCompletableFuture(),
                grpc.close(drainTimeout).toCompletableFuture());
        var forDoors = shorter(drainTimeout.plus(DOORS_CLOSE), LONGEST_STOP.minus(NODE_STOP));
        if (!within(doors, forDoors)) {
            log.warn("shutdown: the doors are not closed after {} s; going on without them", forDoors.toSeconds());
        }
        var left = LONGEST_STOP.minusNanos(System.nanoTime() - begun);
        if (within(node.stop().toCompletableFuture(), left)) {
            log.info("shutdown complete after {} ms", (System.nanoTime() - begun) / 1_000_000);
        } else {
            log.warn(
                    "shutdown: not everything is closed after {} s; what was acknowledged is on disk",
                    LONGEST_STOP.toSeconds());
        }
    }

    /**
     * Lets go of what is left of a node whose actor system has ended by itself. Nothing in flight can be finished without
     * it, and its ports are free already.
     */
    void abandon() {
        http.beginDrain();
        within(
                CompletableFuture.allOf(
                        http.stop(Duration.ZERO).toCompletableFuture(),
                        grpc.close(Duration.ZERO).toCompletableFuture()),
                ABANDONED_DOORS);
        within(node.stopped().toCompletableFuture(), NODE_STOP);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static boolean within(CompletableFuture<?> work, Duration limit) {
        try {
            work.get(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | CompletionException e) {
            log.warn("shutdown: {}", causes(e.getCause()));
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
