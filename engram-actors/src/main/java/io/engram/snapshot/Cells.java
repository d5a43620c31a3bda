package io.engram.snapshot;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Small values that are kept with a log, in its store and under its forced writes, so that small snapshots need no files
 * of their own. Dropping a log drops its cells.
 */
public interface Cells {
    /**
     * Keeps a value, in place of another one of the name. It is durable when the stage completes. A log that does not exist
     * is made.
     *
     * @param name 1 to 100 characters of ASCII
     */
    CompletionStage<Void> put(String log, String name, byte[] value);

    /** The value of that name, as it was put; may block on the disk. */
    Optional<byte[]> get(String log, String name);

    /** The names of all cells of the log; none if there is no such log. May block on the disk. */
    List<String> names(String log);

    /** Removes a value; does nothing if there is none. */
    CompletionStage<Void> remove(String log, String name);
}
