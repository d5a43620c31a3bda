package io.engram.cli;

import io.engram.log.LogRescue;
import io.engram.log.files.FolderReport;
import io.engram.log.files.LogReport;
import io.engram.node.DirectoryRepair;
import io.engram.space.SpaceId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The log's files, read by the classes of the log itself. */
final class FilesOfLevelDb implements LogFiles {
    @Override
    public State inspect(Path logFolder) throws IOException {
        return state(FolderReport.inspect(logFolder));
    }

    @Override
    public State rescue(Path logFolder, Path newLogFolder) throws IOException {
        return state(LogRescue.run(logFolder, newLogFolder, Optional.empty()));
    }

    @Override
    public Optional<Directory> makeDirectory(Path newDataFolder) throws IOException {
        return DirectoryRepair.run(newDataFolder)
                .map(made ->
                        new Directory(made.spaces().stream().map(SpaceId::value).toList(), made.guesses()));
    }

    private static State state(FolderReport report) {
        var damaged = new ArrayList<>(report.findings());
        report.damagedBlocks().forEach(block -> damaged.add(block.text()));
        return new State(report.logs().stream().map(FilesOfLevelDb::state).toList(), damaged, report.remarks());
    }

    private static LogState state(LogReport log) {
        var missing = new ArrayList<Range>();
        var notes = new ArrayList<String>();
        for (var lost : log.unreadable()) {
            if (lost.first() == 0) {
                notes.add(lost.cause());
            } else {
                missing.add(new Range(lost.first(), lost.last()));
                notes.add("%s: %s".formatted(new Range(lost.first(), lost.last()), lost.cause()));
            }
        }
        log.notes().forEach(note -> notes.add("noted earlier: " + note.cause()));
        List<Range> readable = log.readable().stream()
                .map(row -> new Range(row.first(), row.last()))
                .toList();
        return new LogState(log.name(), readable, missing, notes);
    }
}
