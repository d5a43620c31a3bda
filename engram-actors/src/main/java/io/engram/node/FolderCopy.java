package io.engram.node;

import io.engram.disk.Durable;
import io.engram.log.FolderLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A new data folder that is made from an old one, which is held meanwhile and never written. What is in the old one's
 * log is for the caller to bring over; no node starts on the new folder before {@link #finish}.
 */
public final class FolderCopy implements AutoCloseable {
    static final String LOG = "log";
    static final String SNAPSHOTS = "snapshots";
    /** What a new folder gets by itself, or makes anew. */
    private static final Set<String> NOT_COPIED = Set.of(LOG, SNAPSHOTS, NodeIdentity.FILE, FolderLock.FILE, "native");

    private final Path source;
    private final Path target;
    private final List<AutoCloseable> held;

    private FolderCopy(Path source, Path target, List<AutoCloseable> held) {
        this.source = source;
        this.target = target;
        this.held = held;
    }

    /**
     * Who uses a data folder, if anybody does; nothing is written to find out.
     */
    public static Optional<String> holder(Path folder) throws IOException {
        try {
            release(hold(folder));
            return Optional.empty();
        } catch (io.engram.log.LogInUseException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Makes the new folder.
     *
     * @param target must not exist, or be empty, and must not lie in {@code source}
     * @throws io.engram.log.LogInUseException if a node runs on the source; the text names it
     * @throws DataFolderException if the target will not do
     */
    public static FolderCopy begin(Path source, Path target) throws IOException {
        var from = source.toRealPath();
        requireOutside(from, target.toAbsolutePath().normalize());
        if (Files.exists(target)) {
            if (!Files.isDirectory(target)) {
                throw new DataFolderException("%s is no folder".formatted(target));
            }
            try (var files = Files.list(target)) {
                if (files.findAny().isPresent()) {
                    throw new DataFolderException(
                            "%s is not empty: what is there is not written over; name a folder that is new"
                                    .formatted(target));
                }
            }
        }
        var held = hold(source);
        try {
            Files.createDirectories(target);
            Files.writeString(target.resolve(DataFolder.UNFINISHED), "a copy of " + from + " is being made\n");
            Durable.force(target.resolve(DataFolder.UNFINISHED));
            Durable.forceNames(target);
            return new FolderCopy(from, target.toRealPath(), held);
        } catch (IOException | RuntimeException e) {
            release(held);
            throw e;
        }
    }

    private static void requireOutside(Path source, Path target) throws IOException {
        var there = target;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (there.toRealPath().startsWith(source)) {
            throw new DataFolderException("%s lies in %s, into which nothing is written; name a folder outside of it"
                    .formatted(target, source));
        }
    }

    /** The data folder as a whole, and the log alone as versions before did. */
    private static List<AutoCloseable> hold(Path folder) throws IOException {
        var held = new ArrayList<AutoCloseable>();
        try {
            held.add(FolderLock.hold(folder));
            if (Files.isDirectory(folder.resolve(LOG))) {
                held.add(FolderLock.hold(folder.resolve(LOG)));
            }
            return held;
        } catch (IOException | RuntimeException e) {
            release(held);
            throw e;
        }
    }

    private static void release(List<AutoCloseable> held) throws IOException {
        for (var each : held) {
            try {
                each.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }

    /** Where the old log is. */
    public Path oldLog() {
        return source.resolve(LOG);
    }

    /** Where the new log belongs; the folder is not there yet. */
    public Path newLog() {
        return target.resolve(LOG);
    }

    /** Copies the snapshots as they are, and returns how many files there were. */
    public int copySnapshots() throws IOException {
        var from = source.resolve(SNAPSHOTS);
        if (!Files.isDirectory(from)) {
            return 0;
        }
        int copied = 0;
        try (var files = Files.walk(from)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var to = target.resolve(SNAPSHOTS).resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else if (Files.isRegularFile(file) && !file.toString().endsWith(".tmp")) {
                    Files.copy(file, to);
                    copied++;
                }
            }
        }
        return copied;
    }

    /** What else lies in the old folder and is left there. */
    public List<String> leftBehind() throws IOException {
        try (var files = Files.list(source)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !NOT_COPIED.contains(name) && !name.endsWith(".tmp"))
                    .sorted()
                    .toList();
        }
    }

    /** Gives the new folder its identity; from here on a node may start on it. */
    public void finish(NodeIdentity identity) throws IOException {
        identity.write(target);
        Durable.forceAll(target);
        Files.delete(target.resolve(DataFolder.UNFINISHED));
        Durable.forceNames(target);
    }

    @Override
    public void close() throws IOException {
        release(held);
    }
}
