package io.engram.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What can be told of a log's files, and saved from them, without opening them as a log. */
interface LogFiles {

    /** Entries of a log, both ends included. */
    record Range(long from, long to) {
        @Override
        public String toString() {
            return from == to ? Long.toString(from) : from + "-" + to;
        }
    }

    /**
     * One log.
     *
     * @param name its name; empty if it cannot be told
     * @param readable the entries that can be read, in order
     * @param missing the entries that must have been there and cannot be read, in order
     * @param notes what else is to be said, such as the kind of damage
     */
    record LogState(String name, List<Range> readable, List<Range> missing, List<String> notes) {
        public LogState {
            readable = List.copyOf(readable);
            missing = joined(missing);
            notes = List.copyOf(notes);
        }

        /** One loss can be told of by several: by a file that is damaged, and by the gap that it left. */
        private static List<Range> joined(List<Range> ranges) {
            var result = new ArrayList<Range>();
            for (var range : ranges.stream()
                    .sorted(Comparator.comparingLong(Range::from))
                    .toList()) {
                if (!result.isEmpty() && range.from() - 1 <= result.getLast().to()) {
                    var last = result.removeLast();
                    result.add(new Range(last.from(), Math.max(last.to(), range.to())));
                } else {
                    result.add(range);
                }
            }
            return List.copyOf(result);
        }

        boolean isWhole() {
            return missing.isEmpty() && notes.isEmpty();
        }

        long entries() {
            return readable.stream().mapToLong(r -> r.to() - r.from() + 1).sum();
        }
    }

    /**
     * A folder.
     *
     * @param logs all logs, by name
     * @param damagedFiles each with what is wrong with it
     * @param notes what to know that is no damage, such as a half-written record at the end of the newest file
     */
    record State(List<LogState> logs, List<String> damagedFiles, List<String> notes) {
        public State {
            logs = List.copyOf(logs);
            damagedFiles = List.copyOf(damagedFiles);
            notes = List.copyOf(notes);
        }
    }

    /**
     * A directory of spaces that was made anew.
     *
     * @param spaces that exist by it
     * @param guesses what is not certain about it, each in words
     */
    record Directory(List<String> spaces, List<String> guesses) {
        public Directory {
            spaces = List.copyOf(spaces);
            guesses = List.copyOf(guesses);
        }
    }

    /** Reads the files of a log and writes nothing. */
    State inspect(Path logFolder) throws IOException;

    /**
     * Brings every entry that can be read into a new log, durably.
     *
     * @param newLogFolder does not exist yet
     * @return what the new log holds, and what of the old one it lacks
     */
    State rescue(Path logFolder, Path newLogFolder) throws IOException;

    /**
     * Makes the directory of spaces anew of what can be read of it and of the spaces' logs.
     *
     * @param newDataFolder has a log and snapshots
     * @return empty if nothing tells of any space
     */
    Optional<Directory> makeDirectory(Path newDataFolder) throws IOException;
}
