package io.engram.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotArchiveTest {
    private static final SnapshotId ID = new SnapshotId(7, 1_000);
    private static final Position POSITION = new Position(7, 3, 0x1234_5678_9ABCL);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private SnapshotArchive archive;

    @BeforeEach
    void open() {
        archive = new SnapshotArchive(folder.resolve("deep/er"), Optional.empty());
    }

    private static void save(SnapshotArchive archive, String log, SnapshotId id, byte[] content) throws IOException {
        archive.save(log, Position.of(id.index()), id.timestamp(), sink -> sink.write(ByteBuffer.wrap(content)));
    }

    private static Optional<byte[]> load(SnapshotArchive archive, String log, SnapshotId id) throws IOException {
        return archive.load(log, id, (position, source) -> all(source));
    }

    private static byte[] all(SnapshotSource source) throws IOException {
        var all = new ByteArrayOutputStream();
        for (var piece = source.next(); piece.hasRemaining(); piece = source.next()) {
            var bytes = new byte[piece.remaining()];
            piece.get(bytes);
            all.writeBytes(bytes);
        }
        return all.toByteArray();
    }

    private static byte[] random(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void whatIsSavedIsLoadedAndListedNewestFirst() throws IOException {
        assertThat(archive.list("a")).isEmpty();
        save(archive, "a", ID, new byte[] {1, 2});
        save(archive, "a", new SnapshotId(9, 900), new byte[0]);
        save(archive, "a", new SnapshotId(7, 2_000), new byte[100_000]);
        assertThat(archive.list("a")).containsExactly(new SnapshotId(9, 900), new SnapshotId(7, 2_000), ID);
        assertThat(load(archive, "a", ID)).hasValue(new byte[] {1, 2});
        assertThat(load(archive, "a", new SnapshotId(9, 900))).hasValue(new byte[0]);
        assertThat(load(archive, "a", new SnapshotId(8, 1))).isEmpty();
        assertThat(load(archive, "b", ID)).isEmpty();
    }

    @Test
    void aPositionIsKeptAsItWasSaid() throws IOException {
        archive.save("a", POSITION, 1_000, sink -> sink.write(ByteBuffer.wrap(new byte[3])));
        assertThat(archive.load("a", ID, (position, source) -> position)).hasValue(POSITION);
    }

    @Test
    void contentsOfEveryLengthAroundTheChunksComeBackWhateverThePieces() throws IOException {
        var chunk = ContainerWriter.CHUNK_BYTES;
        var random = new Random(2);
        for (var length : List.of(1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 77)) {
            var content = random(length);
            var bytes = archive.save("a", POSITION, 1_000, sink -> {
                for (var at = 0; at < length; ) {
                    var some = Math.min(length - at, 1 + random.nextInt(300_000));
                    sink.write(ByteBuffer.wrap(content, at, some));
                    at += some;
                }
            });
            assertThat(bytes).isEqualTo((long) length);
            assertThat(load(archive, "a", ID)).as("%d bytes", length).hasValue(content);
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void smallSnapshotsMakeNoFilesAndLargeOnesDo() throws IOException {
        var cells = new MemoryCells();
        var both = new SnapshotArchive(folder, Optional.of(cells));
        var small = random(SnapshotArchive.SMALL_BYTES);
        var large = random(SnapshotArchive.SMALL_BYTES + 1);
        for (var i = 0; i < 100; i++) {
            save(both, "log " + i, ID, small);
        }
        assertThat(files()).isEmpty();
        save(both, "log 0", new SnapshotId(8, 1), large);
        assertThat(files()).hasSize(1);
        assertThat(cells.names("log 0")).hasSize(1);
        assertThat(both.list("log 0")).containsExactly(new SnapshotId(8, 1), ID);
        assertThat(load(both, "log 0", ID)).hasValue(small);
        assertThat(load(both, "log 0", new SnapshotId(8, 1))).hasValue(large);
        both.delete("log 0", ID);
        assertThat(both.list("log 0")).containsExactly(new SnapshotId(8, 1));
        both.deleteAll("log 0");
        both.deleteAll("log 1");
        assertThat(files()).isEmpty();
        assertThat(cells.names("log 1")).isEmpty();
        assertThat(cells.names("log 2")).hasSize(1);
    }

    @Test
    void namesNeverMeetOnTheDiskAndNeverLeaveTheFolder() throws IOException {
        var files = new SnapshotFiles(folder.resolve("deep/er"));
        var names =
                List.of("a", "A", "../a", "a/b", "a_b", "ä", "", ".", "..", "con", "x".repeat(900), "x".repeat(901));
        for (var i = 0; i < names.size(); i++) {
            save(archive, names.get(i), ID, new byte[] {(byte) i});
        }
        for (var i = 0; i < names.size(); i++) {
            assertThat(load(archive, names.get(i), ID)).hasValue(new byte[] {(byte) i});
            assertThat(files.folder(names.get(i)).normalize().getParent()).isEqualTo(folder.resolve("deep/er"));
            assertThat(files.folder(names.get(i)).getFileName().toString()).matches("[a-z0-9_-]{33,81}");
        }
        assertThat(names.stream().map(name -> files.folder(name).toString().toLowerCase(Locale.ROOT)))
                .doesNotHaveDuplicates();
    }

    @Test
    void everyChangedByteAndEveryCutIsSeen() throws IOException {
        save(archive, "name", ID, "the content".getBytes(StandardCharsets.UTF_8));
        everyDamageOf("name", "the content".getBytes(StandardCharsets.UTF_8));
    }

    private void everyDamageOf(String log, byte[] content) throws IOException {
        var file = files().getFirst();
        var whole = Files.readAllBytes(file);
        for (var i = 0; i < whole.length; i++) {
            for (var bit = 0; bit < 8; bit++) {
                var damaged = whole.clone();
                damaged[i] ^= (byte) (1 << bit);
                Files.write(file, damaged);
                assertThatThrownBy(() -> load(archive, log, ID))
                        .as("byte %d, bit %d", i, bit)
                        .isInstanceOf(DamagedSnapshotException.class)
                        .hasMessageContaining(file.toString());
            }
            Files.write(file, Arrays.copyOf(whole, i));
            assertThatThrownBy(() -> load(archive, log, ID))
                    .as("cut to %d", i)
                    .isInstanceOf(DamagedSnapshotException.class);
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> load(archive, log, ID)).isInstanceOf(DamagedSnapshotException.class);
        Files.write(file, whole);
        assertThat(load(archive, log, ID)).hasValue(content);
    }

    @Test
    void readingBackTellsDamageAndTakesItsTimeByWhatItRead() throws IOException {
        var cells = new MemoryCells();
        var both = new SnapshotArchive(folder.resolve("both"), Optional.of(cells));
        var small = new SnapshotId(1, 1);
        var large = new SnapshotId(2, 2);
        save(both, "a", small, random(1_000));
        save(both, "a", large, random(3 << 20));
        for (var id : List.of(small, large)) {
            var read = new long[1];
            assertThat(both.readBack("a", id, bytes -> (read[0] += bytes) > 0)).isEmpty();
            assertThat(read[0]).isEqualTo(id.equals(small) ? 1_000 : 3 << 20);
        }
        var file = fileIn(folder.resolve("both"));
        var bytes = Files.readAllBytes(file);
        bytes[2 << 20] ^= 1;
        Files.write(file, bytes);
        cells.put("a", cells.names("a").getFirst(), new byte[100]);
        for (var id : List.of(small, large)) {
            assertThat(both.readBack("a", id, _ -> true))
                    .hasValueSatisfying(
                            reason -> assertThat(reason).contains("the snapshot of 'a' up to " + id.index()));
        }
        // It was good when it was saved; now it is not taken for that any more.
        assertThat(both.damage("a", large)).isPresent();
        var stopped = new int[1];
        assertThat(both.readBack("a", large, _ -> stopped[0]++ > 0)).isEmpty();
        assertThat(stopped[0]).isEqualTo(1);
        assertThat(both.readBack("a", new SnapshotId(3, 3), _ -> true)).isEmpty();
        assertThat(file).hasBinaryContent(bytes);
    }

    private static Path fileIn(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    @Test
    void aSnapshotOfTheFirstVersionIsReadAndItsDamageSeen() throws IOException {
        var log = "a log|ü";
        var hex = Files.readString(Path.of("src/test/resources/snapshot/container-1.hex"))
                .replaceAll("\\s", "");
        save(archive, log, ID, new byte[1]);
        Files.write(files().getFirst(), HexFormat.of().parseHex(hex));
        everyDamageOf(log, "what was saved by the first version".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void chunksInAnotherOrderOrOfAnotherSnapshotAreSeen() throws IOException {
        var chunk = ContainerWriter.CHUNK_BYTES + ContainerWriter.CHUNK_EXTRA_BYTES;
        var header = ContainerWriter.FIXED_HEADER_BYTES + 1 + 4;
        save(archive, "b", ID, random(3 * ContainerWriter.CHUNK_BYTES));
        var other = Files.readAllBytes(files().getFirst());
        archive.deleteAll("b");
        save(archive, "a", ID, random(3 * ContainerWriter.CHUNK_BYTES));
        var file = files().getFirst();
        var whole = Files.readAllBytes(file);
        var swapped = whole.clone();
        System.arraycopy(whole, header, swapped, header + chunk, chunk);
        System.arraycopy(whole, header + chunk, swapped, header, chunk);
        var mixed = whole.clone();
        System.arraycopy(other, header + chunk, mixed, header + chunk, chunk);
        var shorter = new byte[whole.length - chunk];
        System.arraycopy(whole, 0, shorter, 0, header + chunk);
        System.arraycopy(whole, header + 2 * chunk, shorter, header + chunk, shorter.length - header - chunk);
        for (var damaged : List.of(swapped, mixed, shorter)) {
            Files.write(file, damaged);
            assertThatThrownBy(() -> load(archive, "a", ID)).isInstanceOf(DamagedSnapshotException.class);
        }
    }

    @Test
    void aSnapshotUnderAnotherNameIsSeen() throws IOException {
        save(archive, "one", ID, new byte[1]);
        var one = files().getFirst();
        save(archive, "two", ID, new byte[1]);
        for (var file : files()) {
            if (!file.equals(one)) {
                Files.copy(one, file, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        assertThatThrownBy(() -> load(archive, "two", ID)).hasMessageContaining("another");
    }

    @Test
    void whatIsMadeOfAContentCountsOnlyWhenItsEndIsRight() throws IOException {
        save(archive, "a", ID, random(200_000));
        var file = files().getFirst();
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        // The reader takes nothing and is content.
        assertThatThrownBy(() -> archive.load("a", ID, (position, source) -> "made"))
                .isInstanceOf(DamagedSnapshotException.class);
    }

    @Test
    void aContentThatFailsOnItsWayLeavesNothingBehind() throws IOException {
        save(archive, "a", ID, new byte[1]);
        assertThatThrownBy(() -> archive.save("a", Position.of(8), 1, sink -> {
                    sink.write(ByteBuffer.wrap(new byte[3 << 20]));
                    throw new IOException("cannot be written");
                }))
                .hasMessage("cannot be written");
        assertThat(files()).hasSize(1);
        assertThat(archive.list("a")).containsExactly(ID);
    }

    @Test
    void aSmallSnapshotThatIsNotKeptAsItWasGivenDoesNotCount() {
        var cells = new MemoryCells();
        var lossy = new Cells() {
            @Override
            public java.util.concurrent.CompletionStage<Void> put(String log, String name, byte[] value) {
                var damaged = value.clone();
                damaged[value.length / 2] ^= 1;
                return cells.put(log, name, damaged);
            }

            @Override
            public Optional<byte[]> get(String log, String name) {
                return cells.get(log, name);
            }

            @Override
            public List<String> names(String log) {
                return cells.names(log);
            }

            @Override
            public java.util.concurrent.CompletionStage<Void> remove(String log, String name) {
                return cells.remove(log, name);
            }
        };
        var both = new SnapshotArchive(folder, Optional.of(lossy));
        assertThatThrownBy(() -> save(both, "a", ID, new byte[100])).isInstanceOf(DamagedSnapshotException.class);
    }

    @Test
    void emptyFoldersAndHalfWrittenFilesGo() throws IOException {
        var files = new SnapshotFiles(folder.resolve("deep/er"));
        save(archive, "a", ID, new byte[1]);
        archive.delete("a", ID);
        assertThat(files.folder("a")).doesNotExist();
        save(archive, "b", ID, new byte[1]);
        Files.write(files.folder("b").resolve("x.snapshot.1.tmp"), new byte[3]);
        Files.createDirectories(files.folder("c"));
        Files.write(files.folder("c").resolve("x.snapshot.1.tmp"), new byte[3]);
        archive.removeTemporaries();
        assertThat(files.folder("c")).doesNotExist();
        assertThat(archive.list("b")).containsExactly(ID);
        Files.write(files.folder("b").resolve("x.snapshot.1.tmp"), new byte[3]);
        archive.deleteAll("b");
        archive.deleteAll("b");
        assertThat(files.folder("b")).doesNotExist();
    }

    @Test
    void lengthsOfAnySizeNeverTakeTheMemoryAway() throws IOException {
        save(archive, "a", ID, random(1_000));
        var file = files().getFirst();
        var whole = Files.readAllBytes(file);
        var seen = new ArrayList<String>();
        for (var at = 0; at + 4 <= whole.length; at++) {
            for (var lie : List.of(Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 1 << 30, 1 << 20)) {
                var damaged = whole.clone();
                ByteBuffer.wrap(damaged).putInt(at, lie);
                if (!Arrays.equals(damaged, whole)) {
                    Files.write(file, damaged);
                    assertThatThrownBy(() -> load(archive, "a", ID)).isInstanceOf(DamagedSnapshotException.class);
                    seen.add(at + ":" + lie);
                }
            }
        }
        assertThat(seen).hasSizeGreaterThan(4_000);
    }
}
