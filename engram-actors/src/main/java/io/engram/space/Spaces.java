package io.engram.space;

import io.engram.embedding.TextEmbedding;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;

/** The spaces of a node: starts their sharding and hands out the client. */
public final class Spaces implements AutoCloseable {
    private static final EntityTypeKey<SpaceCommand> SPACE = EntityTypeKey.create(SpaceCommand.class, "space");
    private static final EntityTypeKey<DirectoryCommand> DIRECTORY =
            EntityTypeKey.create(DirectoryCommand.class, "directory");
    private static final String THE_DIRECTORY = "0";

    private final SpaceClient client;
    private final ReadPool reads;

    private Spaces(SpaceClient client, ReadPool reads) {
        this.client = client;
        this.reads = reads;
    }

    /**
     * @param system a system that is, or is about to become, member of a cluster
     * @param dropLog removes a log and its snapshots from disk, given its persistence id
     */
    public static Spaces start(
            ActorSystem<?> system,
            TextEmbedding embedding,
            SpaceSettings settings,
            MeterRegistry meters,
            InstantSource clock,
            Function<String, CompletionStage<Void>> dropLog) {
        ClusterSharding sharding = ClusterSharding.get(system);
        sharding.init(Entity.of(DIRECTORY, context -> DirectoryActor.create(clock, dropLog))
                .withStopMessage(new DirectoryCommand.Stop()));
        var directory = sharding.entityRefFor(DIRECTORY, THE_DIRECTORY);
        var readers = new SpaceReaders();
        var environment = SpaceEnvironment.of(directory::tell, readers, embedding, settings, clock, meters);
        sharding.init(Entity.of(
                        SPACE,
                        context -> SpaceOpening.create(
                                new SpaceId(context.getEntityId()), context.getShard(), environment))
                .withStopMessage(new SpaceCommand.Stop()));
        var admission = new Admission(settings.writesInFlightPerSpace(), settings.writesInFlight());
        var reads = new ReadPool(settings.readThreads(), settings.readsWaiting());
        meters.gauge("engram_writes_in_flight", admission, Admission::inFlight);
        meters.gauge("engram_reads_waiting", reads, ReadPool::waiting);
        var client = new ShardedSpaceClient(
                system,
                space -> sharding.entityRefFor(SPACE, space.value()),
                directory,
                readers,
                embedding,
                settings,
                admission,
                reads);
        return new Spaces(new MeteredSpaceClient(client, meters), reads);
    }

    public SpaceClient client() {
        return client;
    }

    /** Completes when the spaces can be used; creates those named here if they are not there. */
    public CompletionStage<Void> ready(List<SpaceId> bootstrap) {
        return client.spaces()
                .thenCompose(there -> CompletableFuture.allOf(bootstrap.stream()
                        .filter(id -> there.stream().noneMatch(s -> s.id().equals(id)))
                        .map(id -> client.createSpace(id).toCompletableFuture())
                        .toArray(CompletableFuture[]::new)));
    }

    /** Takes no more reads. */
    @Override
    public void close() {
        reads.close();
    }
}
