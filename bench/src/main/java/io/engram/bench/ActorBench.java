package io.engram.bench;

import io.engram.embedding.EmbeddingService;
import io.engram.embedding.EmbeddingSettings;
import io.engram.log.LogStoreSettings;
import io.engram.memory.MemoryBody;
import io.engram.node.EngramNode;
import io.engram.node.NodeSettings;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.engram.space.SpaceSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Durable remembers a second through the actors of a node in this process, without HTTP and without embedding: 64
 * spaces, and one hot space, and one hot space whose actor persists one command at a time (the same actor with room for
 * one command in a batch). Each measurement has a node and a data folder of its own; the settings are the shipped ones.
 *
 * <p>Beside each figure: a plain file that one thread appends to and forces, with as many records a force as the node
 * had, each of as many bytes. A hot space grows while it is measured, and takes snapshots as it would in use.
 *
 * <p>Not measured: what a door costs (see {@link PostgresBench} and {@link DurableBench}). Callers and node share this
 * process, and processor time is that of both.
 */
final class ActorBench {
    private static final int SPACES = 64;
    private static final int SAMPLES = 200;
    private static final double GOAL_TIMES = 10;

    private record Shape(String name, int spaces, int inFlight, boolean oneAtATime) {}

    private static final Shape HOT = new Shape("one hot space, 256 in flight", 1, 256, false);
    private static final Shape HOTTER = new Shape("one hot space, 1,024 in flight", 1, 1024, false);
    private static final Shape SINGLE = new Shape("the same, one command at a time", 1, 256, true);
    private static final List<Shape> SHAPES = List.of(
            new Shape("64 spaces, 64 in flight", SPACES, 64, false),
            new Shape("64 spaces, 1,024 in flight", SPACES, 1024, false),
            HOT,
            HOTTER,
            SINGLE);

    private record Figure(double perSecond, double micros, double recordsAForce, int recordBytes, long memories) {}

    private record Reading(
            long remembered, double records, double forces, double bytes, double processor, long nanos) {}

    private final Trial trial;
    private final PrintStream out;
    private final double seconds;
    private final Texts texts = new Texts(17);

    ActorBench(Trial trial) {
        this.trial = trial;
        this.out = trial.out();
        this.seconds = trial.seconds(3);
    }

    void run() throws Exception {
        out.printf(
                "Durable remembers through the actors in this process, %.1f s each, %d rounds in turn%n",
                seconds, trial.rounds());
        // Compiles what all of them use.
        measure(HOT);
        var rates = new LinkedHashMap<Shape, List<Double>>();
        for (int i = 0; i < trial.rounds(); i++) {
            out.printf("%n  round %d%n", i + 1);
            for (var shape : i % 2 == 0 ? SHAPES : SHAPES.reversed()) {
                var figure = measure(shape);
                print(shape, figure);
                rates.merge(shape, List.of(figure.perSecond), ActorBench::both);
            }
        }
        out.println();
        for (var hot : List.of(HOT, HOTTER)) {
            out.printf(
                    "  %s, as many times one command at a time: %s%n",
                    hot.name, Figures.atLeast(GOAL_TIMES, times(rates, hot)));
        }
        out.println();
    }

    private static List<Double> both(List<Double> some, List<Double> more) {
        return java.util.stream.Stream.concat(some.stream(), more.stream()).toList();
    }

    private static List<Double> times(Map<Shape, List<Double>> rates, Shape hot) {
        var many = rates.getOrDefault(hot, List.of());
        var one = rates.getOrDefault(SINGLE, List.of());
        return IntStream.range(0, one.size())
                .mapToObj(i -> many.get(i) / one.get(i))
                .toList();
    }

    private Figure measure(Shape shape) throws Exception {
        var data = Files.createTempDirectory(trial.folder(), "actor-");
        var meters = new SimpleMeterRegistry();
        var node = EngramNode.start(
                settings(data, shape),
                new EmbeddingService(EmbeddingSettings.DEFAULT.withProvider(EmbeddingSettings.Provider.NONE), meters),
                meters,
                InstantSource.system());
        try {
            await(node.ready());
            return measure(node.spaces(), meters, shape);
        } finally {
            await(node.stop());
            Node.delete(data);
        }
    }

