package io.engram.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.HdrHistogram.Histogram;

/** The most that the disk gives to anybody: one thread that appends records to a file and forces it. */
final class PlainFile {
    /**
     * What the file did.
     *
     * @param recordsPerSecond durable records a second
     * @param forces time of each write with its force, in nanoseconds
     */
    record Figure(double recordsPerSecond, Histogram forces) {}

    private PlainFile() {}

    /** Appends groups of {@code batch} records of {@code recordBytes} and forces after each group. */
    static Figure run(Path folder, int recordBytes, int batch, double seconds) throws IOException {
        var file = Files.createTempFile(folder, "plain-", ".log");
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            var group = ByteBuffer.allocateDirect(recordBytes * batch);
            var forces = new Histogram(60_000_000_000L, 3);
            long begun = System.nanoTime();
            long end = begun + (long) (seconds * 1e9);
            long records = 0;
            long now = begun;
            while (now < end) {
                long before = now;
                group.clear();
                while (group.hasRemaining()) {
                    channel.write(group);
                }
                channel.force(false);
                records += batch;
                now = System.nanoTime();
                forces.recordValue(Math.min(now - before, forces.getHighestTrackableValue()));
            }
            return new Figure(records * 1e9 / (now - begun), forces);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
