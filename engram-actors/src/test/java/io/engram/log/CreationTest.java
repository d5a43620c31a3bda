package io.engram.log;

import static io.engram.log.TestLogs.appendAll;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A new folder whose making was cut off. With real power cuts it is tried by the proofs. */
class CreationTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path log;

    @SuppressWarnings("NullAway.Init")
    private Path making;

    @BeforeEach
    void nameTheFolders() throws IOException {
        log = Files.createDirectory(folder.resolve("log"));
        making = log.resolve("creating");
    }

    /** The database of a new folder, where it is made. */
    private List<Path> made() throws IOException {
        Files.createDirectory(making);
        try (var database = LevelDb.open(making, 1 << 20)) {
            LogFolder.nextNumber(database, making);
        }
        try (var files = Files.list(making)) {
            return files.filter(file -> file.getFileName().toString().matches("MANIFEST.*|.*\\.log"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    private void worksFromTheStart() {
        for (var start = 0; start < 2; start++) {
            try (var store = open(log)) {
                appendAll(store, "log " + start, 1, "one", "two");
                assertThat(readAll(store, "log 0")).containsExactly("one", "two");
            }
            assertThat(making).doesNotExist();
        }
    }

    @Test
    void whereverTheMakingWasCutOffItIsBegunAgain() throws IOException {
        var files = made();
        assertThat(files).hasSizeGreaterThanOrEqualTo(2);
        var cut = folder.resolve("cut");
        for (var moved = 0; moved <= files.size(); moved++) {
            if (moved > 0) {
                var file = files.get(moved - 1);
                Files.move(file, log.resolve(file.getFileName()));
            }
            TestLogs.copy(log, cut);
            try (var store = open(cut)) {
                appendAll(store, "a", 1, "one");
                assertThat(readAll(store, "a")).containsExactly("one");
            }
            assertThat(cut.resolve("creating")).doesNotExist();
            delete(cut);
        }
        worksFromTheStart();
    }

    @Test
    void whatWasBarelyBegunIsMadeAnew() throws IOException {
        Files.createDirectory(making);
        Files.write(making.resolve("CURRENT"), new byte[0]);
        Files.write(making.resolve("MANIFEST-000001"), new byte[100]);
        worksFromTheStart();
    }

    @Test
    void leftOversOfAFinishedMakingGo() throws IOException {
        open(log).close();
        Files.createDirectory(making);
        Files.writeString(making.resolve("LOG"), "what LevelDB said");
        worksFromTheStart();
    }

    /** Somebody has put such a folder there, or the names are what is damaged: what is in the log is not given up. */
    @Test
    void aLogThatHoldsAnythingIsNeverTakenForALeftOver() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "precious");
        }
        made();
        Files.delete(log.resolve("CURRENT"));
        var before = contents();
        assertThatThrownBy(() -> open(log))
                .isInstanceOf(LogOpenException.class)
                .hasMessageContaining("CURRENT is missing")
                .hasMessageContaining("is not that of a new log");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void aFolderThatHasLostItsCurrentIsNotMadeAnew() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "precious");
        }
        Files.delete(log.resolve("CURRENT"));
        var before = contents();
        assertThatThrownBy(() -> open(log))
                .isInstanceOf(LogOpenException.class)
                .hasMessageContaining("CURRENT is missing");
        assertThat(contents()).isEqualTo(before);
    }

    private TreeMap<String, Integer> contents() throws IOException {
        var contents = new TreeMap<String, Integer>();
        try (var files = Files.walk(log)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                if (!file.getFileName().toString().equals(FolderLock.FILE)) {
                    contents.put(log.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)));
                }
            }
        }
        return contents;
    }

    private static void delete(Path path) throws IOException {
        try (var files = Files.walk(path)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
