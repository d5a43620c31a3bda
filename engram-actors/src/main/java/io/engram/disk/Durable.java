package io.engram.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;

/** Forces files and names to the disk. What was forced is there after a power cut. */
public final class Durable {
    private static final boolean FOLDERS_CAN_BE_FORCED =
            !System.getProperty("os.name").startsWith("Windows");

    private Durable() {}

    /** Forces a file's content and length. */
    public static void force(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Forces the names in a folder: what was made, moved or removed in it. Windows has no such thing. */
    public static void forceNames(Path folder) throws IOException {
        if (FOLDERS_CAN_BE_FORCED) {
            force(folder);
        }
    }

    /** Forces every file in a folder and below it, and all their names. */
    public static void forceAll(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            // What is in a folder comes before the folder itself.
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                if (Files.isDirectory(path)) {
                    forceNames(path);
                } else {
                    force(path);
                }
            }
        }
    }

    /** Gives a file that was forced its name, in the place of another one, and forces that. */
    public static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceNames(parentOf(to));
    }

    /** Makes a folder and those above it that are missing, and forces the name of each. */
    public static void makeFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        var parent = parentOf(folder);
        makeFolders(parent);
        Files.createDirectories(folder);
        forceNames(parent);
    }

    private static Path parentOf(Path path) {
        var absolute = path.toAbsolutePath();
        var parent = absolute.getParent();
        return parent == null ? absolute : parent;
    }
}
