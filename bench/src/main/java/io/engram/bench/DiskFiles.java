package io.engram.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Files of a folder as the file system sees them: their size, their place in memory, and how fast it reads them. */
final class DiskFiles {
    private static final int READ_BYTES = 1 << 20;
    private static final int POLL_MS = 50;
    private static final int LONGEST_WAIT_MS = 120_000;

    /** A plain read of whole files, one after the other. */
    record Read(long bytes, double seconds) {
        double megabytesPerSecond() {
            return bytes / 1e6 / seconds;
        }
    }

    private DiskFiles() {}

    static List<Path> in(Path folder) throws IOException {
        var files = new ArrayList<Path>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    // Databases remove files at any time.
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
        return files;
    }

    static long bytes(Path folder) throws IOException {
        long sum = 0;
        for (var file : in(folder)) {
            sum += size(file);
        }
        return sum;
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException gone) {
            // Databases remove files at any time.
            return 0;
        }
    }

    /** Waits until the size of a folder has not changed for so many seconds, but no longer than two minutes. */
    static void awaitQuiet(Path folder, double seconds) throws IOException, InterruptedException {
        long size = -1;
        int same = 0;
        for (int i = 0; i < LONGEST_WAIT_MS / POLL_MS && same * POLL_MS < seconds * 1000; i++) {
            long now = bytes(folder);
            same = now == size ? same + 1 : 0;
            size = now;
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    /**
     * Asks the system to forget what it holds of these files in memory; needs no rights. Pages that a process has mapped
     * and touched stay. Lock files are left alone, since closing one would drop this process's own locks.
     *
     * @return whether it could be asked; whether it obeyed is seen by {@link DiskIo#readBytes}
     */
    static boolean evict(Path folder) throws IOException, InterruptedException {
        for (var file : in(folder)) {
            if (file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith("lock")) {
                continue;
            }
            try (var channel = FileChannel.open(file)) {
                // Only what is on the disk can be forgotten.
                channel.force(true);
            }
            try {
                var process = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() != 0) {
                    return false;
                }
            } catch (IOException e) {
                // Not a system with this program.
                return false;
            }
        }
        return true;
    }

    static Read read(List<Path> files) throws IOException {
        var buffer = ByteBuffer.allocateDirect(READ_BYTES);
        long bytes = 0;
        long begun = System.nanoTime();
        for (var file : files) {
            try (var channel = FileChannel.open(file)) {
                for (int read = channel.read(buffer.clear()); read >= 0; read = channel.read(buffer.clear())) {
                    bytes += read;
                }
            }
        }
        return new Read(bytes, (System.nanoTime() - begun) / 1e9);
    }
}
