package io.engram.bench;

import io.engram.log.format.Keys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.WriteOptions;

/**
 * LevelDB through its native interface and nothing around it, opened as the log opens it: what the log could reach at
 * most as long as LevelDB lies beneath it. One thread fills a batch and writes it, forced; then the next.
 */
final class LevelAlone {
    private static final int BLOCK_CACHE_BYTES = 16 << 20;
    private static final int WRITE_BUFFER_BYTES = 64 << 20;

    /**
     * What it did.
     *
     * @param records written or read
     * @param seconds how long that took
     * @param processorSeconds of this process meanwhile
     */
    record Figure(long records, double seconds, double processorSeconds) {
        double perSecond() {
            return records / seconds;
        }

        double micros() {
            return processorSeconds * 1e6 / records;
        }
    }

    private LevelAlone() {}

    private static DB open(Path folder) throws IOException {
        return JniDBFactory.factory.open(
                folder.toFile(),
                new Options()
                        .createIfMissing(true)
                        .compressionType(CompressionType.NONE)
                        .paranoidChecks(true)
                        .verifyChecksums(true)
                        .cacheSize(BLOCK_CACHE_BYTES)
                        .writeBufferSize(WRITE_BUFFER_BYTES));
    }

    /** Appends to {@code logs} logs in turn, forced after each batch, in a new folder that is removed afterwards. */
    static Figure append(Path folder, int logs, int recordBytes, int batch, double warmUp, double seconds)
            throws IOException {
        var record = new byte[recordBytes];
        new Random(1).nextBytes(record);
        try (var db = open(folder)) {
            long written = 0;
            long begun = System.nanoTime();
            double processor = ProcessorTime.own();
            long counted = 0;
            boolean warm = false;
            while (true) {
                long now = System.nanoTime();
                if (!warm && now - begun >= warmUp * 1e9) {
                    warm = true;
                    begun = now;
                    processor = ProcessorTime.own();
                    counted = written;
                } else if (warm && now - begun >= seconds * 1e9) {
                    return new Figure(written - counted, (now - begun) / 1e9, ProcessorTime.own() - processor);
                }
                try (var changes = db.createWriteBatch()) {
                    for (int i = 0; i < batch; i++, written++) {
                        changes.put(Keys.entry(1 + written % logs, 1 + written / logs), record);
                    }
                    db.write(changes, new WriteOptions().sync(true));
                }
            }
        } finally {
            Node.delete(folder);
        }
    }

    /** Reads everything in a folder once, in order, sums verified; {@code cold} as {@link DiskFiles#evict} can make it. */
    static Figure scan(Path folder, boolean cold) throws IOException, InterruptedException {
        try (var db = open(folder);
                var iterator =
                        db.iterator(new ReadOptions().verifyChecksums(true).fillCache(false))) {
            if (cold) {
                // Opening has read some of it.
                DiskFiles.evict(folder);
            }
            double processor = ProcessorTime.own();
            long begun = System.nanoTime();
            long records = 0;
            for (iterator.seekToFirst(); iterator.hasNext(); iterator.next()) {
                records++;
            }
            return new Figure(records, (System.nanoTime() - begun) / 1e9, ProcessorTime.own() - processor);
        }
    }
}
