package io.engram.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much room the log's file system has. LevelDB writes through mapped memory, and the system ends a process whose mapped
 * page finds no room: so the log stops growing well before the disk is full. Removals need a little room, too, and are
 * taken until a quarter of the reserve is left.
 */
final class DiskRoom {
    private static final Logger LOG = LoggerFactory.getLogger(DiskRoom.class);
    private static final long LOOK_AGAIN_NANOS = 250_000_000;
    private static final int EXHAUSTED_PART = 4;
    private static final String PROBE = "engram.probe";

    private final Path folder;
    private final FileStore fileStore;
    private final long minFreeBytes;
    private volatile long freeBytes = Long.MAX_VALUE;
    private volatile long lookedAt;
    private volatile boolean full;

    DiskRoom(Path folder, long minFreeBytes) throws IOException {
        this.folder = folder;
        this.fileStore = Files.getFileStore(folder);
        this.minFreeBytes = minFreeBytes;
        look();
    }

    /** Asks the file system; next to free. */
    void look() {
        lookedAt = System.nanoTime();
        if (minFreeBytes == 0) {
            return;
        }
        try {
            freeBytes = fileStore.getUsableSpace();
        } catch (IOException e) {
            // Not knowing is no reason to refuse: the write itself will tell.
            freeBytes = Long.MAX_VALUE;
        }
        var nowFull = freeBytes < minFreeBytes;
        if (nowFull && !full) {
            LOG.warn(
                    "Only {} bytes are free for the log, less than the {} that it keeps: writes are refused until"
                            + " there is room.",
                    freeBytes,
                    minFreeBytes);
        } else if (full && !nowFull) {
            LOG.info("There is room for the log again, {} bytes.", freeBytes);
        }
        full = nowFull;
    }

    /** Whether the log must not grow. */
    boolean isFull() {
        lookIfLongAgo();
        return full;
    }

    /** Whether not even removals may be written. */
    boolean isExhausted() {
        lookIfLongAgo();
        return full && freeBytes < minFreeBytes / EXHAUSTED_PART;
    }

    /** Whether the file system takes a write now: tried with a small file. */
    boolean takesWrites() {
        look();
        if (full) {
            return false;
        }
        var probe = folder.resolve(PROBE);
        try {
            try (var channel = FileChannel.open(probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(4096));
                channel.force(true);
            }
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            try {
                Files.deleteIfExists(probe);
            } catch (IOException e) {
                // A file system that takes no deletion is looked at again.
                LOG.debug("The probe file could not be removed.", e);
            }
        }
    }

    String describe() {
        return "%s bytes are free, %d are kept"
                .formatted(
                        freeBytes == Long.MAX_VALUE ? "an unknown number of" : String.valueOf(freeBytes), minFreeBytes);
    }

    private void lookIfLongAgo() {
        if (System.nanoTime() - lookedAt > LOOK_AGAIN_NANOS) {
            look();
        }
    }
}
