package io.engram.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.cluster.ClusterNode;
import io.engram.log.LogInUseException;
import io.engram.node.DataFolderException;
import io.engram.node.DirectoryRepair;
import io.engram.node.FolderCopy;
import io.engram.node.NodeIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Looks at a data folder without a node, and copies what is good of a damaged one. It never writes into the folder. */
final class DataCheck {
    /** How a line begins. */
    enum Level {
        PASS,
        WARN,
        ERROR
    }

    /** One thing to say. */
    record Line(Level level, String text) {
        @Override
        public String toString() {
            return "[" + level + "] " + text;
        }
    }

    /**
     * All there is to say.
     *
     * @param lines for people
     * @param document the same, with the ranges of every log, for programs
     */
    record Report(List<Line> lines, ObjectNode document) {
        boolean isGood() {
            return count(Level.ERROR) == 0;
        }

        long count(Level level) {
            return lines.stream().filter(line -> line.level() == level).count();
        }
    }

    private final LogFiles files;
    private final InstantSource clock;
    private final List<Line> lines = new ArrayList<>();
    private final ObjectNode document = Api.JSON.createObjectNode();

    DataCheck(LogFiles files, InstantSource clock) {
        this.files = files;
        this.clock = clock;
    }

    /** Tells which entries of which logs can be read. */
    Report inspect(Path data) {
        requireFolder(data);
        try {
            document.put("folder", data.toString());
            var holder = FolderCopy.holder(data);
            document.put("in_use", holder.isPresent());
            holder.ifPresent(text -> say(Level.WARN, "the folder is in use, and what follows is of a moment: " + text));
            identity(data);
            if (Files.isDirectory(data.resolve("log"))) {
                var state = files.inspect(data.resolve("log"));
                state(state, "");
                if (!hasDirectory(state)) {
                    say(
                            Level.WARN,
                            "the directory of memory spaces is not whole: --repair makes it anew of what can be read of"
                                    + " it and of the spaces' logs");
                }
            } else {
                say(Level.ERROR, "there is no log in " + data);
            }
            return report();
        } catch (IOException e) {
            throw new CommandFailure(data + " cannot be read: " + e);
        }
    }

    /**
     * Makes a new data folder of what can be read.
     *
     * @param configuredNodeId the new folder's owner, where the old one does not say
     */
    Report repair(Path data, Path to, Optional<String> configuredNodeId) {
        requireFolder(data);
        if (!Files.isDirectory(data.resolve("log"))) {
            throw new CommandFailure("there is no log in " + data);
        }
        document.put("folder", data.toString());
        document.put("new_folder", to.toString());
        try (var copy = FolderCopy.begin(data, to)) {
            document.put("in_use", false);
            var known = identity(data);
            var state = files.rescue(copy.oldLog(), copy.newLog());
            state(state, " in the new folder");
            int snapshots = copy.copySnapshots();
            say(Level.PASS, "copied " + snapshots + " files of snapshots");
            if (!hasDirectory(state)) {
                files.makeDirectory(to).ifPresent(this::directory);
            }
            for (var name : copy.leftBehind()) {
                say(Level.WARN, name + " is not known to belong to a data folder and was not copied");
            }
            var owner = known.map(NodeIdentity::nodeId).or(() -> configuredNodeId);
            var identity = NodeIdentity.draw(owner, clock.instant());
            copy.finish(identity);
            document.set("new_node", node(identity));
            say(
                    Level.PASS,
                    "%s is a data folder of node %s, incarnation %s; %s was not written"
                            .formatted(to, identity.nodeId(), identity.incarnation(), data));
            return report();
        } catch (LogInUseException e) {
            throw new CommandFailure("stop the node first: " + e.getMessage());
        } catch (DataFolderException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new CommandFailure("the copy was not finished, and no node starts on it: " + e);
        }
    }

    private static void requireFolder(Path data) {
        if (!Files.isDirectory(data)) {
            throw new CommandFailure("there is no folder " + data);
        }
    }

