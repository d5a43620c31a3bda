package io.engram.log.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A folder that must not be opened as it is: part of what was acknowledged is missing and nobody can tell which log it belonged
 * to, or LevelDB would refuse it anyway. Nothing in it was changed. Its text names the files and says what to do.
 */
public final class DamagedFolderException extends IOException {
    private final List<String> problems;

    DamagedFolderException(Path folder, List<String> problems) {
        super(("the log in %s is damaged in a way that cannot be put right in place: %s. Nothing was changed. Rescue"
                        + " what is readable into a new folder with 'engram validate data --repair --to DIR', or bring"
                        + " back a backup")
                .formatted(folder, String.join("; ", problems)));
        this.problems = List.copyOf(problems);
    }

    /** What is wrong, each with its file and offset. */
    public List<String> problems() {
        return problems;
    }
}
