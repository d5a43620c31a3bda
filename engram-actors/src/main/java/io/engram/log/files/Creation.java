package io.engram.log.files;

import io.engram.disk.Durable;
import io.engram.log.format.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes the database of a new folder so that it is there as a whole or not at all, whenever the power is cut: LevelDB forces
 * neither the first manifest nor {@code CURRENT}. It is made in a folder within, forced, and moved to its place, {@code CURRENT}
 * last: without that one there is no database.
 */
public final class Creation {
    /** Where it is made. */
    static final String MAKING = "creating";

    private static final String CURRENT = "CURRENT";
    /** What LevelDB keeps for itself and makes anew. */
    private static final List<String> NOT_MOVED = List.of(CURRENT, "LOCK", "LOG", "LOG.old");

    private Creation() {}

    /** Makes a database with what a new one holds. */
    @FunctionalInterface
    public interface Maker {
        void make(Path folder) throws IOException;
    }

    /**
     * Makes a database if the folder has none and nothing in it tells that there was one; {@link StartCheck} tells what then is
     * wrong. What a creation left that was cut off is removed.
     *
     * @param folder must exist and be locked for the caller
     * @throws DamagedFolderException if what looks like a creation that was cut off holds more than that
     */
    public static void in(Path folder, Maker maker) throws IOException {
        var making = folder.resolve(MAKING);
        var files = FolderFiles.in(folder);
        if (files.current().isPresent()) {
            remove(making);
            return;
        }
        if (Files.exists(making.resolve(CURRENT))) {
            removeUnfinished(files);
        } else if (!files.isUnused()) {
            return;
        }
        remove(making);
        Files.createDirectory(making);
        maker.make(making);
        Durable.forceAll(making);
        try (var made = Files.list(making)) {
            for (var file : made.toList()) {
                if (!NOT_MOVED.contains(FolderFiles.nameOf(file))) {
                    Durable.move(file, folder.resolve(FolderFiles.nameOf(file)));
                }
            }
        }
        Durable.move(making.resolve(CURRENT), folder.resolve(CURRENT));
        remove(making);
    }

    /** Removes what was moved before {@code CURRENT} was, if it is no more than what a new database holds. */
    private static void removeUnfinished(FolderFiles files) throws IOException {
        var problems = new ArrayList<String>();
        for (var table : files.tables().values()) {
            problems.add("CURRENT is missing, and there is the table " + FolderFiles.nameOf(table));
        }
        for (var log : files.logs().entrySet()) {
            if (!isNew(ReadLog.read(log.getValue(), log.getKey()))) {
                problems.add("CURRENT is missing, and %s is not that of a new log"
                        .formatted(FolderFiles.nameOf(log.getValue())));
            }
        }
        if (!problems.isEmpty()) {
            throw new DamagedFolderException(files.folder(), problems);
        }
        for (var log : files.logs().values()) {
            Files.delete(log);
        }
        for (var manifest : files.manifests().values()) {
            Files.delete(manifest);
        }
        // Before what tells that they are left-overs.
        Durable.forceNames(files.folder());
    }

    private static boolean isNew(ReadLog log) {
        return log.stretches().stream()
                .allMatch(stretch -> stretch instanceof ReadLog.Batch batch
                        && batch.ops().stream()
                                .allMatch(op -> op.key().length == 1
                                        && (op.key()[0] == Keys.HEADER_KIND || op.key()[0] == Keys.GUARD[0])));
    }

    private static void remove(Path making) throws IOException {
        if (Files.notExists(making)) {
            return;
        }
        try (var files = Files.walk(making)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