    private Figure measure(SpaceClient client, SimpleMeterRegistry meters, Shape shape) throws Exception {
        var spaces = IntStream.range(0, shape.spaces)
                .mapToObj(i -> new SpaceId("space-" + i))
                .toList();
        for (var space : spaces) {
            await(client.createSpace(space));
        }
        int threads = StoreLoad.FEEDERS;
        Reading before;
        Reading after;
        var pipeline = Pipeline.start(threads, shape.inFlight, (thread, number) -> {
            int note = (int) (number * threads + thread);
            return client.remember(spaces.get(note % shape.spaces), request(note));
        });
        try (pipeline) {
            pipeline.goOn(seconds / 3);
            before = reading(pipeline.completed(), meters);
            pipeline.goOn(seconds);
            after = reading(pipeline.completed(), meters);
        }
        long remembered = pipeline.completed();
        check(client, spaces, remembered);
        long counted = after.remembered - before.remembered;
        double records = after.records - before.records;
        return new Figure(
                counted * 1e9 / (after.nanos - before.nanos),
                (after.processor - before.processor) * 1e6 / counted,
                records / (after.forces - before.forces),
                (int) Math.round((after.bytes - before.bytes) / records),
                remembered);
    }

    private RememberRequest request(int note) {
        return RememberRequest.of(
                        MemoryBody.builder(texts.text(note)).confidence(0.9f).build())
                .withId("note-" + note);
    }

    /** Every thread began its notes in order, so that all but the last few are there for certain. */
    private void check(SpaceClient client, List<SpaceId> spaces, long remembered) throws Exception {
        var random = new SplittableRandom(5);
        long sum = 0;
        for (var space : spaces) {
            sum += await(client.statistics(space)).memories();
        }
        if (sum != remembered) {
            throw new IOException("%d remembers were acknowledged, and %d are there".formatted(remembered, sum));
        }
        for (int i = 0; i < Math.min(SAMPLES, remembered / 4); i++) {
            int note = random.nextInt((int) Math.max(1, remembered / 4));
            var memory = await(client.get(spaces.get(note % spaces.size()), "note-" + note));
            if (!memory.map(m -> m.content().equals(texts.text(note))).orElse(false)) {
                throw new IOException("note-" + note + " came back as: " + memory);
            }
        }
    }

    private static Reading reading(long remembered, SimpleMeterRegistry meters) {
        return new Reading(
                remembered,
                meters.get("engram.journal.batch.records").summary().totalAmount(),
                meters.get("engram.journal.forced.writes").counter().count(),
                meters.get("engram.journal.appended").counter().count(),
                ProcessorTime.own(),
                System.nanoTime());
    }

    private static NodeSettings settings(Path data, Shape shape) {
        return new NodeSettings(
                data,
                LogStoreSettings.of(data.resolve("log")),
                shape.oneAtATime ? oneAtATime() : SpaceSettings.DEFAULTS,
                List.of(),
                Optional.empty());
    }

    private static SpaceSettings oneAtATime() {
        var d = SpaceSettings.DEFAULTS;
        return new SpaceSettings(
                d.maxContentBytes(),
                d.maxDimension(),
                1,
                d.maxBatchBytes(),
                d.writesInFlightPerSpace(),
                d.writesInFlight(),
                d.readsWaiting(),
                d.readThreads(),
                d.writeTimeout(),
                d.openTimeout(),
                d.idempotencyWindow(),
                d.idempotencyKeysPerSpace(),
                d.snapshotEvery(),
                d.idleTimeout(),
                d.maxOpen(),
                d.embeddingsInFlightPerSpace());
    }

    private void print(Shape shape, Figure figure) throws IOException {
        int group = (int) Math.max(1, Math.round(figure.recordsAForce));
        var file = PlainFile.run(trial.folder(), Math.max(1, figure.recordBytes), group, seconds / 2);
        out.printf(
                "  %-32s %8.0f/s  %6.1f us of processor  %6.1f records of %d bytes a force, %d memories in the end%n"
                        + "    %-30s %8.0f/s in groups of %d, share %.2f   load %s%n",
                shape.name,
                figure.perSecond,
                figure.micros,
                figure.recordsAForce,
                figure.recordBytes,
                figure.memories,
                "plain file",
                file.recordsPerSecond(),
                group,
                figure.perSecond / file.recordsPerSecond(),
                Machine.load());
    }

    private static <T> T await(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
