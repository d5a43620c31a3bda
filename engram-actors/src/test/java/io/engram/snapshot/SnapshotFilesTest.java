package io.engram.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFilesTest {
    private static final SnapshotFiles.Id ID = new SnapshotFiles.Id(7, 1_000);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private SnapshotFiles files;

    @BeforeEach
    void open() {
        files = new SnapshotFiles(folder.resolve("deep/er"));
    }

    @Test
    void whatIsSavedIsLoadedAndListedNewestFirst() throws IOException {
        assertThat(files.list("a")).isEmpty();
        files.save("a", ID, new byte[] {1, 2});
        files.save("a", new SnapshotFiles.Id(9, 900), new byte[0]);
        files.save("a", new SnapshotFiles.Id(7, 2_000), new byte[100_000]);
        assertThat(files.list("a")).containsExactly(new SnapshotFiles.Id(9, 900), new SnapshotFiles.Id(7, 2_000), ID);
        assertThat(files.load("a", ID)).hasValue(new byte[] {1, 2});
        assertThat(files.load("a", new SnapshotFiles.Id(8, 1))).isEmpty();
        assertThat(files.load("b", ID)).isEmpty();
    }

    @Test
    void namesNeverMeetOnTheDiskAndNeverLeaveTheFolder() throws IOException {
        var names =
                List.of("a", "A", "../a", "a/b", "a_b", "ä", "", ".", "..", "con", "x".repeat(900), "x".repeat(901));
        for (var i = 0; i < names.size(); i++) {
            files.save(names.get(i), ID, new byte[] {(byte) i});
        }
        for (var i = 0; i < names.size(); i++) {
            assertThat(files.load(names.get(i), ID)).hasValue(new byte[] {(byte) i});
            assertThat(files.folder(names.get(i)).normalize().getParent()).isEqualTo(folder.resolve("deep/er"));
            assertThat(files.folder(names.get(i)).getFileName().toString()).matches("[a-z0-9_-]{33,81}");
        }
        assertThat(names.stream().map(name -> files.folder(name).toString().toLowerCase(java.util.Locale.ROOT)))
                .doesNotHaveDuplicates();
    }

    @Test
    void everyChangedByteAndEveryCutIsSeen() throws IOException {
        files.save("name", ID, "the payload".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Path file;
        try (var all = Files.list(files.folder("name"))) {
            file = all.findFirst().orElseThrow();
        }
        var whole = Files.readAllBytes(file);
        var random = new Random(5);
        for (var i = 0; i < whole.length; i++) {
            var damaged = whole.clone();
            damaged[i] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            assertThatThrownBy(() -> files.load("name", ID))
                    .as("byte %d", i)
                    .isInstanceOf(SnapshotFiles.DamagedSnapshotException.class)
                    .hasMessageContaining(file.toString());
            Files.write(file, java.util.Arrays.copyOf(whole, i));
            assertThatThrownBy(() -> files.load("name", ID))
                    .as("cut to %d", i)
                    .isInstanceOf(SnapshotFiles.DamagedSnapshotException.class);
        }
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> files.load("name", ID)).isInstanceOf(SnapshotFiles.DamagedSnapshotException.class);
        Files.write(file, whole);
        assertThat(files.load("name", ID)).isPresent();
    }

    @Test
    void aSnapshotUnderAnotherNameIsSeen() throws IOException {
        files.save("one", ID, new byte[1]);
        files.save("two", ID, new byte[1]);
        var name = "%019d-%019d.snapshot".formatted(7, 1_000);
        Files.copy(
                files.folder("one").resolve(name),
                files.folder("two").resolve(name),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> files.load("two", ID)).hasMessageContaining("another snapshot's");
    }

    @Test
    void emptyFoldersAndHalfWrittenFilesGo() throws IOException {
        files.save("a", ID, new byte[1]);
        files.delete("a", ID);
        assertThat(files.folder("a")).doesNotExist();
        files.save("b", ID, new byte[1]);
        Files.write(files.folder("b").resolve("x.snapshot.1.tmp"), new byte[3]);
        Files.createDirectories(files.folder("c"));
        Files.write(files.folder("c").resolve("x.snapshot.1.tmp"), new byte[3]);
        files.removeTemporaries();
        assertThat(files.folder("c")).doesNotExist();
        assertThat(files.list("b")).containsExactly(ID);
        Files.write(files.folder("b").resolve("x.snapshot.1.tmp"), new byte[3]);
        files.deleteAll("b");
        files.deleteAll("b");
        assertThat(files.folder("b")).doesNotExist();
    }
}
