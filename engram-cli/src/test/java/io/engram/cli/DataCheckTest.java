package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.FolderLock;
import io.engram.node.NodeIdentity;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DataCheckTest {
    private static final NodeIdentity OWNER =
            NodeIdentity.draw(Optional.of("engram-0"), Instant.parse("2026-03-01T12:00:00Z"));
    private static final LogFiles.LogState WHOLE =
            new LogFiles.LogState("space|well|2", List.of(range(1, 10)), List.of(), List.of());
    private static final LogFiles.LogState DIRECTORY =
            new LogFiles.LogState("directory|0", List.of(range(1, 2)), List.of(), List.of());
    private static final LogFiles.LogState TORN = new LogFiles.LogState(
            "space|sick|1", List.of(range(1, 6), range(8, 8)), List.of(range(7, 7)), List.of("a checksum is wrong"));

    @TempDir
    Path parent;

    private Path data;
    private LogFiles.State state = new LogFiles.State(List.of(DIRECTORY, WHOLE), List.of(), List.of());

    private static LogFiles.Range range(long from, long to) {
        return new LogFiles.Range(from, to);
    }

    private final class Files_ implements LogFiles {
        @Override
        public State inspect(Path logFolder) {
            assertThat(logFolder).isDirectory();
            return state;
        }

        @Override
        public State rescue(Path logFolder, Path newLogFolder) throws IOException {
            assertThat(newLogFolder).doesNotExist();
            Files.createDirectories(newLogFolder);
            Files.writeString(newLogFolder.resolve("000001.log"), "what could be read");
            return state;
        }

        @Override
        public Optional<Directory> makeDirectory(Path newDataFolder) {
            assertThat(newDataFolder.resolve("log/000001.log")).exists();
            assertThat(newDataFolder.resolve("snapshots/some-space/1.snapshot")).exists();
            assertThat(newDataFolder.resolve(NodeIdentity.FILE)).doesNotExist();
            return Optional.of(new Directory(List.of("sick", "well"), List.of("'sick' is guessed")));
        }
    }

    @BeforeEach
    void aFolder() throws IOException {
        data = Files.createDirectories(parent.resolve("data"));
        Files.createDirectories(data.resolve("log"));
        Files.writeString(data.resolve("log/000001.log"), "bytes");
        Files.writeString(data.resolve(FolderLock.FILE), "");
        Files.createDirectories(data.resolve("snapshots/some-space"));
        Files.writeString(data.resolve("snapshots/some-space/1.snapshot"), "state");
        Files.writeString(data.resolve("snapshots/some-space/2.tmp"), "half");
        OWNER.write(data);
    }

    private record Said(int exitCode, String out, String err) {}

    private Said run(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = new CommandLine(new ValidateDataCommand(new Files_()))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((e, line, _) -> {
                    line.getErr().println(e.getMessage());
                    return ExitCodes.FAILURE;
                })
                .execute(arguments);
        return new Said(code, out.toString(), err.toString());
    }

    private Said inspect(String... more) {
        return run(java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("--data-dir", data.toString()), java.util.Arrays.stream(more))
                .toArray(String[]::new));
    }

    private Map<String, String> contents(Path folder) throws IOException {
        var all = new TreeMap<String, String>();
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                all.put(
                        folder.relativize(file) + " " + Files.getLastModifiedTime(file),
                        Files.readString(file, StandardCharsets.UTF_8));
            }
        }
        return all;
    }

    @Test
    void a_whole_folder_is_exit_code_0_and_nothing_is_written() throws IOException {
        var before = contents(data);
        var said = inspect();
        assertThat(said.exitCode()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("[PASS] the folder belongs to node engram-0")
                .contains("[PASS] 2 of 2 logs are whole; 12 entries can be read")
                .contains("0 errors, 0 warnings");
        assertThat(contents(data)).isEqualTo(before);
    }

    @Test
    void a_loss_that_is_told_of_twice_is_one_loss() {
        var log = new LogFiles.LogState(
                "space|sick|1", List.of(), List.of(range(9, 12), range(4, 4), range(4, 5), range(6, 6)), List.of());

        assertThat(log.missing()).containsExactly(range(4, 6), range(9, 12));
    }

    @Test
    void damage_is_listed_by_log_and_range_in_words_and_as_json() throws IOException {
        state = new LogFiles.State(
                List.of(TORN, WHOLE, DIRECTORY),
                List.of("000005.sst: a block's checksum is wrong"),
                List.of("12 bytes dropped"));
        var said = inspect();
        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.out())
                .contains("[PASS] 2 of 3 logs are whole; 19 entries can be read")
                .contains("[ERROR] log space|sick|1: entries 1-6, 8 can be read, 7 cannot; a checksum is wrong")
                .contains("[ERROR] 000005.sst")
                .contains("[WARN] 12 bytes dropped")
                .doesNotContain("log space|well|2");
        var json = Api.JSON.readTree(inspect("--json").out());
        assertThat(json.path("status").asText()).isEqualTo("damaged");
        assertThat(json.at("/logs/0/readable").toString()).isEqualTo("[[1,6],[8,8]]");
        assertThat(json.at("/logs/0/missing").toString()).isEqualTo("[[7,7]]");
        assertThat(json.at("/logs/1/name").asText()).isEqualTo("space|well|2");
        assertThat(json.path("damaged_files").size()).isEqualTo(1);
        assertThat(json.at("/node/node_id").asText()).isEqualTo("engram-0");
    }

    @Test
    void a_folder_in_use_is_looked_at_and_said_to_be() throws Exception {
        try (var lock = FolderLock.take(data)) {
            assertThat(lock).isNotNull();
            var said = inspect();
            assertThat(said.exitCode()).isZero();
            assertThat(said.out())
                    .contains("[WARN] the folder is in use")
                    .contains("process " + ProcessHandle.current().pid());
            var refused = inspect("--repair", "--to", parent.resolve("new").toString());
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err()).contains("stop the node first");
            assertThat(parent.resolve("new")).doesNotExist();
        }
    }

    @Test
    void a_repair_makes_a_folder_with_an_identity_of_its_own_and_leaves_the_old_one_alone() throws IOException {
        state = new LogFiles.State(List.of(TORN, WHOLE, DIRECTORY), List.of(), List.of());
        Files.writeString(data.resolve("notes.txt"), "of the operator");
        var before = contents(data);
        var to = parent.resolve("deep/new");
        var said = inspect("--repair", "--to", to.toString());
        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.out())
                .contains("[ERROR] log space|sick|1: entries 1-6, 8 can be read, 7 cannot")
                .contains("[WARN] notes.txt")
                .contains("copied 1 files of snapshots");
        assertThat(contents(data)).isEqualTo(before);
        assertThat(to.resolve("log/000001.log")).hasContent("what could be read");
        assertThat(to.resolve("snapshots/some-space/1.snapshot")).hasContent("state");
        assertThat(to.resolve("snapshots/some-space/2.tmp")).doesNotExist();
        var identity = NodeIdentity.read(to).orElseThrow();
        assertThat(identity.nodeId()).isEqualTo("engram-0");
        assertThat(identity.incarnation()).isNotEqualTo(OWNER.incarnation());
        try (var files = Files.list(to)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("log", "snapshots", NodeIdentity.FILE);
        }
        assertThat(Api.JSON
                        .readTree(inspect(
                                        "--repair",
                                        "--json",
                                        "--to",
                                        parent.resolve("other").toString())
                                .out())
                        .at("/new_node/node_id")
                        .asText())
                .isEqualTo("engram-0");
    }

    @Test
    void a_node_of_a_cluster_has_no_directory_of_its_own() throws IOException {
        var catalog = new LogFiles.LogState("catalog", List.of(range(1, 3)), List.of(), List.of());
        state = new LogFiles.State(List.of(catalog, WHOLE), List.of(), List.of());
        assertThat(inspect().out()).doesNotContain("directory of memory spaces");
    }

    @Test
    void a_directory_that_is_not_whole_is_made_anew_and_what_is_guessed_is_said() throws IOException {
        var damaged = new LogFiles.LogState(
                "directory|0", List.of(range(1, 1)), List.of(range(2, 2)), List.of("a checksum is wrong"));
        for (var directory : List.of(List.of(damaged, WHOLE), List.of(WHOLE))) {
            state = new LogFiles.State(directory, List.of(), List.of());
            assertThat(inspect().out()).contains("[WARN] the directory of memory spaces is not whole: --repair");
            var to = parent.resolve("new-" + directory.size());
            var said = inspect("--repair", "--to", to.toString());
            assertThat(said.out())
                    .contains("[WARN] the directory of memory spaces was made anew with 2 spaces; this is not certain")
                    .contains("[WARN] 'sick' is guessed");
            assertThat(NodeIdentity.read(to)).isPresent();
        }
        var json = Api.JSON.readTree(
                inspect("--repair", "--json", "--to", parent.resolve("other").toString())
                        .out());
        assertThat(json.at("/directory/spaces").toString()).isEqualTo("[\"sick\",\"well\"]");
        assertThat(json.at("/directory/guesses/0").asText()).isEqualTo("'sick' is guessed");
    }

    @Test
    void a_repair_that_finds_everything_is_exit_code_0_also_where_the_identity_has_to_be_drawn() throws IOException {
        Files.delete(data.resolve(NodeIdentity.FILE));
        var to = parent.resolve("new");
        var said = inspect("--repair", "--to", to.toString(), "--set", "cluster.node_id=engram-7");
        assertThat(said.exitCode()).as(said.out() + said.err()).isZero();
        assertThat(said.out()).contains("[WARN] " + NodeIdentity.FILE + " is missing");
        assertThat(NodeIdentity.read(to).orElseThrow().nodeId()).isEqualTo("engram-7");
    }

    @Test
    void a_target_that_will_not_do_is_refused_before_anything_is_written() throws IOException {
        var full = Files.createDirectories(parent.resolve("full"));
        Files.writeString(full.resolve("precious"), "");
        var link = Files.createSymbolicLink(parent.resolve("link"), data);
        for (var to : List.of(full, data, data.resolve("new"), data.resolve("log/new"), link.resolve("new"))) {
            var said = inspect("--repair", "--to", to.toString());
            assertThat(said.exitCode()).as(to.toString()).isEqualTo(1);
            assertThat(said.err()).isNotBlank();
        }
        assertThat(data.resolve("new")).doesNotExist();
        assertThat(contents(full)).hasSize(1);
    }

    @Test
    void a_copy_that_was_cut_off_is_not_taken_for_a_data_folder() throws IOException {
        var to = parent.resolve("new");
        var failing = new LogFiles() {
            @Override
            public State inspect(Path logFolder) {
                throw new AssertionError();
            }

            @Override
            public State rescue(Path logFolder, Path newLogFolder) throws IOException {
                throw new IOException("no space left on device");
            }

            @Override
            public Optional<Directory> makeDirectory(Path newDataFolder) {
                throw new AssertionError();
            }
        };
        assertThatThrownBy(() -> new DataCheck(failing, InstantSource.system()).repair(data, to, Optional.empty()))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no space left on device");
        assertThat(to.resolve(NodeIdentity.FILE)).doesNotExist();
        assertThat(to.resolve("unfinished-copy")).exists();
        // The old folder is free again.
        try (var lock = FolderLock.take(data)) {
            assertThat(lock).isNotNull();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_damaged_identity_and_a_missing_log_are_errors() throws IOException {
        var file = data.resolve(NodeIdentity.FILE);
        Files.writeString(file, Files.readString(file).replace("engram-0", "engram-1"));
        assertThat(inspect().out()).contains("[ERROR] " + file + " is damaged");
        Files.delete(data.resolve("log/000001.log"));
        Files.delete(data.resolve("log"));
        var said = inspect();
        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.out()).contains("[ERROR] there is no log");
        assertThat(run("--data-dir", parent.resolve("nowhere").toString()).exitCode())
                .isEqualTo(1);
    }

    @Test
    void repair_and_to_go_together() {
        assertThat(inspect("--repair").exitCode()).isEqualTo(2);
        assertThat(inspect("--to", parent.resolve("new").toString()).exitCode()).isEqualTo(2);
    }
}
