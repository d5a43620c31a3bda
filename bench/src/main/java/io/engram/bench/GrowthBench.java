package io.engram.bench;

import io.engram.log.LogStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * What an append and a read cost while one log grows from a hundredth of its entries to all of them, by default from
 * 10,000 to a million of 1 KiB. Everything is appended in the same way, one entry an append with many under way, and all
 * of it is timed, so that LevelDB's flushes and compactions are in the figures of the stretch in which they fell. At the
 * end of each stretch a range is read from a random place, and single entries are.
 *
 * <p>Beside each stretch: a plain file that one thread appends to and forces with as many records a force, since the
 * disk's mood changes meanwhile. Compared are the first decade and the last one; the goal is at most 1.5 times.
 *
 * <p>Not measured: many logs that grow side by side, and a log that does not fit into memory.
 */
final class GrowthBench {
    private static final String LOG = StoreLoad.log(0);
    private static final int ENTRIES = 1_000_000;
    private static final int RECORD_BYTES = 1024;
    private static final int IN_FLIGHT = 1024;
    private static final int SINGLE_READS = 2_000;
    private static final int RANGES = 5;
    private static final double GOAL_TIMES = 1.5;
    /** Ends of the stretches as shares of the whole. */
    private static final double[] STRETCHES = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};

    private static final double FIRST_DECADE_ENDS = 0.1;

    /**
     * One stretch.
     *
     * @param end the share of all entries that are there at its end
     * @param fileMicros of the plain file for each record
     * @param rangeMicros of a read in order, for each entry
     * @param singleMicros of a read of one entry
     */
    private record Stretch(
            double end, StoreLoad.Figure append, double fileMicros, double rangeMicros, double singleMicros) {
        double appendMicros() {
            return append.seconds() * 1e6 / append.entries();
        }

        double timesFile() {
            return appendMicros() / fileMicros;
        }
    }

    private final Trial trial;
    private final PrintStream out;
    private final int entries;
    private final double fileSeconds;
    private final byte[] content = StoreLoad.content(RECORD_BYTES);

    GrowthBench(Trial trial) {
        this.trial = trial;
        this.out = trial.out();
        this.entries = trial.number("entries", ENTRIES);
        this.fileSeconds = trial.seconds(1);
        if (entries < 1000) {
            throw new IllegalArgumentException("--entries must be at least 1000 for this");
        }
    }

    void run() throws IOException, InterruptedException {
        out.printf("One log that grows to %,d entries of %d bytes, %d in flight%n", entries, RECORD_BYTES, IN_FLIGHT);
        // Compiles.
        grow(Math.min(entries, 20_000), false);
        var stretches = grow(entries, true);
        compare("append, time", stretches, Stretch::appendMicros, true);
        compare("append, processor", stretches, s -> s.append.micros(), true);
        compare("append, in times of the plain file", stretches, Stretch::timesFile, true);
        compare("read of a range", stretches, Stretch::rangeMicros, false);
        compare("read of one entry", stretches, Stretch::singleMicros, false);
        out.println();
    }

    private List<Stretch> grow(int size, boolean print) throws IOException, InterruptedException {
        var folder = Files.createTempDirectory(trial.folder(), "growth-");
        var meters = new SimpleMeterRegistry();
        var stretches = new ArrayList<Stretch>();
        try (var store = LogStore.open(StoreLoad.settings(folder), meters)) {
            var load = new StoreLoad(store, meters);
            long last = 0;
            for (double end : STRETCHES) {
                long next = Math.round(size * end);
                var append = load.append(LOG, last, next - last, (int) Math.min(IN_FLIGHT, next - last), content);
                last = next;
                int batch = (int) Math.max(1, Math.round(append.entriesAForce()));
                var file = PlainFile.run(trial.folder(), RECORD_BYTES, batch, fileSeconds);
                var stretch = new Stretch(
                        end, append, 1e6 / file.recordsPerSecond(), ranges(store, last), singles(store, last));
                stretches.add(stretch);
                if (print) {
                    print(stretch, last, DiskFiles.bytes(folder));
                }
            }
        } finally {
            Node.delete(folder);
        }
        return stretches;
    }

    private void print(Stretch stretch, long last, long bytesOnDisk) {
        var append = stretch.append;
        out.printf(
                "  to %,9d  append %8.0f/s, %5.1f us of processor, %6.1f a force, %5.2f times the plain file;"
                        + " read of a range %5.2f us, of one %6.1f us; %5.0f MB on disk   load %s%n",
                last,
                append.perSecond(),
                append.micros(),
                append.entriesAForce(),
                stretch.timesFile(),
                stretch.rangeMicros,
                stretch.singleMicros,
                bytesOnDisk / 1e6,
                Machine.load());
    }

    /** The median of a few, for each entry, of ranges as long as the log is in the beginning. */
    private double ranges(LogStore store, long last) throws IOException {
        var random = new SplittableRandom(last);
        long length = Math.max(1, Math.min(last, Math.round(entries * STRETCHES[0])));
        var micros = new ArrayList<Double>();
        for (int i = 0; i < RANGES; i++) {
            long from = 1 + random.nextLong(last - length + 1);
            long begun = System.nanoTime();
            long next = store.read(LOG, from, from + length - 1, length, _ -> true);
            micros.add((System.nanoTime() - begun) / 1e3 / length);
            if (next != from + length) {
                throw new IOException("a range from %d ended before %d".formatted(from, next));
            }
        }
        return Figures.median(micros);
    }

    private static double singles(LogStore store, long last) throws IOException {
        var random = new Random(last);
        long begun = System.nanoTime();
        for (int i = 0; i < SINGLE_READS; i++) {
            long index = 1 + random.nextLong(last);
            if (store.entry(LOG, index).isEmpty()) {
                throw new IOException("entry " + index + " is not there");
            }
        }
        return (System.nanoTime() - begun) / 1e3 / SINGLE_READS;
    }

    /**
     * Prints how much more the last decade costs than the first.
     *
     * @param summed whether the figure is of a whole stretch, to be weighted by its entries, not of its end
     */
    private void compare(String what, List<Stretch> stretches, ToDoubleFunction<Stretch> cost, boolean summed) {
        Predicate<Stretch> first = s -> s.end <= FIRST_DECADE_ENDS && (!summed || s.end > STRETCHES[0]);
        Predicate<Stretch> last = s -> s.end > FIRST_DECADE_ENDS;
        double times = mean(stretches, last, cost, summed) / mean(stretches, first, cost, summed);
        out.printf("  %s, last decade in times of the first: %s%n", what, Figures.atMost(GOAL_TIMES, List.of(times)));
    }

    private static double mean(
            List<Stretch> all, Predicate<Stretch> which, ToDoubleFunction<Stretch> cost, boolean summed) {
        double sum = 0;
        double weights = 0;
        for (var stretch : all.stream().filter(which).toList()) {
            double weight = summed ? stretch.append.entries() : 1;
            sum += weight * cost.applyAsDouble(stretch);
            weights += weight;
        }
        return sum / weights;
    }
}
