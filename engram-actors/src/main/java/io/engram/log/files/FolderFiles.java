package io.engram.log.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * LevelDB's files in a folder by what they are; all but {@code CURRENT} carry a number that is never used twice.
 *
 * @param current the file {@code CURRENT}, which holds the name of the manifest in use and a line feed
 * @param logs write-ahead logs, {@code NNNNNN.log}
 * @param tables {@code NNNNNN.sst}, in later versions of LevelDB {@code .ldb}
 * @param manifests {@code MANIFEST-NNNNNN}
 */
record FolderFiles(
        Path folder,
        Optional<Path> current,
        TreeMap<Long, Path> logs,
        TreeMap<Long, Path> tables,
        TreeMap<Long, Path> manifests) {
    private static final Pattern LOG = Pattern.compile("(\\d{1,18})\\.log");
    private static final Pattern TABLE = Pattern.compile("(\\d{1,18})\\.(?:sst|ldb)");
    private static final Pattern MANIFEST = Pattern.compile("MANIFEST-(\\d{1,18})");

    static FolderFiles in(Path folder) throws IOException {
        var found = new FolderFiles(
                folder,
                Optional.of(folder.resolve("CURRENT")).filter(Files::isRegularFile),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>());
        try (var files = Files.list(folder)) {
            files.filter(Files::isRegularFile).forEach(file -> {
                add(found.logs, LOG, file);
                add(found.tables, TABLE, file);
                add(found.manifests, MANIFEST, file);
            });
        }
        return found;
    }

    private static void add(TreeMap<Long, Path> to, Pattern pattern, Path file) {
        var match = pattern.matcher(file.getFileName().toString());
        if (match.matches()) {
            to.put(Long.parseLong(match.group(1)), file);
        }
    }

    /** Whether LevelDB has never kept anything here: a start that was killed early leaves a manifest at most. */
    boolean isUnused() {
        return current.isEmpty() && logs.isEmpty() && tables.isEmpty();
    }

    /** The manifest that {@code CURRENT} names, if it is there. */
    Optional<Path> manifest() throws IOException {
        if (current.isEmpty()) {
            return Optional.empty();
        }
        var text = Files.readString(current.get(), StandardCharsets.ISO_8859_1);
        // LevelDB itself insists on the line feed.
        if (!text.endsWith("\n")) {
            return Optional.empty();
        }
        var match = MANIFEST.matcher(text.substring(0, text.length() - 1));
        return match.matches()
                ? Optional.of(folder.resolve(match.group())).filter(Files::isRegularFile)
                : Optional.empty();
    }

    static String nameOf(Path file) {
        return String.valueOf(file.getFileName());
    }
}
