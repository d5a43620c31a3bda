package io.engram.cli;

import io.engram.cluster.ClusterRefusal;
import io.engram.config.LoadedConfig;
import io.engram.embedding.EmbeddingService;
import io.engram.health.Crashes;
import io.engram.health.Recovery;
import io.engram.http.HttpContext;
import io.engram.http.HttpStart;
import io.engram.http.Metrics;
import io.engram.log.LogException;
import io.engram.log.LogFailedException;
import io.engram.memory.vector.VectorSet;
import io.engram.node.DataFolderException;
import io.engram.node.EngramNode;
import io.engram.node.StartingNode;
import io.engram.space.EngramException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node with its doors. The doors are opened first, and tell how far the node is while it reads its log; once that and the spaces are
 * there they answer everything, and after that, in the background, comes the model. It is stopped the other way round: the doors
 * refuse new work and finish what is in flight, then the spaces and the log are closed.
 */
final class Server {
    private static final Logger log = LoggerFactory.getLogger(Server.class);
    private static final Duration LONGEST_START = Duration.ofMinutes(10);
    /** Supervisors kill after 30 s; this leaves some for the virtual machine itself. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(27);
    /** What the doors may take beyond draining, and what is kept for the node when they take all of theirs. */
    private static final Duration DOORS_CLOSE = Duration.ofSeconds(2);

    private static final long LEAST_HEAP = 64L << 20;

    private static final Duration NODE_STOP = Duration.ofSeconds(5);

    private final EngramNode node;
    private final Doors doors;
    private final Duration drainTimeout;

    private Server(EngramNode node, Doors doors, Duration drainTimeout) {
        this.node = node;
        this.doors = doors;
        this.drainTimeout = drainTimeout;
    }

    /**
     * A start whose doors are open.
     *
     * @param http where health and figures can be asked for
     * @param recovery how far it is
     */
    record Begun(InetSocketAddress http, Recovery recovery) {}

    /**
     * Starts everything and returns when requests are answered; those of a node among others are answered in earnest only
     * once it is {@link #ready}, which may take as long as the others are away.
     *
     * @param shutdown called when a client asks for the end; must not block
     * @param begun told when the doors are open, before the log is read
     * @throws CommandFailure if something is in the way, with what to do about it
     */
    static Server start(LoadedConfig loaded, Runnable shutdown, Consumer<Begun> begun) throws InterruptedException {
        var config = loaded.config();
        var startedAt = Instant.now();
        var clock = InstantSource.system();
        requireHeap(Runtime.getRuntime().maxMemory());
        Doors.requireFreePorts(config);
        var dataFolder = config.persistence().dataRoot();
        try {
            Files.createDirectories(dataFolder);
        } catch (IOException e) {
            throw new CommandFailure("the data folder " + dataFolder + " cannot be made (" + e
                    + "); choose another with --data-dir, ENGRAM_DATA_DIR or persistence.data_root");
        }
        PrometheusMeterRegistry meters = Metrics.create();
        Crashes.bindTo(meters);
        var starting = inWords(
                dataFolder,
                () -> config.cluster().enabled()
                        ? ClusterWiring.begin(loaded, meters, clock)
                        : StartingNode.begin(Wiring.node(loaded), meters, Wiring.tracing(config), clock));
        var doors = Doors.open(
                starting, new HttpStart(meters, Version.number(), startedAt, starting.recovery(), clock), config);
        begun.accept(new Begun(doors.http().address(), starting.recovery()));
        var embedding = new EmbeddingService(Wiring.embedding(config), meters);
        EngramNode node;
        try {
            node = inWords(
                    dataFolder,
                    () -> config.cluster().enabled()
                            ? ClusterWiring.open(starting, config, embedding)
                            : starting.open(embedding));
        } catch (RuntimeException e) {
            embedding.close();
            doors.abandon();
            starting.giveUp();
            throw e;
        }
        Logs.ofNode(node.identity().nodeId());
        try {
            if (node.cluster().isEmpty()) {
                await(node.ready(), LONGEST_START);
            }
            doors.http()
                    .serve(new HttpContext(
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
                            node.tracing()));
            doors.grpc()
                    .serve(
                            node.spaces(),
                            node.healthChecks(),
                            ClusterWiring.peerDoor(node, config),
                            node.cluster(),
                            node.tracing());
            if (node.cluster().isPresent()) {
                ClusterWiring.announce(
                        node, config, doors.http().address(), doors.grpc().address());
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
            return new Server(node, doors, config.server().shutdownTimeout());
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

    /** @throws CommandFailure for what people can do something about */
    private static <T> T inWords(Path dataFolder, Supplier<T> step) {
        try {
            return step.get();
        } catch (LogException | DataFolderException e) {
            throw new CommandFailure("the data folder " + dataFolder + " cannot be used: " + e.getMessage());
        } catch (ClusterRefusal e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
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

    /** With less a node ends in the middle of its work. */
    static void requireHeap(long bytes) {
        if (bytes < LEAST_HEAP) {
            throw new CommandFailure(
                    "the heap may have %d MiB, and a node needs %d to start; give it more with -Xmx in ENGRAM_JAVA_OPTS, or the container more memory (half of it is heap)"
                            .formatted(bytes >> 20, LEAST_HEAP >> 20));
        }
    }

    private static <T> T await(CompletionStage<T> stage, Duration limit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    InetSocketAddress httpAddress() {
        return doors.http().address();
    }

    InetSocketAddress grpcAddress() {
        return doors.grpc().address();
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
        doors.http().beginDrain();
        var closing = doors.close(drainTimeout);
        var forDoors = shorter(drainTimeout.plus(DOORS_CLOSE), LONGEST_STOP.minus(NODE_STOP));
        if (!within(closing, forDoors)) {
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
        doors.abandon();
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
            log.warn("shutdown: {}", Doors.causes(e.getCause()));
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
