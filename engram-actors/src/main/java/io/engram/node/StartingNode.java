package io.engram.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.engram.cluster.ClusterConfig;
import io.engram.cluster.ClusterNode;
import io.engram.cluster.ClusterSettings;
import io.engram.embedding.TextEmbedding;
import io.engram.health.Recovery;
import io.engram.health.Recovery.Step;
import io.engram.journal.EventLogs;
import io.engram.journal.JournalRuntime;
import io.engram.journal.JournalSetup;
import io.engram.journal.TracedLogs;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.peer.PeerLinks;
import io.engram.space.EngramException;
import io.engram.space.SpaceClient;
import io.engram.space.Spaces;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
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
 * A node that holds its data folder and has an actor system, and has not opened its log yet, which may take long. Doors can stand in that
 * system already, and say how far the node is. It becomes a node by {@link #open} or {@link #openAmongOthers}, once, or is given up.
 */
public final class StartingNode {
    private static final Logger LOG = LoggerFactory.getLogger(StartingNode.class);
    private static final int GIVE_UP_SECONDS = 10;

    /** Opens a log; tests have one of their own. */
    @FunctionalInterface
    interface Opening {
        LogStore open(LogStoreSettings settings, MeterRegistry meters, Recovery recovery);
    }

    private final NodeSettings settings;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private final Opening opening;
    private final DataFolder folder;
    private final Tracing tracing;
    private final JournalSetup journal;
    private final ActorSystem<Void> system;
    private final Recovery recovery = new Recovery();

    private StartingNode(
            NodeSettings settings,
            MeterRegistry meters,
            InstantSource clock,
            Opening opening,
            DataFolder folder,
            Tracing tracing) {
        this.settings = settings;
        this.meters = meters;
        this.clock = clock;
        this.opening = opening;
        this.folder = folder;
        this.tracing = tracing;
        journal = JournalSetup.later(meters);
        system = ActorSystem.create(
                Behaviors.empty(),
                "engram",
                ActorSystemSetup.create(
                        BootstrapSetup.create(config(
                                settings,
                                settings.cluster().map(ClusterConfig::of).orElseGet(ConfigFactory::empty))),
                        journal));
        DispatcherFailures.watch(system);
        measure();
    }

    /**
     * Takes the data folder and starts the actor system.
     *
     * @throws io.engram.log.LogException if somebody holds the folder, with the reason in words
     * @throws DataFolderException if the folder belongs to another node, or does not say to which
     */
    public static StartingNode begin(NodeSettings settings, MeterRegistry meters, InstantSource clock) {
        return begin(settings, meters, Tracing.Factory.NONE, clock);
    }

    /**
     * The same for a node whose requests are traced.
     *
     * @param tracing makes what is closed when the node has stopped
     */
    public static StartingNode begin(
            NodeSettings settings, MeterRegistry meters, Tracing.Factory tracing, InstantSource clock) {
        return begin(settings, meters, tracing, clock, LogStore::open);
    }

    static StartingNode begin(
            NodeSettings settings,
            MeterRegistry meters,
            Tracing.Factory tracing,
            InstantSource clock,
            Opening opening) {
        var folder = DataFolder.open(settings.dataFolder(), settings.nodeId(), clock.instant());
        var traces = Tracing.OFF;
        try {
            traces = tracing.open(folder.identity().nodeId(), meters);
            return new StartingNode(settings, meters, clock, opening, folder, traces);
        } catch (RuntimeException e) {
            traces.close();
            folder.close();
            throw e;
        }
    }

    private void measure() {
        Gauge.builder(
                        "engram_recovery_progress_ratio",
                        recovery,
                        each -> each.isOver() ? 1 : each.state().share().orElse(Double.NaN))
                .description(
                        "Part of the log that a starting node has read, 1 once it is ready; NaN in steps that do not"
                                + " tell")
                .strongReference(true)
                .register(meters);
        Gauge.builder(
                        "engram_recovery_elapsed_seconds",
                        recovery,
                        each -> each.state().took().toNanos() / 1e9)
                .description("How long the node's start has taken by now, or took until it was ready")
                .strongReference(true)
                .register(meters);
    }

    public ActorSystem<Void> system() {
        return system;
    }

    /** Where the node will record what requests do. */
    public Tracing tracing() {
        return tracing;
    }

    /** How far the start is. */
    public Recovery recovery() {
        return recovery;
    }

    /**
     * Opens the log and starts the spaces of a node on its own. If it fails, what was begun is still to be {@link #giveUp given up}.
     *
     * @param embedding the node's model, which the node closes when it stops
     * @throws io.engram.log.LogException if the log cannot be opened, with the reason in words
     * @throws DataFolderException if the log belongs to another node
     */
    public EngramNode open(TextEmbedding embedding) {
        return open(log -> alone(embedding, log));
    }

    /**
     * The same for a node that may be one of several.
     *
     * @param version of Engram, for people
     * @param links makes the way to the others
     */
    public EngramNode openAmongOthers(TextEmbedding embedding, String version, PeerLinks.Factory links) {
        return settings.cluster().isEmpty()
                ? open(embedding)
                : open(log -> amongOthers(embedding, log, settings.cluster().get(), version, links));
    }

    private EngramNode open(Function<LogStore, EngramNode> start) {
        var log = opening.open(settings.log(), meters, recovery);
        try {
            LogOwner.require(log, folder, settings);
            var node = start.apply(log);
            LogOwner.note(log, folder.identity());
            return node;
        } catch (RuntimeException e) {
            // What was started on the log must not meet it closed.
            terminate();
            log.close();
            throw e;
        }
    }

    /** Ends what was begun, where no node came of it. Whoever opened doors in the system closes them first. */
    public void giveUp() {
        terminate();
        folder.close();
        tracing.close();
    }

    private void terminate() {
        system.terminate();
        try {
            system.getWhenTerminated().toCompletableFuture().get(GIVE_UP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the actor system did not end: {}", e.toString());
        }
    }

    private EngramNode alone(TextEmbedding embedding, LogStore log) {
        recovery.begin(Step.SPACES);
        journal.use(log, TracedLogs.around(EventLogs.of(log), tracing));
        var logs = new LogsOfSpaces(log, JournalRuntime.get(system)::drop);
        Spaces spaces = Spaces.start(system, embedding, settings.spaces(), meters, clock, logs, tracing);
        Cluster cluster = Cluster.get(system);
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
        var ready = Spaces.ready(spaces.client(), settings.bootstrapSpaces()).thenApply(done -> {
            recovery.finish();
            return done;
        });
        return node(embedding, log, spaces, spaces.client(), Optional.empty(), ready);
    }

    private EngramNode amongOthers(
            TextEmbedding embedding, LogStore log, ClusterSettings clustered, String version, PeerLinks.Factory links) {
        var failed = new CompletableFuture<Throwable>();
        var cluster = ClusterNode.prepare(
                folder.identity().incarnation(),
                clustered,
                log,
                settings.spaces().writeTimeout(),
                clock,
                task -> Thread.ofVirtual().name("engram-cluster-disk").start(task),
                failed::complete);
        journal.use(log, TracedLogs.around(cluster.logs(), tracing));
        failed.thenAcceptAsync(why -> {
            LOG.error("this node cannot go on as a part of its cluster: {}", why.toString());
            CoordinatedShutdown.get(system).run(JournalRuntime.LogFailed.REASON);
        });
        JournalRuntime runtime = JournalRuntime.get(system);
        var logs = new LogsOfSpaces(log, runtime::drop);
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
        var warm = runtime.keepWarm(
                Spaces.warm(settings.spaces()),
                clustered.replication().warmCopiesBytes(),
                settings.spaces().idleTimeout(),
                meters);
        cluster.keepWarm(warm);
        system.getWhenTerminated().thenRun(warm::close);
        cluster.start(
                system,
                folder.identity().nodeId(),
                version,
                links.open(folder.identity().incarnation(), cluster::cluster, tracing));
        cluster.measure(meters);
        var met = cluster.introductions();
        LongSupplier inSight = () -> 1 + met.met().size();
        recovery.begin(Step.JOIN, inSight, () -> Math.max(clustered.bootstrapExpect(), inSight.getAsLong()));
        var client = cluster.serve(spaces.client());
        var joined = new CompletableFuture<Void>();
        cluster.joined().thenAccept(done -> {
            Spaces.settle(system, cluster.registry());
            recovery.finish();
            joined.complete(null);
        });
        cluster.refused().thenAccept(joined::completeExceptionally);
        var ready = joined.thenCompose(done -> readyInTheEnd(client));
        return node(embedding, log, spaces, client, Optional.of(cluster), ready);
    }

    /** The others may be away for as long as they like. */
    private CompletionStage<Void> readyInTheEnd(SpaceClient client) {
        return Spaces.ready(client, settings.bootstrapSpaces()).exceptionallyCompose(failure -> {
            var isPassing = EngramException.reasonOf(failure) instanceof EngramException e
                    && e.retryAfter().isPresent();
            if (!isPassing || system.getWhenTerminated().toCompletableFuture().isDone()) {
                return CompletableFuture.failedFuture(failure);
            }
            return CompletableFuture.supplyAsync(() -> true, CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS))
                    .thenCompose(again -> readyInTheEnd(client));
        });
    }

    private EngramNode node(
            TextEmbedding embedding,
            LogStore log,
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
                system, folder, log, disk, stalls, embedding, spaces, client, cluster, recovery, tracing, ready);
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
}
