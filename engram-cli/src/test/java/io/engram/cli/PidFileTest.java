package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
    @TempDir
    Path folder;

    private PidFile file() {
        return PidFile.ofThisMachine(
                Map.of("ENGRAM_PID_PATH", folder.resolve("run/engram.pid").toString()));
    }

    @Test
    void a_claimed_file_names_this_process_and_its_port() throws Exception {
        assertThat(file().read()).isInstanceOf(PidFile.State.Missing.class);
        assertThat(file().claim(7432)).isEmpty();
        assertThat(Files.readString(file().path()).strip())
                .isEqualTo(ProcessHandle.current().pid() + ":7432");
        assertThat(file().running())
                .contains(new PidFile.Entry(ProcessHandle.current().pid(), 7432));
        file().release();
        assertThat(file().path()).doesNotExist();
    }

    @Test
    void what_a_dead_process_left_behind_is_replaced() throws Exception {
        var process = new ProcessBuilder("true").start();
        process.waitFor();
        Files.createDirectories(folder.resolve("run"));
        Files.writeString(file().path(), process.pid() + ":1\n");
        assertThat(file().running()).isEmpty();
        assertThat(file().claim(2)).isEmpty();
        assertThat(file().running()).map(PidFile.Entry::port).contains(2);
    }

    @Test
    void another_live_node_keeps_its_file() throws Exception {
        // Waits for somebody to type the space's id.
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var other = new ProcessBuilder(
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.engram.cli.Main",
                        "space",
                        "delete",
                        "abc")
                .start();
        try {
            Files.createDirectories(folder.resolve("run"));
            Files.writeString(file().path(), other.pid() + ":1\n");
            assertThat(file().running()).map(PidFile.Entry::port).contains(1);
            assertThat(file().claim(2)).isPresent();
            file().release();
            assertThat(file().path()).exists();
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    @Test
    void nonsense_in_the_file_is_noticed() throws Exception {
        Files.createDirectories(folder.resolve("run"));
        for (var text : new String[] {"", "x", "1", "1:2:3", "-1:2", "1:99999999"}) {
            Files.writeString(file().path(), text);
            assertThat(file().read()).as(text).isInstanceOf(PidFile.State.Corrupted.class);
        }
    }
}
