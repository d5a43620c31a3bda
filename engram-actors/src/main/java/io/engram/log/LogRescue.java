package io.engram.log;

import io.engram.disk.Durable;
import io.engram.log.files.FolderReport;
import io.engram.log.files.Rescue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Brings what can be read of a log's folder into a new one. The old one is only read. */
public final class LogRescue {
    private static final int WRITE_BUFFER_BYTES = 64 * 1024 * 1024;
    private static final int CHANGES_AT_ONCE = 1_000;
    private static final long BYTES_AT_ONCE = 4L * 1024 * 1024;

    private LogRescue() {}

    /**
     * Makes the new folder; it is durable when this returns.
     *
     * @param from must not be in use
     * @param to must not exist
     * @param nativeFolder where LevelDB's native library is unpacked; empty: the JVM's temp folder
     * @return what the old folder holds and what the new one lacks of it
     */
    public static FolderReport run(Path from, Path to, Optional<Path> nativeFolder) throws IOException {
        if (nativeFolder.isPresent()) {
            NativeLibrary.unpackTo(nativeFolder.get());
        }
        Files.createDirectory(to);
        FolderReport report;
        try (var database = LevelDb.open(to, WRITE_BUFFER_BYTES);
                var writing = new Writing(database)) {
            report = Rescue.run(from, writing::put);
        } catch (DatabaseException e) {
            throw new IOException("the new log cannot be written: " + e.getMessage(), e);
        }
        // A forced write makes durable what is in its own file, and LevelDB begins new ones by the way.
        Durable.forceAll(to);
        return report;
    }

    /** Writes in batches. */
    private static final class Writing implements AutoCloseable {
        private final OrderedStore database;
        private OrderedStore.Batch batch;
        private long bytes;

        Writing(OrderedStore database) {
            this.database = database;
            this.batch = database.newBatch();
        }

        void put(byte[] key, byte[] value) {
            batch.put(key, value);
            bytes += key.length + value.length;
            if (batch.size() >= CHANGES_AT_ONCE || bytes >= BYTES_AT_ONCE) {
                write();
            }
        }

        private void write() {
            try (var full = batch) {
                database.write(full, false);
            }
            batch = database.newBatch();
            bytes = 0;
        }

        @Override
        public void close() {
            write();
            batch.close();
        }
    }
}
