package io.engram.log.files;

import io.engram.disk.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Puts a new file in the place of one of LevelDB's. The old one is first copied to {@code damaged/} in the same folder and
 * forced; then the new one is written under another name, forced and renamed, so that a stop at any moment leaves one or the
 * other whole.
 */
final class Replacement {
    /** Where the copies are. LevelDB passes over what it does not know. */
    static final String ASIDE = "damaged";

    private static final String UNFINISHED = ".unfinished";

    /** Writes the new content into a channel that is open for reading and writing. */
    interface Content {
        void write(FileChannel to) throws IOException;
    }

    private Replacement() {}

    /**
     * Copies a file aside, under its own name with the first number that is free.
     *
     * @return the copy
     */
    static Path copyAside(Path file) throws IOException {
        var folder = file.resolveSibling(ASIDE);
        if (Files.notExists(folder)) {
            Files.createDirectory(folder);
            Durable.forceNames(folder.resolveSibling("."));
        }
        for (var number = 1; ; number++) {
            var copy = folder.resolve("%s.before-repair-%d".formatted(FolderFiles.nameOf(file), number));
            try {
                Files.copy(file, copy);
            } catch (FileAlreadyExistsException e) {
                continue;
            }
            Durable.force(copy);
            Durable.forceNames(folder);
            return copy;
        }
    }

    /** Replaces a file whose old content is safe. */
    static void replace(Path file, Content content) throws IOException {
        var unfinished = file.resolveSibling(FolderFiles.nameOf(file) + UNFINISHED);
        try (var channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            content.write(channel);
            channel.force(true);
        }
        Durable.move(unfinished, file);
    }

    static void write(FileChannel to, long offset, byte[] bytes) throws IOException {
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            to.write(buffer, offset + buffer.position());
        }
    }
}
