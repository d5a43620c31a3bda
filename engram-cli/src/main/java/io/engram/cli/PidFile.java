package io.engram.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The file by which commands find the node on this machine: {@code pid:httpPort}. It lies where {@code
 * ENGRAM_PID_PATH} says, else as {@code engram.pid} in the temporary folder. It may be left over from a process that was
 * killed, so what it says is checked before it is believed.
 */
final class PidFile {
    private static final Pattern CONTENT = Pattern.compile("(\\d{1,18}):(\\d{1,5})");

    /** What the file says. */
    record Entry(long pid, int port) {
        /** Whether that process runs, and could be a node: numbers are used again. */
        boolean isRunning() {
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> process.info()
                            .command()
                            .map(command -> command.contains("java") || command.contains("engram"))
                            .orElse(true))
                    .isPresent();
        }
    }

    /** What was found. */
    sealed interface State {
        /** There is no file. */
        record Missing() implements State {}

        /** It cannot be understood. */
        record Corrupted() implements State {}

        /** It names a process that may have ended. */
        record Present(Entry entry) implements State {}
    }

    private final Path path;

    PidFile(Path path) {
        this.path = path;
    }

    static PidFile ofThisMachine(Map<String, String> environment) {
        var configured = environment.getOrDefault("ENGRAM_PID_PATH", "");
        return new PidFile(
                configured.isBlank()
                        ? Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "engram.pid")
                        : Path.of(configured));
    }

    Path path() {
        return path;
    }

    State read() {
        try {
            var matcher = CONTENT.matcher(Files.readString(path).strip());
            return matcher.matches()
                    ? new State.Present(new Entry(Long.parseLong(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                    : new State.Corrupted();
        } catch (IOException e) {
            return Files.exists(path) ? new State.Corrupted() : new State.Missing();
        }
    }

    /** The entry of a process that runs. */
    Optional<Entry> running() {
        return read() instanceof State.Present(Entry entry) && entry.isRunning()
                ? Optional.of(entry)
                : Optional.empty();
    }

    /**
     * Names this process, unless another live node is named already.
     *
     * @return why the file was not written; empty if it was
     */
    Optional<String> claim(int port) {
        long self = ProcessHandle.current().pid();
        var other = running().filter(entry -> entry.pid() != self);
        if (other.isPresent()) {
            return Optional.of("%s names another running node (process %d); stop and status will find that one"
                    .formatted(path, other.get().pid()));
        }
        try {
            var absolute = path.toAbsolutePath();
            var folder = absolute.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            var fresh = absolute.resolveSibling(absolute.getFileName() + "." + self);
            Files.writeString(fresh, self + ":" + port + "\n");
            Files.move(fresh, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    path + " cannot be written (" + e + "); stop and status need --server to find this node");
        }
    }

    /** Removes the file if it names this process, or one that has ended. */
    void release() {
        boolean others = running()
                .filter(entry -> entry.pid() != ProcessHandle.current().pid())
                .isPresent();
        if (!others) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                // It is checked by whoever reads it.
            }
        }
    }
}
