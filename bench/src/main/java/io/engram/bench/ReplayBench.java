package io.engram.bench;

import io.engram.log.LogStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Entries a second that the store reads back from a long log, with entries of 1 KiB and of 100 bytes: what a replay can
 * reach at most. Every entry's sums are verified, and that each follows from the one before. The store is closed between
 * two reads, so that what it holds of the log in memory is gone; its opening is not counted.
 *
 * <p>Beside each figure, in the same rounds: LevelDB alone, which steps through the same folder, and the file system's
 * own sequential read of the same files. Everything is read once as the system has it in memory ("warm") and once after
 * the system was asked to forget the files ("cold"); the bytes that really came from the disk are printed.
 *
 * <p>Not measured: what the actors do with an entry (see {@link RestartBench}).
 */
final class ReplayBench {
    private static final String LOG = StoreLoad.log(0);
    private static final int ENTRIES = 500_000;
    private static final int IN_FLIGHT = 4096;
    private static final double GOAL_PER_SECOND = 500_000;

    /** One read of everything. */
    private record Reading(long entries, double seconds, double processorSeconds, DiskIo io) {
        double perSecond() {
            return entries / seconds;
        }
    }

    private record Round(Reading store, LevelAlone.Figure level, DiskFiles.Read files) {}

    private final Trial trial;
    private final PrintStream out;
    private final int entries;

    ReplayBench(Trial trial) {
        this.trial = trial;
        this.out = trial.out();
        this.entries = trial.number("entries", ENTRIES);
    }

    void run() throws IOException, InterruptedException {
        out.printf("Reading a log of %,d entries through the store, %d rounds in turn%n", entries, trial.rounds());
        for (int bytes : new int[] {1024, 100}) {
            var folder = Files.createTempDirectory(trial.folder(), "replay-");
            try {
                fill(folder, bytes);
                out.printf("%n  entries of %d bytes, %.0f MB on disk%n", bytes, DiskFiles.bytes(folder) / 1e6);
                // Compiles, and lets LevelDB sort what lay in its own log.
                read(folder, false);
                LevelAlone.scan(folder, false);
                DiskFiles.awaitQuiet(folder, trial.quietSeconds());
                measure(folder, bytes, false);
                measure(folder, bytes, true);
            } finally {
                Node.delete(folder);
            }
        }
        out.println();
    }

    private void fill(Path folder, int bytes) throws IOException, InterruptedException {
        var meters = new SimpleMeterRegistry();
        try (var store = LogStore.open(StoreLoad.settings(folder), meters)) {
            new StoreLoad(store, meters)
                    .append(LOG, 0, entries, Math.min(entries, IN_FLIGHT), StoreLoad.content(bytes));
        }
    }

    private void measure(Path folder, int bytes, boolean cold) throws IOException, InterruptedException {
        if (cold && !DiskFiles.evict(folder)) {
            out.println("    cold: the system cannot be made to forget files here; only warm figures");
            return;
        }
        var rounds = new ArrayList<Round>();
        for (int i = 0; i < trial.rounds(); i++) {
            var round = round(folder, cold, i % 2 == 0);
            rounds.add(round);
            var store = round.store;
            out.printf(
                    "    %s %d  store %9.0f entries/s  %6.0f MB/s  %5.2f us of processor, %.0f MB came from the disk%n"
                            + "            LevelDB alone %9.0f/s  %5.2f us, share %.2f;"
                            + " files read in sequence %6.0f MB/s   load %s%n",
                    cold ? "cold" : "warm",
                    i + 1,
                    store.perSecond(),
                    store.perSecond() * bytes / 1e6,
                    store.processorSeconds * 1e6 / store.entries,
                    store.io.readBytes() / 1e6,
                    round.level.perSecond(),
                    round.level.micros(),
                    store.perSecond() / round.level.perSecond(),
                    round.files.megabytesPerSecond(),
                    Machine.load());
        }
        out.printf(
                "    %s, entries a second: %s; share of LevelDB alone %.2f%n",
                cold ? "cold" : "warm",
                Figures.atLeast(GOAL_PER_SECOND, all(rounds, r -> r.store.perSecond())),
                Figures.median(all(rounds, r -> r.store.perSecond() / r.level.perSecond())));
    }

    private static List<Double> all(List<Round> rounds, ToDoubleFunction<Round> figure) {
        return rounds.stream().mapToDouble(figure).boxed().toList();
    }

    private Round round(Path folder, boolean cold, boolean forwards) throws IOException, InterruptedException {
        var order = new ArrayList<>(List.of(0, 1, 2));
        if (!forwards) {
            Collections.reverse(order);
        }
        Reading store = new Reading(0, 1, 0, new DiskIo(0, 0));
        var level = new LevelAlone.Figure(0, 1, 0);
        var files = new DiskFiles.Read(0, 1);
        for (int which : order) {
            if (cold) {
                DiskFiles.evict(folder);
            }
            switch (which) {
                case 0 -> store = read(folder, cold);
                case 1 -> level = LevelAlone.scan(folder, cold);
                default -> files = DiskFiles.read(DiskFiles.in(folder));
            }
        }
        return new Round(store, level, files);
    }

    private Reading read(Path folder, boolean cold) throws IOException, InterruptedException {
        try (var store = LogStore.open(StoreLoad.settings(folder), new SimpleMeterRegistry())) {
            if (cold) {
                // Opening has read some of it.
                DiskFiles.evict(folder);
            }
            var io = DiskIo.own();
            double processor = ProcessorTime.own();
            long begun = System.nanoTime();
            var bytes = new long[1];
            long next = store.read(LOG, 1, entries, entries, entry -> {
                bytes[0] += entry.content().length;
                return true;
            });
            double seconds = (System.nanoTime() - begun) / 1e9;
            if (next != entries + 1L || bytes[0] == 0) {
                throw new IOException("the log ended before entry " + next);
            }
            return new Reading(
                    entries,
                    seconds,
                    ProcessorTime.own() - processor,
                    DiskIo.own().since(io));
        }
    }
}
