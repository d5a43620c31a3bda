package io.engram.node;

import io.engram.cluster.ClusterNode;
import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthCheck;
import io.engram.health.Recovery;
import io.engram.journal.JournalRuntime;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.peer.PeerLinks;
import io.engram.space.SpaceClient;
import io.engram.space.Spaces;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * One running node: its log, its spaces and its model in one actor system, which is a cluster of one. The doors are
 * opened by whoever starts it, and closed by tasks that they add to the system's coordinated shutdown.
 */
public final class EngramNode {
    /** What a stopping node leads is given to others first, if that does not take longer. */
    private static final Duration HAND_OVER = Duration.ofSeconds(5);

    private final ActorSystem<Void> system;
    private final DataFolder folder;
    private final LogStore log;
    private final DiskWatch disk;
    private final StallWatch stalls;
    private final TextEmbedding embedding;
    private final Spaces spaces;
    private final SpaceClient client;
    private final Optional<ClusterNode> cluster;
    private final Recovery recovery;
    private final Tracing tracing;
    private final CompletionStage<Void> ready;
    private final CompletionStage<Done> stopped;
    private final CompletableFuture<Void> removed = new CompletableFuture<>();

    EngramNode(
            ActorSystem<Void> system,
            DataFolder folder,
            LogStore log,
            DiskWatch disk,
            StallWatch stalls,
            TextEmbedding embedding,
            Spaces spaces,
            SpaceClient client,
            Optional<ClusterNode> cluster,
            Recovery recovery,
            Tracing tracing,
            CompletionStage<Void> ready) {
        this.system = system;
        this.folder = folder;
        this.log = log;
        this.disk = disk;
        this.stalls = stalls;
        this.embedding = embedding;
        this.spaces = spaces;
        this.client = client;
        this.cluster = cluster;
        this.recovery = recovery;
        this.tracing = tracing;
        // A log that fails ends the actor system, and then nobody would ever say whether the spaces can be used.
        var readyOrFailed = new CompletableFuture<Void>();
        log.failed().thenAccept(readyOrFailed::completeExceptionally);
        ready.whenComplete((done, failure) -> {
            if (failure == null) {
                readyOrFailed.complete(done);
            } else {
                readyOrFailed.completeExceptionally(failure);
            }
        });
        this.ready = readyOrFailed;
        // Nothing may write once the system has ended; only then is the log closed.
        this.stopped = system.getWhenTerminated().thenApplyAsync(terminated -> {
            embedding.close();
            disk.close();
            stalls.close();
            cluster.ifPresent(ClusterNode::close);
            log.close();
            folder.close();
            tracing.close();
            return Done.getInstance();
        });
        this.stopped.thenAccept(done -> {
            if (CoordinatedShutdown.get(system)
                    .getShutdownReason()
                    .filter(CoordinatedShutdown.ClusterDowningReason$.class::isInstance)
                    .isPresent()) {
                removed.complete(null);
            }
        });
    }

    /**
     * Takes the data folder, starts the actor system and opens the log; {@link #ready()} tells when the spaces can be used.
     *
     * @param embedding the node's model, which the node closes when it stops
     * @throws io.engram.log.LogException if the log cannot be opened, or somebody holds the folder, with the reason in words
     * @throws DataFolderException if the folder belongs to another node, or does not say to which
     */
    public static EngramNode start(
            NodeSettings settings, TextEmbedding embedding, MeterRegistry meters, InstantSource clock) {
        return start(settings, embedding, meters, Tracing.Factory.NONE, clock);
    }

    /**
     * The same for a node whose requests are traced.
     *
     * @param tracing makes what the node closes when it has stopped
     */
    public static EngramNode start(
            NodeSettings settings,
            TextEmbedding embedding,
            MeterRegistry meters,
            Tracing.Factory tracing,
            InstantSource clock) {
        return opened(StartingNode.begin(settings, meters, tracing, clock), starting -> starting.open(embedding));
    }

