package io.engram.cli;

import java.nio.file.Path;

/** The log's files, read by the classes of the log itself. */
final class FilesOfLevelDb implements LogFiles {
    @Override
    public State inspect(Path logFolder) {
        throw new CommandFailure("this build cannot read the files of a log without opening it");
    }

    @Override
    public State rescue(Path logFolder, Path newLogFolder) {
        throw new CommandFailure("this build cannot read the files of a log without opening it");
    }
}