    private Optional<NodeIdentity> identity(Path data) {
        try {
            var known = NodeIdentity.read(data);
            known.ifPresentOrElse(
                    identity -> {
                        document.set("node", node(identity));
                        say(
                                Level.PASS,
                                "the folder belongs to node %s, incarnation %s, made at %s"
                                        .formatted(identity.nodeId(), identity.incarnation(), identity.createdAt()));
                    },
                    () -> say(
                            Level.WARN,
                            NodeIdentity.FILE
                                    + " is missing: the folder is of an earlier version, or the file was lost"));
            return known;
        } catch (DataFolderException e) {
            say(Level.ERROR, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static ObjectNode node(NodeIdentity identity) {
        return Api.JSON
                .createObjectNode()
                .put("node_id", identity.nodeId())
                .put("incarnation", identity.incarnation().toString())
                .put("created_at", identity.createdAt().toString());
    }

    private void state(LogFiles.State state, String where) {
        var logs = document.putArray("logs");
        long whole = 0;
        long entries = 0;
        for (var log : state.logs()) {
            logs.add(log(log));
            entries += log.entries();
            if (log.isWhole()) {
                whole++;
            }
        }
        say(
                Level.PASS,
                "%d of %d logs are whole; %d entries can be read%s"
                        .formatted(whole, state.logs().size(), entries, where));
        state.notes().forEach(note -> say(Level.WARN, note));
        state.damagedFiles().forEach(file -> say(Level.ERROR, file));
        for (var log : state.logs()) {
            if (!log.isWhole()) {
                say(log.missing().isEmpty() ? Level.WARN : Level.ERROR, text(log));
            }
        }
        state.damagedFiles().forEach(document.putArray("damaged_files")::add);
        state.notes().forEach(document.putArray("notes")::add);
    }

    /** Whether the directory of spaces is whole, or no space was ever made. */
    /** Nodes of a cluster have one in each shard instead, among their logs. */
    private static boolean hasDirectory(LogFiles.State state) {
        return state.logs().isEmpty()
                || state.logs().stream().anyMatch(log -> ClusterNode.isLogOfACluster(log.name()))
                || state.logs().stream().anyMatch(log -> log.name().equals(DirectoryRepair.LOG) && log.isWhole());
    }

    private void directory(LogFiles.Directory made) {
        say(
                made.guesses().isEmpty() ? Level.PASS : Level.WARN,
                "the directory of memory spaces was made anew with %d spaces%s"
                        .formatted(
                                made.spaces().size(),
                                made.guesses().isEmpty() ? "" : "; this is not certain about them:"));
        made.guesses().forEach(guess -> say(Level.WARN, guess));
        var node = document.putObject("directory");
        made.spaces().forEach(node.putArray("spaces")::add);
        made.guesses().forEach(node.putArray("guesses")::add);
    }

    private static String text(LogFiles.LogState log) {
        var name = log.name().isEmpty() ? "a log whose name is lost" : "log " + log.name();
        return name + ": entries " + ranges(log.readable()) + " can be read, " + ranges(log.missing()) + " cannot"
                + (log.notes().isEmpty() ? "" : "; " + String.join("; ", log.notes()));
    }

    private static String ranges(List<LogFiles.Range> ranges) {
        return ranges.isEmpty()
                ? "none"
                : ranges.stream().map(LogFiles.Range::toString).collect(Collectors.joining(", "));
    }

    private static ObjectNode log(LogFiles.LogState log) {
        var node = Api.JSON.createObjectNode().put("name", log.name());
        ranges(node.putArray("readable"), log.readable());
        ranges(node.putArray("missing"), log.missing());
        log.notes().forEach(node.putArray("notes")::add);
        return node;
    }

    private static void ranges(ArrayNode array, List<LogFiles.Range> ranges) {
        ranges.forEach(range -> array.addArray().add(range.from()).add(range.to()));
    }

    private void say(Level level, String text) {
        lines.add(new Line(level, text));
    }

    private Report report() {
        var report = new Report(List.copyOf(lines), document);
        document.put("status", report.isGood() ? "good" : "damaged");
        var said = document.putArray("messages");
        lines.forEach(line -> said.add(line.toString()));
        return report;
    }
}
