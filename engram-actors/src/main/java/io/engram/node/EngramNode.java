package io.engram.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.engram.cluster.ClusterConfig;
import io.engram.cluster.ClusterNode;
import io.engram.cluster.ClusterSettings;
import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthCheck;
import io.engram.journal.EventLogs;
import io.engram.journal.JournalRuntime;
import io.engram.journal.JournalSetup;
import io.engram.journal.TracedLogs;
import io.engram.log.LogChange;
import io.engram.log.LogException;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.peer.PeerLinks;
import io.engram.space.EngramException;
import io.engram.space.SpaceClient;
import io.engram.space.Spaces;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node: its log, its spaces and its model in one actor system, which is a cluster of one. The doors are
 * opened by whoever starts it, and closed by tasks that they add to the system's coordinated shutdown.
 */
public final class EngramNode {
    /** Where the log itself says whose it is. */
    private static final String OWNER_LOG = "node";

    private static final String OWNER_CELL = "id";

    /** What a stopping node leads is given to others first, if that does not take longer. */
    private static final Duration HAND_OVER = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(EngramNode.class);

    private final ActorSystem<Void> system;
    private final DataFolder folder;
    private final LogStore log;
    private final DiskWatch disk;
    private final StallWatch stalls;
    private final TextEmbedding embedding;
    private final Spaces spaces;
    private final SpaceClient client;
    private final Optional<ClusterNode> cluster;
    private final Tracing tracing;
    private final CompletionStage<Void> ready;
    private final CompletionStage<Done> stopped;
    private final CompletableFuture<Void> removed = new CompletableFuture<>();