    /**
     * The same for a node that may be one of several. It is ready once it has been told where others reach it
     * ({@link ClusterNode#announce}) and they have taken it in.
     *
     * @param tracing makes what the node closes when it has stopped
     * @param version of Engram, for people
     * @param links makes the way to the others
     */
    public static EngramNode startAmongOthers(
            NodeSettings settings,
            TextEmbedding embedding,
            MeterRegistry meters,
            Tracing.Factory tracing,
            InstantSource clock,
            String version,
            PeerLinks.Factory links) {
        return opened(
                StartingNode.begin(settings, meters, tracing, clock),
                starting -> starting.openAmongOthers(embedding, version, links));
    }

    /** With a log store of the caller's. */
    static EngramNode start(
            NodeSettings settings,
            TextEmbedding embedding,
            MeterRegistry meters,
            InstantSource clock,
            BiFunction<LogStoreSettings, MeterRegistry, LogStore> openLog) {
        return opened(
                StartingNode.begin(
                        settings,
                        meters,
                        Tracing.Factory.NONE,
                        clock,
                        (log, figures, recovery) -> openLog.apply(log, figures)),
                starting -> starting.open(embedding));
    }

    private static EngramNode opened(StartingNode starting, Function<StartingNode, EngramNode> opening) {
        try {
            return opening.apply(starting);
        } catch (RuntimeException e) {
            starting.giveUp();
            throw e;
        }
    }

    public ActorSystem<Void> system() {
        return system;
    }

    /** Whose this node's data folder is. */
    public NodeIdentity identity() {
        return folder.identity();
    }

    public SpaceClient spaces() {
        return client;
    }

    /** This node's part in a cluster; empty for a node on its own. */
    public Optional<ClusterNode> cluster() {
        return cluster;
    }

    /** Where this node records what requests do. */
    public Tracing tracing() {
        return tracing;
    }

    public TextEmbedding embedding() {
        return embedding;
    }

    /** How far the start is; over once the spaces can be used, in a cluster once the node is a member of it. */
    public Recovery recovery() {
        return recovery;
    }

    /** Completes when the spaces can be used; fails if they cannot. */
    public CompletionStage<Void> ready() {
        return ready;
    }

    /** Completes, with the reason, when the log can no longer be written; the node is then stopping by itself. */
    public CompletionStage<? extends Throwable> failed() {
        return log.failed();
    }

    /** Completes when the node has stopped, for whatever reason, and its log is closed. */
    public CompletionStage<Done> stopped() {
        return stopped;
    }

    /** Completes when the others have taken this node out of their cluster; it has then stopped. */
    public CompletionStage<Void> removed() {
        return removed;
    }

    /** What this node's parts say about themselves. */
    public List<HealthCheck> healthChecks() {
        var snapshots = SnapshotWatch.health(JournalRuntime.get(system)::damagedSnapshots);
        return Stream.of(
                        Stream.of(recovery.health()),
                        log.health().stream(),
                        Stream.of(snapshots, disk.health(), spaces.health(), embedding.health()),
                        stalls.health().stream(),
                        cluster.stream().flatMap(each -> each.health().stream()))
                .flatMap(Function.identity())
                .toList();
    }

    /** Runs the coordinated shutdown, closes the log and completes; may be called more than once. */
    public CompletionStage<Done> stop() {
        return handOver().thenCompose(done -> {
            spaces.close();
            return CoordinatedShutdown.get(system)
                    .runAll(CoordinatedShutdown.actorSystemTerminateReason())
                    .thenCompose(shutdown -> stopped);
        });
    }

    /**
     * Gives the spaces that this node leads to other nodes, and goes on serving: the others need its doors for that, and
     * requests are carried on to where the spaces are now. Completes soon in any case.
     */
    public CompletionStage<Void> handOver() {
        return cluster.map(each -> each.handOver()
                        .toCompletableFuture()
                        .completeOnTimeout(null, HAND_OVER.toMillis(), TimeUnit.MILLISECONDS)
                        .exceptionally(failure -> null))
                .orElseGet(() -> CompletableFuture.completedFuture(null));
    }
}
