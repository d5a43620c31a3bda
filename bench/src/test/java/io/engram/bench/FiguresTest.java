package io.engram.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FiguresTest {
    @Test
    void the_median_is_the_middle_one_or_the_lower_of_two() {
        assertThat(Figures.median(List.of(3.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Figures.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2);
        assertThat(Figures.median(List.of(7.0))).isEqualTo(7);
        assertThatThrownBy(() -> Figures.median(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_goal_that_is_missed_is_said() {
        assertThat(Figures.atLeast(0.5, List.of(0.4, 0.49, 0.7)))
                .contains("0.49")
                .endsWith(": NOT MET");
        assertThat(Figures.atLeast(0.5, List.of(0.4, 0.5, 0.7))).endsWith(": met");
        assertThat(Figures.atMost(1.5, List.of(1.6))).endsWith(": NOT MET");
        assertThat(Figures.atMost(1.5, List.of(1.5))).endsWith(": met");
    }

    @Test
    void processor_time_is_of_the_process_and_of_its_ended_children() {
        // A program's name may hold blanks and brackets.
        var stat = "42 (a (bad) name) S 1 42 42 0 -1 4194560 100 200 0 0 250 50 30 20 20 0 9 0 100 200 300";
        assertThat(ProcessorTime.seconds(stat)).isEqualTo(3.5, within(1e-9));
    }

    @Test
    void what_the_kernel_counts_is_read_by_name() throws IOException {
        var lines = List.of(
                "rchar: 1",
                "wchar: 2",
                "syscr: 3",
                "syscw: 4",
                "read_bytes: 4096",
                "write_bytes: 8192",
                "cancelled_write_bytes: 5");
        var io = DiskIo.parse(lines);
        assertThat(io).isEqualTo(new DiskIo(4096, 8192));
        assertThat(io.since(new DiskIo(96, 92))).isEqualTo(new DiskIo(4000, 8100));
        assertThatThrownBy(() -> DiskIo.parse(lines.subList(0, 4))).isInstanceOf(IOException.class);
    }

    @Test
    void files_that_the_system_was_asked_to_forget_are_read_whole(@TempDir Path folder) throws Exception {
        Files.write(Files.createDirectories(folder.resolve("below")).resolve("a"), new byte[3_000_000]);
        Files.write(folder.resolve("b"), new byte[17]);
        DiskFiles.evict(folder);
        assertThat(DiskFiles.bytes(folder)).isEqualTo(3_000_017);
        assertThat(DiskFiles.read(DiskFiles.in(folder)).bytes()).isEqualTo(3_000_017);
    }
}
