package io.engram.bench;

import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What becomes of a byte that is given to the store: how many bytes this process has the kernel write to the device for
 * it, and how many the files take, when it was appended, after a new start (which sorts LevelDB's own log into tables),
 * and after one half and then all of the log was truncated and compacted. Compaction follows each truncation at once
 * here, while the shipped settings wait for some tens of megabytes.
 *
 * <p>Beside it: a plain file, appended to and forced with as many records a force. Small forced writes cost whole pages
 * there, too. A byte given is one of an entry's content; what the file system writes for itself is not in the figures.
 */
final class AmplificationBench {
    private static final String LOG = StoreLoad.log(0);
    private static final int ENTRIES = 200_000;
    /** An entry forced for itself takes so much longer that fewer must do. */
    private static final int FEWER_WHEN_ALONE = 50;

    private record Shape(int bytes, int inFlight) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape(100, 1),
            new Shape(1024, 1),
            new Shape(100, 64),
            new Shape(1024, 64),
            new Shape(100, 4096),
            new Shape(1024, 4096));

    private final Trial trial;
    private final PrintStream out;
    private final int entries;

    AmplificationBench(Trial trial) {
        this.trial = trial;
        this.out = trial.out();
        this.entries = trial.number("entries", ENTRIES);
    }

    void run() throws IOException, InterruptedException {
        out.println("Bytes written to the device, and bytes of the files, for each byte given to the store");
        for (var shape : SHAPES) {
            var folder = Files.createTempDirectory(trial.folder(), "amplification-");
            try {
                measure(shape, folder);
            } finally {
                Node.delete(folder);
            }
        }
        out.println();
    }

    private void measure(Shape shape, Path folder) throws IOException, InterruptedException {
        int count = Math.max(2, shape.inFlight == 1 ? entries / FEWER_WHEN_ALONE : entries);
        double given = (double) count * shape.bytes;
        out.printf("%n  %,d entries of %d bytes, %d in flight%n", count, shape.bytes, shape.inFlight);
        var start = DiskIo.own();
        int batch = append(shape, count, folder, given, start);
        try (var store = open(folder, new SimpleMeterRegistry())) {
            DiskFiles.awaitQuiet(folder, trial.quietSeconds());
            print("after a new start", folder, given, given, start);
            await(store.truncateTo(LOG, count / 2));
            DiskFiles.awaitQuiet(folder, trial.quietSeconds());
            print("after half was truncated", folder, given, given / 2, start);
            await(store.truncateTo(LOG, count));
            DiskFiles.awaitQuiet(folder, trial.quietSeconds());
            print("after all was truncated", folder, given, 0, start);
        }
        plainFile(shape, batch);
    }

    /** Returns how many entries shared a forced write. */
    private int append(Shape shape, int count, Path folder, double given, DiskIo start)
            throws IOException, InterruptedException {
        var meters = new SimpleMeterRegistry();
        try (var store = open(folder, meters)) {
            var figure = new StoreLoad(store, meters)
                    .append(LOG, 0, count, Math.min(count, shape.inFlight), StoreLoad.content(shape.bytes));
            print("appended, %.1f a force".formatted(figure.entriesAForce()), folder, given, given, start);
            return (int) Math.max(1, Math.round(figure.entriesAForce()));
        }
    }

    private static LogStore open(Path folder, SimpleMeterRegistry meters) {
        LogStoreSettings settings = StoreLoad.settings(folder).withCompactAfterBytes(0);
        return LogStore.open(settings, meters);
    }

    /** {@code kept} is what of the bytes given is not truncated. */
    private void print(String when, Path folder, double given, double kept, DiskIo start) throws IOException {
        long bytes = DiskFiles.bytes(folder);
        double written = DiskIo.own().since(start).writtenBytes();
        var onDisk = kept > 0 ? "%.2f for each byte kept".formatted(bytes / kept) : "%.2f MB".formatted(bytes / 1e6);
        out.printf("    %-28s written so far %6.2f for each byte given, on disk %s%n", when, written / given, onDisk);
    }

    private void plainFile(Shape shape, int batch) throws IOException {
        var before = DiskIo.own();
        long begun = System.nanoTime();
        var figure = PlainFile.run(trial.folder(), shape.bytes, batch, trial.seconds(1));
        double given = figure.recordsPerSecond() * shape.bytes * (System.nanoTime() - begun) / 1e9;
        double written = DiskIo.own().since(before).writtenBytes();
        out.printf(
                "    %-28s written        %6.2f for each byte given%n",
                "plain file, %d a force".formatted(batch), written / given);
    }

    private static void await(java.util.concurrent.CompletionStage<Void> stage) {
        stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