    private EngramNode(
            ActorSystem<Void> system,
            DataFolder folder,
            LogStore log,
            DiskWatch disk,
            StallWatch stalls,
            TextEmbedding embedding,
            Spaces spaces,
            SpaceClient client,
            Optional<ClusterNode> cluster,
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
     * Takes the data folder, opens the log and starts the actor system; {@link #ready()} tells when the spaces can be used.
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
        return start(settings, embedding, meters, tracing, clock, LogStore::open, Optional.empty());
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
        return start(
                settings, embedding, meters, tracing, clock, LogStore::open, Optional.of(new Others(version, links)));
    }

    /** With a log store of the caller's. */
    static EngramNode start(
            NodeSettings settings,
            TextEmbedding embedding,
            MeterRegistry meters,
            InstantSource clock,
            BiFunction<LogStoreSettings, MeterRegistry, LogStore> openLog) {
        return start(settings, embedding, meters, Tracing.Factory.NONE, clock, openLog, Optional.empty());
    }

    private static EngramNode start(
            NodeSettings settings,
            TextEmbedding embedding,
            MeterRegistry meters,
            Tracing.Factory tracing,
            InstantSource clock,
            BiFunction<LogStoreSettings, MeterRegistry, LogStore> openLog,
            Optional<Others> others) {
        var folder = DataFolder.open(settings.dataFolder(), settings.nodeId(), clock.instant());
        try {
            var log = openLog.apply(settings.log(), meters);
            try {
                requireOwn(log, folder, settings.log().folder());
                requireSameKind(log, settings);
                var traces = tracing.open(folder.identity().nodeId(), meters);
                try {
                    return new Starting(settings, embedding, meters, clock, traces, folder, log).start(others);
                } catch (RuntimeException e) {
                    traces.close();
                    throw e;
                }
            } catch (RuntimeException e) {
                log.close();
                throw e;
            }
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** A folder in which another kind of node keeps its spaces would look empty. */
    private static void requireSameKind(LogStore log, NodeSettings settings) {
        var clustered = settings.cluster().isPresent();
        if (clustered && !log.logs("space|", "", 1).isEmpty()) {
            throw new DataFolderException(
                    "it holds the spaces of a node on its own, and cluster.enabled is true: start this node with an"
                            + " empty folder and copy the memories through its doors");
        }
        if (!clustered && ClusterNode.isIn(log)) {
            throw new DataFolderException("it belongs to a node of a cluster, and cluster.enabled is false");
        }
    }

    /** What a node needs to be one of several. */
    private record Others(String version, PeerLinks.Factory links) {}

    /** What a start has in hand. */
    private record Starting(
            NodeSettings settings,
            TextEmbedding embedding,
            MeterRegistry meters,
            InstantSource clock,
            Tracing tracing,
            DataFolder folder,
            LogStore log) {
        EngramNode start(Optional<Others> others) {
            var node = settings.cluster().isPresent()
                    ? amongOthers(settings.cluster().get(), others.orElseThrow())
                    : alone();
            noteOwner(log, folder.identity());
            return node;
        }

        private EngramNode alone() {
            var traced = TracedLogs.around(EventLogs.of(log), tracing);
            var system = system(JournalSetup.of(log, traced, meters), ConfigFactory.empty());
            var logs = new LogsOfSpaces(log, JournalRuntime.get(system)::drop);
            Spaces spaces = Spaces.start(system, embedding, settings.spaces(), meters, clock, logs, tracing);
            Cluster cluster = Cluster.get(system);
            cluster.manager().tell(Join.create(cluster.selfMember().address()));
            return node(
                    system,
                    spaces,
                    spaces.client(),
                    Optional.empty(),
                    Spaces.ready(spaces.client(), settings.bootstrapSpaces()));
        }

        private EngramNode amongOthers(ClusterSettings clustered, Others others) {
            var failed = new CompletableFuture<Throwable>();
            var cluster = ClusterNode.prepare(
                    folder.identity().incarnation(),
                    clustered,
                    log,
                    settings.spaces().writeTimeout(),
                    clock,
                    task -> Thread.ofVirtual().name("engram-cluster-disk").start(task),
                    failed::complete);
            var traced = TracedLogs.around(cluster.logs(), tracing);
            var system = system(JournalSetup.of(log, traced, meters), ClusterConfig.of(clustered));
            failed.thenAcceptAsync(why -> {
                LOG.error("this node cannot go on as a part of its cluster: {}", why.toString());
                CoordinatedShutdown.get(system).run(JournalRuntime.LogFailed.REASON);
            });
            var logs = new LogsOfSpaces(log, JournalRuntime.get(system)::drop);
            Spaces spaces = Spaces.start(
                    system,
                    embedding,
                    settings.spaces(),
                    meters,
                    clock,
                    logs,
                    cluster.registry(),
                    cluster.allocation(system),
                    tracing);
            JournalRuntime journal = JournalRuntime.get(system);
            var warm = journal.keepWarm(
                    Spaces.warm(settings.spaces()),
                    clustered.replication().warmCopiesBytes(),
                    settings.spaces().idleTimeout(),
                    meters);
            cluster.keepWarm(warm);
            system.getWhenTerminated().thenRun(warm::close);
            cluster.start(
                    system,
                    folder.identity().nodeId(),
                    others.version(),
                    others.links().open(folder.identity().incarnation(), cluster::cluster, tracing));
            cluster.measure(meters);
            var client = cluster.serve(spaces.client());
            var joined = new CompletableFuture<Void>();
            cluster.joined().thenAccept(done -> {
                Spaces.settle(system, cluster.registry());
                joined.complete(null);
            });
            cluster.refused().thenAccept(joined::completeExceptionally);
            var ready = joined.thenCompose(done -> readyInTheEnd(system, client));
            return node(system, spaces, client, Optional.of(cluster), ready);
        }

        /** The others may be away for as long as they like. */
        private CompletionStage<Void> readyInTheEnd(ActorSystem<?> system, SpaceClient client) {
            return Spaces.ready(client, settings.bootstrapSpaces()).exceptionallyCompose(failure -> {
                var isPassing = EngramException.reasonOf(failure) instanceof EngramException e
                        && e.retryAfter().isPresent();
                if (!isPassing
                        || system.getWhenTerminated().toCompletableFuture().isDone()) {
                    return CompletableFuture.failedFuture(failure);
                }
                return CompletableFuture.supplyAsync(() -> true, CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS))
                        .thenCompose(again -> readyInTheEnd(system, client));
            });
        }

        private ActorSystem<Void> system(JournalSetup journal, Config more) {
            return ActorSystem.create(
                    Behaviors.empty(),
                    "engram",
                    ActorSystemSetup.create(BootstrapSetup.create(config(settings, more)), journal));
        }

        private EngramNode node(
                ActorSystem<Void> system,
                Spaces spaces,
                SpaceClient client,
                Optional<ClusterNode> cluster,
                CompletionStage<Void> ready) {
            var disk = new DiskWatch(
                    () -> DiskWatch.Room.of(settings.log().folder()),
                    settings.warnFreeBytes(),
                    settings.log().minFreeBytes(),
                    meters);
            disk.start();
            var stalls = new StallWatch(system.executionContext()::execute, System::nanoTime, meters);
            stalls.start();
            return new EngramNode(
                    system, folder, log, disk, stalls, embedding, spaces, client, cluster, tracing, ready);
        }
    }

    /** A log that was put under another node's snapshots would answer with the wrong memories. */
    private static void requireOwn(LogStore log, DataFolder own, Path logFolder) {
        try {
            var owner = owner(log);
            owner.ifPresent(own::named);
            var name = own.identity().nodeId();
            if (!owner.orElse(name).equals(name)) {
                throw new DataFolderException("the log in %s belongs to another node, '%s', and this is '%s'"
                        .formatted(logFolder, owner.orElse(""), name));
            }
        } catch (LogException e) {
            LOG.warn("Whose the log in {} is cannot be read; its folder is this node's. {}", logFolder, e.getMessage());
        }
    }

    /** Nobody waits for it: a log that cannot take this says so elsewhere, and the next start tries again. */
    private static void noteOwner(LogStore log, NodeIdentity own) {
        if (!isNoted(log)) {
            var id = own.nodeId().getBytes(StandardCharsets.UTF_8);
            log.write(List.of(new LogChange.PutCell(OWNER_LOG, OWNER_CELL, id)));
        }
    }

    private static boolean isNoted(LogStore log) {
        try {
            return owner(log).isPresent();
        } catch (LogException e) {
            return false;
        }
    }

    private static Optional<String> owner(LogStore log) {
        return log.cell(OWNER_LOG, OWNER_CELL).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static Config config(NodeSettings settings, Config more) {
        String passivation = "pekko.cluster.sharding.passivation.engram.";
        Config own = ConfigFactory.empty()
                .withValue(
                        passivation + "idle-entity.timeout",
                        ConfigValueFactory.fromAnyRef(settings.spaces().idleTimeout()))
                .withValue(
                        passivation + "active-entity-limit",
                        ConfigValueFactory.fromAnyRef(settings.spaces().maxOpen()))
                .withValue(
                        "engram.snapshot-store.dir",
                        ConfigValueFactory.fromAnyRef(
                                settings.dataFolder().resolve("snapshots").toString()))
                .withValue("engram.snapshot-store.history", ConfigValueFactory.fromAnyRef(settings.history()));
        Config expert = settings.expertConfig()
                .map(file -> ConfigFactory.parseFile(file.toFile()))
                .orElseGet(ConfigFactory::empty);
        return expert.withFallback(more)
                .withFallback(own)
                .withFallback(ConfigFactory.parseResources("engram-node.conf"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
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
