package io.engram.snapshot;

import io.engram.disk.Durable;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots as files: a folder for each log, a file for each snapshot. A file is written under another name, forced, read
 * back, and renamed, and the folder is forced, so that a snapshot is there whole or not at all. All methods block, and are
 * safe for any thread.
 */
final class SnapshotFiles {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);

    private static final int READABLE_NAME_CHARS = 48;
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private final Path root;
    private final AtomicLong temporaryNumber = new AtomicLong();

    /** @param root where the folders are; made when the first snapshot is saved */
    SnapshotFiles(Path root) {
        this.root = root;
    }

    /** Looks at a file that was written, before it gets its name. */
    interface Check {
        void check(ReadBack file) throws IOException;
    }

    /** Begins a snapshot. */
    Draft begin(String log, SnapshotId id) throws IOException {
        var folder = folder(log);
        // Another thread may remove the folder as empty just now; then it is made again.
        for (var attempt = 0; ; attempt++) {
            Durable.makeFolders(folder);
            var temporary = folder.resolve(id.name() + "." + temporaryNumber.incrementAndGet() + TEMPORARY_SUFFIX);
            try {
                return new Draft(
                        temporary,
                        folder.resolve(id.name()),
                        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
            } catch (NoSuchFileException e) {
                if (attempt >= 10) {
                    throw e;
                }
            }
        }
    }

    /** A snapshot that has no name yet. Closing it without {@link #keep} removes it. */
    static final class Draft implements Closeable, SnapshotSink {
        private final Path temporary;
        private final Path target;
        private final FileChannel channel;

        private Draft(Path temporary, Path target, FileChannel channel) {
            this.temporary = temporary;
            this.target = target;
            this.channel = channel;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        /** Forces it, has it looked at, and gives it its name; it is durable when this returns. */
        void keep(Check check) throws IOException {
            channel.force(true);
            channel.close();
            try (var written = new ReadBack(temporary)) {
                check.check(written);
            }
            Durable.move(temporary, target);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(temporary);
        }
    }

    /** The snapshots of a log, in no order. */
    List<SnapshotId> list(String log) throws IOException {
        try (var files = Files.list(folder(log))) {
            return files.flatMap(file -> SnapshotId.ofName(file.getFileName().toString()).stream())
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** Opens a snapshot to read it; empty if there is none such (any more). */
    Optional<FileChannel> open(String log, SnapshotId id) throws IOException {
        try {
            return Optional.of(FileChannel.open(file(log, id), StandardOpenOption.READ));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    Path file(String log, SnapshotId id) {
        return folder(log).resolve(id.name());
    }

    void delete(String log, SnapshotId id) throws IOException {
        if (Files.deleteIfExists(file(log, id))) {
            removeIfEmpty(folder(log));
        }
    }

    /** Removes all that was kept for a log, half-written files included. */
    void deleteAll(String log) throws IOException {
        var folder = folder(log);
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        removeIfEmpty(folder);
        if (Files.isDirectory(root)) {
            Durable.forceNames(root);
        }
    }

    /** Removes what a killed process left half written. To be called before anything is saved. */
    void removeTemporaries() throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        try (var files = Files.walk(root, 2)) {
            for (var file : files.filter(path -> path.toString().endsWith(TEMPORARY_SUFFIX))
                    .toList()) {
                LOG.info("Removing {}, which was never finished.", file);
                Files.deleteIfExists(file);
                removeIfEmpty(file.resolveSibling(".").normalize());
            }
        }
    }

    /**
     * A log's folder: something that people can read, and a hash of the exact name that keeps names apart which differ only in
     * what a file system cannot hold or does not tell apart.
     */
    Path folder(String log) {
        var readable = log.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]", "_");
        if (readable.length() > READABLE_NAME_CHARS) {
            readable = readable.substring(0, READABLE_NAME_CHARS);
        }
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(log.getBytes(StandardCharsets.UTF_8));
            return root.resolve(readable + "-" + HexFormat.of().formatHex(hash, 0, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static void removeIfEmpty(Path folder) throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            // In use.
            return;
        }
    }
}
