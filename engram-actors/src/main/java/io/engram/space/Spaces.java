package io.engram.space;

import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthCheck;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
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

    private final SpaceClient client;
    private final ReadPool reads;
    private final SpaceQuarantine quarantine;

    private Spaces(SpaceClient client, ReadPool reads, SpaceQuarantine quarantine) {
        this.client = client;
        this.reads = reads;
        this.quarantine = quarantine;
    }

    /**
     * @param system a system that is, or is about to become, member of a cluster
     * @param logs what the log store says about the spaces' logs
     */
    public static Spaces start(
            ActorSystem<?> system,
            TextEmbedding embedding,
            SpaceSettings settings,
            MeterRegistry meters,
            InstantSource clock,
            SpaceLogs logs) {
        ClusterSharding sharding = ClusterSharding.get(system);
        var quarantine = SpaceQuarantine.of(logs);
        sharding.init(
                Entity.of(DIRECTORY, context -> DirectoryActor.create(context.getShard(), clock, logs, quarantine))
                        .withStopMessage(new DirectoryCommand.Stop()));
        var directory = sharding.entityRefFor(DIRECTORY, THE_DIRECTORY);
        var readers = new SpaceReaders();
        var environment =
                SpaceEnvironment.of(logs, quarantine, directory::tell, readers, embedding, settings, clock, meters);
        sharding.init(Entity.of(
                        SPACE,
                        context -> SpaceOpening.create(
                                new SpaceId(context.getEntityId()), context.getShard(), environment))
                .withStopMessage(new SpaceCommand.Stop()));
        var admission = new Admission(settings.writesInFlightPerSpace(), settings.writesInFlight());
        var reads = new ReadPool(settings.readThreads(), settings.readsWaiting());
        Gauge.builder("engram_writes_in_flight", admission, Admission::inFlight)
                .description("Writes that were admitted and are not answered yet")
                .register(meters);
        Gauge.builder("engram_spaces_quarantined", quarantine, SpaceQuarantine::size)
                .description("Spaces that answer nothing because their logs are damaged")
                .register(meters);
        Gauge.builder("engram_reads_waiting", reads, ReadPool::waiting)
                .description("Reads that wait for a thread")
                .register(meters);
        var client = new ShardedSpaceClient(
                system,
                space -> sharding.entityRefFor(SPACE, space.value()),
                directory,
                readers,
                quarantine,
                embedding,
                settings,
                admission,
                reads);
        return new Spaces(new MeteredSpaceClient(client, meters), reads, quarantine);
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
    public CompletionStage<Void> ready(List<SpaceId> bootstrap) {
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
