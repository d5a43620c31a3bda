package io.engram.space;

import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthCheck;
import io.engram.memory.EngineView;
import io.engram.snapshot.WarmState;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.MailboxSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.ShardCoordinator.ShardAllocationStrategy;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The spaces of a node: starts their sharding and hands out the client. */
public final class Spaces implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Spaces.class);
    private static final EntityTypeKey<SpaceCommand> SPACE = EntityTypeKey.create(SpaceCommand.class, "space");
    private static final EntityTypeKey<DirectoryCommand> DIRECTORY =
            EntityTypeKey.create(DirectoryCommand.class, "directory");
    private static final String THE_DIRECTORY = "0";
    /** Of the names of actors, which begin with the node; no space has it in its name. */
    private static final char HOME_ENDS = '/';

    private final SpaceClient client;
    private final ReadPool reads;
    private final SpaceQuarantine quarantine;

    private Spaces(SpaceClient client, ReadPool reads, SpaceQuarantine quarantine) {
        this.client = client;
        this.reads = reads;
        this.quarantine = quarantine;
    }

    /**
     * The spaces of a node that shares them with nobody.
     *
     * @param system a system that is, or is about to become, member of a cluster
     * @param logs what the log store says about the spaces' logs
     * @param tracing where what requests do is recorded
     */
    public static Spaces start(
            ActorSystem<?> system,
            TextEmbedding embedding,
            SpaceSettings settings,
            MeterRegistry meters,
            InstantSource clock,
            SpaceLogs logs,
            Tracing tracing) {
        ClusterSharding sharding = ClusterSharding.get(system);
        var quarantine = SpaceQuarantine.of(logs);
        sharding.init(Entity.of(
                        DIRECTORY,
                        context -> FailureWatch.around(
                                DirectoryCommand.class,
                                DirectoryActor.create(context.getShard(), clock, logs, quarantine)))
                .withStopMessage(new DirectoryCommand.Stop()));
        var directory = sharding.entityRefFor(DIRECTORY, THE_DIRECTORY);
        var readers = new SpaceReaders();
        var figures = new SpaceFigures(meters, tracing);
        var environment = SpaceEnvironment.of(
                logs, quarantine, directory::tell, Reigns.FOR_EVER, readers, embedding, settings, clock, figures);
        sharding.init(entity(environment));
        return start(
                system,
                space -> sharding.entityRefFor(SPACE, space.value()),
                new ActorDirectory(directory),
                environment,
                meters,
                false);
    }

    /**
     * The spaces of a node that is one of several.
     *
     * @param registry which spaces there are, and which of them this node may open
     * @param allocation on which node a shard's spaces run
     * @param tracing where what requests do is recorded
     */
    public static Spaces start(
            ActorSystem<?> system,
            TextEmbedding embedding,
            SpaceSettings settings,
            MeterRegistry meters,
            InstantSource clock,
            SpaceLogs logs,
            SpaceRegistry registry,
            ShardAllocationStrategy allocation,
            Tracing tracing) {
        ClusterSharding sharding = ClusterSharding.get(system);
        var quarantine = SpaceQuarantine.of(logs);
        var readers = new SpaceReaders();
        var environment = SpaceEnvironment.of(
                logs,
                quarantine,
                new RegistryDirectory(registry),
                Reigns.of(registry),
                readers,
                embedding,
                settings,
                clock,
                new SpaceFigures(meters, tracing));
        sharding.init(entity(environment).withMessageExtractor(new ByHome()).withAllocationStrategy(allocation));
        return start(
                system,
                space -> sharding.entityRefFor(SPACE, entity(registry.home(space), space)),
                new ByRegistry(registry),
                environment,
                meters,
                true);
    }

    /** How spaces are kept ready that other nodes lead. */
    public static WarmState.Kind warm(SpaceSettings settings) {
        return WarmSpace.kind(settings);
    }

    private static Entity<SpaceCommand, ShardingEnvelope<SpaceCommand>> entity(SpaceEnvironment environment) {
        return Entity.of(SPACE, context -> {
                    var id = context.getEntityId();
                    var space = id.substring(id.indexOf(HOME_ENDS) + 1);
                    return space.isEmpty()
                            ? Behaviors.receiveMessage(nothing -> Behaviors.stopped())
                            : FailureWatch.around(
                                    SpaceCommand.class,
                                    SpaceOpening.create(new SpaceId(space), context.getShard(), environment));
                })
                .withStopMessage(new SpaceCommand.Stop())
                .withEntityProps(MailboxSelector.fromConfig(SpaceMailbox.CONFIG));
    }

    /** The actor of a space on the node that leads it. */
    private static String entity(String home, SpaceId space) {
        return home + HOME_ENDS + space.value();
    }

    /** The node is a part of the actor's name, so that all nodes agree for ever where that actor is, whoever leads the space. */
    private static final class ByHome extends ShardingMessageExtractor<ShardingEnvelope<SpaceCommand>, SpaceCommand> {

        @Override
        public String entityId(ShardingEnvelope<SpaceCommand> message) {
            return message.entityId();
        }

        @Override
        public String shardId(String entityId) {
            return entityId.substring(0, Math.max(0, entityId.indexOf(HOME_ENDS)));
        }

        @Override
        public SpaceCommand unwrapMessage(ShardingEnvelope<SpaceCommand> message) {
            return message.message();
        }
    }

    /** The directory of a single node. */
    private record ActorDirectory(EntityRef<DirectoryCommand> actor) implements ShardedSpaceClient.Directory {
        @Override
        public CompletionStage<DirectoryReply> lookUp(SpaceId space, Duration timeout) {
            return actor.ask(replyTo -> new DirectoryCommand.Lookup(space, replyTo), timeout);
        }

        @Override
        public CompletionStage<DirectoryReply> list(Duration timeout) {
            return actor.ask(DirectoryCommand.ListAll::new, timeout);
        }

        @Override
        public CompletionStage<Long> confirm(SpaceId space, boolean strict) {
            return CompletableFuture.completedFuture(0L);
        }

        @Override
        public CompletionStage<Void> everywhere(SpaceId space) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public boolean isCopy(SpaceId space) {
            return false;
        }

        @Override
        public CompletionStage<ShardedSpaceClient.Nearest> nearest(SpaceId space) {
            throw new IllegalStateException("a node on its own has no copies");
        }
    }

    private record ByRegistry(SpaceRegistry registry) implements ShardedSpaceClient.Directory {
        @Override
        public CompletionStage<DirectoryReply> lookUp(SpaceId space, Duration timeout) {
            return registry.find(space)
                    .thenApply(found -> found.<DirectoryReply>map(
                                    each -> new DirectoryReply.Exists(RegistryDirectory.record(each)))
                            .orElseGet(DirectoryReply.Absent::new));
        }

        @Override
        public CompletionStage<DirectoryReply> list(Duration timeout) {
            return registry.led()
                    .thenApply(all -> new DirectoryReply.Listing(
                            all.stream().map(RegistryDirectory::record).toList()));
        }

        @Override
        public CompletionStage<Long> confirm(SpaceId space, boolean strict) {
            return registry.confirm(space, strict);
        }

        @Override
        public CompletionStage<Void> everywhere(SpaceId space) {
            return registry.everywhere(space);
        }

        @Override
        public boolean isCopy(SpaceId space) {
            return registry.reign(space) == 0;
        }

        @Override
        public CompletionStage<ShardedSpaceClient.Nearest> nearest(SpaceId space) {
            return registry.copy(space)
                    .thenApply(copy ->
                            new ShardedSpaceClient.Nearest(copy.state().map(EngineView.class::cast), copy.lag()));
        }
    }

    private static Spaces start(
            ActorSystem<?> system,
            Function<SpaceId, EntityRef<SpaceCommand>> actors,
            ShardedSpaceClient.Directory directory,
            SpaceEnvironment environment,
            MeterRegistry meters,
            boolean isTriedElsewhere) {
        var settings = environment.settings();
        var quarantine = environment.quarantine();
        var admission = new Admission(settings.writesInFlightPerSpace(), settings.writesInFlight());
        var reads = new ReadPool(settings.readThreads(), settings.readsWaiting(), environment.figures());
        Gauge.builder("engram_writes_in_flight", admission, Admission::inFlight)
                .description("Writes that were admitted and are not answered yet")
                .register(meters);
        Gauge.builder("engram_spaces_quarantined", quarantine, SpaceQuarantine::size)
                .description("Spaces that answer nothing because their logs are damaged")
                .register(meters);
        Gauge.builder("engram_reads_waiting", reads, ReadPool::waiting)
                .description("Reads that wait for a thread")
                .register(meters);
        SpaceMailbox.Counts.of(system).register(meters);
        var client = new ShardedSpaceClient(
                system,
                actors,
                directory,
                environment.readers(),
                quarantine,
                environment.embedding(),
                settings,
                admission,
                reads,
                isTriedElsewhere,
                RequestTerms.ORDINARY,
                _ -> {});
        return new Spaces(
                new MeteredSpaceClient(
                        client,
                        meters,
                        new SpaceSeries(environment.readers(), meters),
                        admission::pressure,
                        environment.figures().tracing()),
                reads,
                quarantine);
    }

    /**
     * Has it known to all where this node's spaces run; once it is a member of the cluster, and before whoever coordinates that
     * may be dead.
     */
    public static void settle(ActorSystem<?> system, SpaceRegistry registry) {
        ClusterSharding.get(system)
                .entityRefFor(SPACE, registry.self() + HOME_ENDS)
                .tell(new SpaceCommand.KeepAwake());
    }

    public SpaceClient client() {
        return client;
    }

    /** What is known of damage to the spaces of this node. */
    public HealthCheck health() {
        return quarantine.health();
    }

    /**
     * Completes when the spaces can be used; creates those named here if they are not there. A full disk or a damaged
     * directory is no reason not to start: what can be answered is answered, and the rest with the reason.
     */
    public static CompletionStage<Void> ready(SpaceClient client, List<SpaceId> bootstrap) {
        return client.spaces()
                .thenCompose(there -> CompletableFuture.allOf(bootstrap.stream()
                        .filter(id -> there.stream().noneMatch(s -> s.id().equals(id)))
                        .map(id -> client.createSpace(id).toCompletableFuture())
                        .toArray(CompletableFuture[]::new)))
                .exceptionallyCompose(failure -> {
                    if (EngramException.reasonOf(failure) instanceof EngramException e
                            && (e.kind() == EngramException.Kind.STORAGE_FULL
                                    || e.kind() == EngramException.Kind.QUARANTINED)) {
                        LOG.warn("this node starts with something missing: {}", e.getMessage());
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    return CompletableFuture.failedFuture(failure);
                });
    }

    /** Takes no more reads. */
    @Override
    public void close() {
        reads.close();
    }
}
