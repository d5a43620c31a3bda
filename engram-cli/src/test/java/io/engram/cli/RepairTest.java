package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The repair on a real log. */
class RepairTest {
    @TempDir
    Path parent;

    private LogStore open(String folder) {
        return LogStore.open(
                LogStoreSettings.of(parent.resolve(folder).resolve("log")).withMinFreeBytes(0),
                new SimpleMeterRegistry());
    }

    private static void append(LogStore store, String log) {
        store.append(log, 1, List.of(log.getBytes(StandardCharsets.UTF_8)))
                .toCompletableFuture()
                .join();
    }

    @Test
    void a_folder_whose_directory_of_spaces_is_lost_gets_one_with_the_spaces_that_have_logs() {
        try (var store = open("data")) {
            append(store, "space|alpha|3");
            append(store, "space|beta|4");
        }
        var check = new DataCheck(new FilesOfLevelDb(), InstantSource.system());
        var report = check.repair(parent.resolve("data"), parent.resolve("new"), Optional.empty());
        assertThat(report.lines())
                .extracting(DataCheck.Line::toString)
                .anyMatch(line -> line.startsWith("[WARN] the directory of memory spaces was made anew with 2 spaces"))
                .anyMatch(line -> line.contains("'alpha' is known by its log 'space|alpha|3' alone"))
                .anyMatch(line -> line.contains("'beta'"));
        try (var store = open("new")) {
            assertThat(store.logs("", "", 10)).containsExactly("directory|0", "space|alpha|3", "space|beta|4");
            assertThat(store.quarantined()).isEmpty();
        }
    }
}
