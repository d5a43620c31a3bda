package io.engram.bench;

import io.engram.log.LogStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Durable appends a second through the log's store: 64 logs, entries of 1 KiB, one entry an append, from as many callers
 * as logs that wait for each answer, and from clients that keep enough under way to fill the store's batches.
 *
 * <p>Beside each figure, in the same rounds and with as many records a force as the store had: LevelDB alone with forced
 * batches from one thread, and a plain file that one thread appends to and forces. Neither of the two has callers to
 * answer, queues, sums of its own or more than one log; LevelDB alone fills a batch only after the last one is forced.
 * Not measured: reading, the actors, and what compaction costs in the long run (see {@link GrowthBench}).
 *
 * <p>Processor time is that of this whole process for each record, whoever used it.
 */
final class LogBench {
    private static final int LOGS = 64;
    private static final int RECORD_BYTES = 1024;
    private static final int LARGEST_BATCH = 65_536;
    private static final double GOAL_SHARE = 0.5;

    private record Shape(String name, int threads, int inFlight) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape("64 callers that wait", LOGS, LOGS),
            new Shape("1,024 in flight", StoreLoad.FEEDERS, 1024),
            new Shape("8,192 in flight", StoreLoad.FEEDERS, 8192));

    /** Figures of one round. */
    private record Round(StoreLoad.Figure store, int batch, LevelAlone.Figure level, double file, double fileMicros) {
        double ofLevel() {
            return store.perSecond() / level.perSecond();
        }

        double ofFile() {
            return store.perSecond() / file;
        }

        double levelOfFile() {
            return level.perSecond() / file;
        }
    }

    private final Trial trial;
    private final PrintStream out;
    private final double seconds;

    LogBench(Trial trial) {
        this.trial = trial;
        this.out = trial.out();
        this.seconds = trial.seconds(3);
    }

    void run() throws IOException, InterruptedException {
        out.printf(
                "Durable appends, %d logs, entries of %d bytes, %.1f s each, %d rounds in turn%n",
                LOGS, RECORD_BYTES, seconds, trial.rounds());
        for (var shape : SHAPES) {
            out.printf("%n%s%n", shape.name);
            // Finds out how large the batches are, and compiles.
            int batch = batch(store(shape));
            var rounds = new ArrayList<Round>();
            for (int i = 0; i < trial.rounds(); i++) {
                var round = round(shape, i % 2 == 0, batch);
                print(i + 1, round);
                rounds.add(round);
                batch = batch(round.store);
            }
            out.printf(
                    "  share of LevelDB alone: %s%n",
                    Figures.atLeast(
                            GOAL_SHARE, rounds.stream().map(Round::ofLevel).toList()));
            out.printf(
                    "  share of the plain file: median %.2f; LevelDB alone has %.2f of it%n",
                    Figures.median(rounds.stream().map(Round::ofFile).toList()),
                    Figures.median(rounds.stream().map(Round::levelOfFile).toList()));
        }
        out.println();
    }

    /** On a machine that stands still nothing may have been forced at all, and then the figure is without end. */
    private static int batch(StoreLoad.Figure figure) {
        return Math.clamp(Math.round(figure.entriesAForce()), 1, LARGEST_BATCH);
    }

    /** The store goes first in one round and last in the next; then the batches are as large as they were before. */
    private Round round(Shape shape, boolean storeFirst, int batchBefore) throws IOException, InterruptedException {
        var first = storeFirst ? Optional.of(store(shape)) : Optional.<StoreLoad.Figure>empty();
        int batch = first.map(LogBench::batch).orElse(batchBefore);
        var level = LevelAlone.append(fresh("level-"), LOGS, RECORD_BYTES, batch, seconds / 3, seconds);
        double processor = ProcessorTime.own();
        var file = PlainFile.run(trial.folder(), RECORD_BYTES, batch, seconds);
        double fileSeconds = ProcessorTime.own() - processor;
        return new Round(
                first.isPresent() ? first.get() : store(shape),
                batch,
                level,
                file.recordsPerSecond(),
                fileSeconds * 1e6 / (file.recordsPerSecond() * seconds));
    }

    private StoreLoad.Figure store(Shape shape) throws IOException, InterruptedException {
        var folder = fresh("log-");
        var meters = new SimpleMeterRegistry();
        try (var store = LogStore.open(StoreLoad.settings(folder), meters)) {
            return new StoreLoad(store, meters)
                    .run(LOGS, shape.threads, shape.inFlight, StoreLoad.content(RECORD_BYTES), seconds / 3, seconds);
        } finally {
            Node.delete(folder);
        }
    }

    private Path fresh(String prefix) throws IOException {
        return Files.createTempDirectory(trial.folder(), prefix);
    }

    private void print(int number, Round round) {
        out.printf(
                "  %d  store         %9.0f/s  %6.1f us of processor  %7.1f entries a force  load %s%n"
                        + "     LevelDB alone %9.0f/s  %6.1f us               %7d                  share %.2f%n"
                        + "     plain file    %9.0f/s  %6.1f us               %7d                  share %.2f%n",
                number,
                round.store.perSecond(),
                round.store.micros(),
                round.store.entriesAForce(),
                Machine.load(),
                round.level.perSecond(),
                round.level.micros(),
                round.batch,
                round.ofLevel(),
                round.file,
                round.fileMicros,
                round.batch,
                round.ofFile());
    }
}
