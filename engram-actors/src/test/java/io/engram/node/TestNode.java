package io.engram.node;

import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthCheck;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceSettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** A node in the test's own process, with a real log in a folder of the test's. */
final class TestNode {
    private final Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final @Nullable EngramNode node;

    private TestNode(Path folder, @Nullable EngramNode node) {
        this.folder = folder;
        this.node = node;
    }

    private TestNode(Path folder, TextEmbedding embedding, SpaceSettings spaces, Optional<Path> pekko) {
        this(folder, embedding, spaces, pekko, InstantSource.system(), UnaryOperator.identity());
    }

    private TestNode(
            Path folder,
            TextEmbedding embedding,
            SpaceSettings spaces,
            Optional<Path> pekko,
            InstantSource clock,
            UnaryOperator<LogStore> around) {
        this.folder = folder;
        var settings = new NodeSettings(
                folder, LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0), spaces, List.of(), pekko);
        EngramNode started = EngramNode.start(
                settings, embedding, meters, clock, (log, registry) -> around.apply(LogStore.open(log, registry)));
        started.ready().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
        this.node = started;
    }

    static TestNode none() {
        return new TestNode(Path.of("."), (EngramNode) null);
    }

    static TestNode start(Path folder, TextEmbedding embedding) {
        return start(folder, embedding, SpaceSettings.DEFAULTS);
    }

    static TestNode start(Path folder, TextEmbedding embedding, SpaceSettings settings) {
        return new TestNode(folder, embedding, settings, Optional.empty());
    }

    /** With settings of Pekko's own laid over the node's. */
    static TestNode start(Path folder, TextEmbedding embedding, Path pekko) {
        return new TestNode(folder, embedding, SpaceSettings.DEFAULTS, Optional.of(pekko));
    }

    /** With something put around its log, and a clock of the test's. */
    static TestNode start(Path folder, UnaryOperator<LogStore> around, InstantSource clock) {
        return new TestNode(
                folder,
                new WordEmbedding(TextEmbedding.State.OFF),
                SpaceSettings.DEFAULTS,
                Optional.empty(),
                clock,
                around);
    }

    /** What the check of this name says. */
    HealthCheck.Result health(String check) {
        return running().healthChecks().stream()
                .filter(each -> each.name().equals(check))
                .findFirst()
                .orElseThrow()
                .check();
    }

    EngramNode node() {
        return running();
    }

    ActorSystem<?> system() {
        return running().system();
    }

    static SpaceSettings settings(Duration idle, int snapshotEvery, int writesPerSpace) {
        SpaceSettings d = SpaceSettings.DEFAULTS;
        return new SpaceSettings(
                d.maxContentBytes(),
                d.maxDimension(),
                d.maxBatchCommands(),
                d.maxBatchBytes(),
                writesPerSpace,
                d.writesInFlight(),
                d.readsWaiting(),
                d.readThreads(),
                d.writeTimeout(),
                d.openTimeout(),
                d.idempotencyWindow(),
                d.idempotencyKeysPerSpace(),
                snapshotEvery,
                idle,
                d.maxOpen(),
                d.embeddingsInFlightPerSpace());
    }

    private EngramNode running() {
        if (node == null) {
            throw new IllegalStateException("the node was not started");
        }
        return node;
    }

    SpaceClient spaces() {
        return running().spaces();
    }

    double forcedWrites() {
        return meters.get("engram.journal.forced.writes").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    double gauge(String name) {
        return meters.get(name).gauges().stream().mapToDouble(Gauge::value).sum();
    }

    long bytesOnDisk() {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).mapToLong(TestNode::size).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException gone) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void stop() {
        if (node != null) {
            node.stop().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
        }
    }
}
