package io.engram.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The benchmarks of the storage that need no process of their own run, check what they read, print a line for everything
 * that they compare, and leave nothing behind. No figure is looked at. They read what Linux counts of a process.
 */
@EnabledOnOs(OS.LINUX)
class StorageBenchesTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    private Trial trial(int rounds, int entries) {
        return new Trial(
                Path.of("."),
                folder,
                new PrintStream(printed, true, StandardCharsets.UTF_8),
                Map.of("seconds", 0.05, "rounds", (double) rounds, "quiet", 0.1, "entries", (double) entries));
    }

    private String output() throws IOException {
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    private static long count(String text, String part) {
        return text.split(part, -1).length - 1L;
    }

    @Test
    void appends_stand_beside_leveldb_alone_and_a_plain_file() throws Exception {
        new LogBench(trial(2, 0)).run();
        assertThat(count(output(), "share of LevelDB alone: median")).isEqualTo(3);
        assertThat(count(output(), "plain file  ")).isEqualTo(6);
    }

    @Test
    void remembers_through_actors_stand_beside_one_command_at_a_time() throws Exception {
        new ActorBench(trial(1, 0)).run();
        assertThat(count(output(), "as many times one command at a time: median"))
                .isEqualTo(2);
        assertThat(count(output(), "plain file  ")).isEqualTo(5);
    }

    @Test
    void reads_stand_beside_leveldb_alone_and_the_file_system() throws Exception {
        new ReplayBench(trial(2, 2_000)).run();
        assertThat(count(output(), "warm, entries a second: median")).isEqualTo(2);
        assertThat(count(output(), "files read in sequence")).isBetween(4L, 8L);
    }

    @Test
    void the_last_decade_stands_beside_the_first() throws Exception {
        new GrowthBench(trial(2, 2_000)).run();
        assertThat(count(output(), "last decade in times of the first: median")).isEqualTo(5);
        assertThat(output()).contains("to     2,000");
    }

    @Test
    void bytes_written_and_on_disk_stand_beside_bytes_given() throws Exception {
        new AmplificationBench(trial(1, 200)).run();
        assertThat(count(output(), "after all was truncated")).isEqualTo(6);
        assertThat(count(output(), "plain file, ")).isEqualTo(6);
    }
}
