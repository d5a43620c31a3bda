package io.engram.log.files;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Carries what can be read of a folder into a new one. The old one is only read. Entries below a log's base point, pending
 * removals and commit notes stay behind; a log that lacks something gets a damage note, so that it is quarantined in the new
 * folder, too, and what can be read of it can be exported from there.
 */
public final class Rescue {
    private Rescue() {}

    /**
     * Reads a folder and gives everything that the new one needs.
     *
     * @return what was read, and what is missing
     */
    public static FolderReport run(Path from, Sink sink) throws IOException {
        return Inspection.run(from, sink);
    }
}
