package io.engram.space;

import io.engram.memory.Memory;
import io.engram.memory.MemoryBody;
import io.engram.memory.ModelVector;
import io.engram.memory.SpaceEngine;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotId;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Prints what writing and loading the snapshot of a large space costs, beside a plain file of the same bytes in the same
 * run. Not a test. Arguments: a folder on the disk to measure, and numbers of memories.
 *
 * <p>Writing means: encoded, written, forced, read back from the disk and checked; its plain file is written and forced.
 * Loading means: read, checked, and an engine there that answers; its plain file is read. "Cold" is after the system was
 * asked to forget the file, "warm" is out of its memory.
 */
final class SnapshotMeasurement {
    private static final int DIMENSION = 384;
    private static final int ROUNDS = 3;
    private static final SnapshotId ID = new SnapshotId(1, 1);

    private SnapshotMeasurement() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Files.createDirectories(folder);
        for (int i = 1; i < arguments.length; i++) {
            measure(folder, Integer.parseInt(arguments[i]));
        }
    }

    private static void measure(Path folder, int memories) throws Exception {
        SpaceEngine engine = engine(memories);
        SpaceImage image = new SpaceImage(1, Instant.EPOCH, engine.image(), List.of());
        System.out.printf(
                "%n%,d memories; taking the snapshot on the actor's thread: %.3f ms%n", memories, taking(engine));
        var archive = new SnapshotArchive(folder.resolve("snapshots"), Optional.empty());
        System.out.println(
                "round   size MB |  write MB/s   plain  share |  cold MB/s   plain  share |  warm MB/s   plain"
                        + "  share   memories/s | MB for a second of processor: write, load, plain read | heap MB");
        for (int round = 0; round < ROUNDS; round++) {
            long bytes = size(image);
            double write = seconds(() -> archive.save(
                    "log", Position.of(ID.index()), ID.timestamp(), sink -> image.write(Position.of(1), sink)));
            Path plain = folder.resolve("plain");
            double plainWrite = seconds(() -> write(plain, bytes));
            Path file = snapshot(folder);
            forget(plain);
            double plainCold = seconds(() -> read(plain));
            forget(file);
            double cold = seconds(() -> load(archive));
            double plainWarm = seconds(() -> read(plain));
            double warm = seconds(() -> load(archive));
            double plainWork = work(() -> read(plain));
            double loadWork = work(() -> load(archive));
            double writeWork = work(() -> size(image));
            double mb = bytes / 1e6;
            System.out.printf(
                    "%5d  %8.1f | %11.0f %7.0f %4.0f %% | %10.0f %7.0f %4.0f %% | %10.0f %7.0f %4.0f %% %,12.0f |"
                            + " %27.0f %6.0f %11.0f | %7d%n",
                    round,
                    mb,
                    mb / write,
                    mb / plainWrite,
                    100 * plainWrite / write,
                    mb / cold,
                    mb / plainCold,
                    100 * plainCold / cold,
                    mb / warm,
                    mb / plainWarm,
                    100 * plainWarm / warm,
                    memories / warm,
                    mb / writeWork,
                    mb / loadWork,
                    mb / plainWork,
                    heapOf(archive));
            archive.deleteAll("log");
            Files.delete(plain);
        }
        check(engine, load(() -> image));
    }

    /** Milliseconds to take an image after a change, the usual case of many. */
    private static double taking(SpaceEngine engine) {
        double[] ms = new double[99];
        for (int i = 0; i < ms.length; i++) {
            engine.suppress(id(i));
            long start = System.nanoTime();
            engine.image();
            ms[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(ms);
        return ms[ms.length / 2];
    }

    private interface Action {
        void run() throws Exception;
    }

    private interface Making<T> {
        T make() throws Exception;
    }

    private static double seconds(Action action) throws Exception {
        long start = System.nanoTime();
        action.run();
        return (System.nanoTime() - start) / 1e9;
    }

    /** What the thread at hand needed of a processor, which does not depend on who else wants it. */
    private static double work(Action action) throws Exception {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        action.run();
        return (threads.getCurrentThreadCpuTime() - start) / 1e9;
    }

    private static RestoredSpace load(SnapshotArchive archive) throws IOException {
        return (RestoredSpace)
                archive.load("log", ID, new SpaceSnapshotDecoder()::read).orElseThrow();
    }

    /** Out of memory, to compare. */
    private static RestoredSpace load(Making<SpaceImage> image) throws Exception {
        Path folder = Files.createTempDirectory("snapshot-measurement");
        var archive = new SnapshotArchive(folder, Optional.empty());
        SpaceImage made = image.make();
        archive.save("log", Position.of(1), 1, sink -> made.write(Position.of(1), sink));
        RestoredSpace restored = load(archive);
        archive.deleteAll("log");
        return restored;
    }

    private static void check(SpaceEngine engine, RestoredSpace restored) {
        for (int i = 0; i < engine.memories(); i += 9_973) {
            if (!restored.engine().current(id(i)).equals(engine.current(id(i)))) {
                throw new IllegalStateException("memory " + i + " came back changed");
            }
        }
    }

    private static long size(SpaceImage image) throws IOException {
        long[] bytes = new long[1];
        image.write(Position.of(1), piece -> {
            bytes[0] += piece.remaining();
            piece.position(piece.limit());
        });
        return bytes[0];
    }

    /** What a restored space takes, in MB. */
    private static long heapOf(SnapshotArchive archive) throws IOException {
        long before = used();
        RestoredSpace restored = load(archive);
        long after = used();
        return restored.engine().memories() < 0 ? 0 : (after - before) / 1_000_000;
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void write(Path file, long bytes) throws IOException {
        // Zeros are too easy for some disks.
        byte[] random = new byte[1 << 20];
        new Random(bytes).nextBytes(random);
        ByteBuffer buffer = ByteBuffer.allocateDirect(random.length).put(random);
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; left -= buffer.limit()) {
                buffer.putLong(0, left).clear().limit((int) Math.min(left, buffer.capacity()));
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    private static void read(Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer.clear()) >= 0) {
                continue;
            }
        }
    }

    private static Path snapshot(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(".snapshot"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Has the system forget what it holds of a file in memory. */
    private static void forget(Path file) throws Exception {
        new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                .inheritIO()
                .start()
                .waitFor();
    }

    private static String id(int number) {
        return "mem_%08x%08x".formatted(number * 0x9E3779B9, number);
    }

    private static SpaceEngine engine(int memories) {
        Random random = new Random(1);
        String[] words = new String[20_000];
        for (int i = 0; i < words.length; i++) {
            words[i] = "w" + Integer.toString(i * 31 + 7, 36);
        }
        SpaceEngine engine = new SpaceEngine();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < memories; i++) {
            text.setLength(0);
            while (text.length() < 100) {
                // Few words often, many words seldom.
                double share = random.nextDouble();
                text.append(words[(int) (share * share * share * words.length)]).append(' ');
            }
            var body = MemoryBody.builder(text.toString()).tags(List.of("tag" + i % 10));
            if (i % 4 == 0) {
                body.who(List.of("Person " + i % 100)).where("place " + i % 50);
            }
            engine.put(new Memory(
                    id(i), 1, Instant.ofEpochSecond(1_700_000_000L + i, 123_456_000), body.build(), List.of()));
            byte[] vector = new byte[DIMENSION];
            random.nextBytes(vector);
            for (int d = 0; d < DIMENSION; d++) {
                vector[d] = (byte) Math.max(-127, vector[d]);
            }
            engine.attachVector(id(i), 1, new ModelVector("model@1", vector, 0.001f));
        }
        return engine;
    }
}
