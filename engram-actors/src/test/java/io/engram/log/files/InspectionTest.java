package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.iq80.leveldb.DB;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InspectionTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void nameTheFolder() {
        folder = temporary.resolve("log");
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("engram.fuzz.seeds", 40));
    }

    /** Two logs of a hundred entries each, half of them in tables, and one that was dropped. */
    private WrittenFolder twoLogs() throws IOException {
        var written = new WrittenFolder(folder, 64 << 20);
        var a = written.create("a");
        var b = written.create("b");
        var c = written.create("c");
        written.append(c, new byte[10]);
        written.commit();
        for (var i = 0; i < 100; i++) {
            written.append(a, new byte[200 + i]);
            written.append(b, new byte[100]);
            written.commit();
            if (i == 50) {
                written.drop(c);
                written.commit();
                written.reopen();
            }
        }
        written.cell(a, "cell", new byte[20]);
        written.meta(b, 7);
        written.commit();
        return written;
    }

    private Path newestTable() throws IOException {
        return FolderFiles.in(folder).tables().lastEntry().getValue();
    }

    private static TreeMap<byte[], byte[]> rescue(Path from) throws IOException {
        var given = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        Rescue.run(from, (key, value) -> assertThat(given.put(key, value)).isNull());
        return given;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aWholeFolderIsWellAndIsRescuedWhole(long seed) throws IOException {
        var random = new Random(seed);
        try (var written = RandomFolder.write(folder, random, 60, true, true)) {
            if (random.nextBoolean()) {
                written.compact();
            }
            written.reopen();
            var copy = written.copyTo(temporary.resolve("copy"));
            var report = FolderReport.inspect(copy);
            assertThat(report.findings()).isEmpty();
            assertThat(report.isWell()).isTrue();
            var alive =
                    written.logs.values().stream().filter(log -> !log.dropped).toList();
            assertThat(report.logs()).hasSameSizeAs(alive);
            for (var log : alive) {
                var read = report.logs().stream()
                        .filter(each -> each.number() == log.number)
                        .findFirst()
                        .orElseThrow();
                assertThat(read.name()).isEqualTo(log.name);
                assertThat(read.base()).isEqualTo(log.base);
                assertThat(read.last()).isEqualTo(log.last().index());
                assertThat(read.readableEntries()).isEqualTo(log.last().index() - log.base.index());
            }
            var expected = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
            written.state.forEach((key, value) -> {
                var log = key.length > 8 && key[0] != Keys.NAME_KIND ? written.logs.get(Keys.numberOf(key)) : null;
                var leftOver = key[0] == Keys.ENTRY_KIND && log != null && Keys.indexOf(key) <= log.base.index();
                if (key[0] != Keys.PENDING_KIND
                        && key[0] != Keys.COMMIT_KIND
                        && !leftOver
                        && !(log != null && log.dropped)) {
                    expected.put(key, value);
                }
            });
            assertThat(WrittenFolder.digest(rescue(copy))).isEqualTo(WrittenFolder.digest(expected));
        }
    }

    private LogReport inspected(String name) throws IOException {
        return FolderReport.inspect(folder).logs().stream()
                .filter(log -> log.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private interface Tampering {
        void with(DB db) throws Exception;
    }

    /** Changes the database behind everybody's back. */
    private void tamper(Tampering tampering) throws Exception {
        try (var db = WrittenFolder.open(folder, 4 << 20)) {
            tampering.with(db);
        }
    }

    private static byte[] changed(byte[] value, int at) {
        var changed = value.clone();
        changed[at] ^= 1;
        return changed;
    }

    @Test
    void badMissingAndMisplacedEntriesAreToldByTheirIndexes() throws Exception {
        twoLogs().close();
        tamper(db -> {
            db.put(Keys.entry(1, 10), changed(db.get(Keys.entry(1, 10)), 40));
            db.delete(Keys.entry(1, 20));
            db.delete(Keys.entry(1, 21));
            db.delete(Keys.entry(1, 100));
        });
        var report = inspected("a");
        assertThat(report.last()).isEqualTo(100);
        assertThat(report.readable())
                .containsExactly(new LogReport.Row(1, 9), new LogReport.Row(11, 19), new LogReport.Row(22, 99));
        assertThat(report.readableEntries()).isEqualTo(9 + 9 + 78);
        assertThat(report.unreadable())
                .extracting(Lost::first, Lost::last)
                .containsExactly(tuple(10L, 10L), tuple(20L, 21L), tuple(100L, 100L));
        assertThat(report.unreadable().getFirst().cause()).contains("checksum");
        assertThat(inspected("b").isWell()).isTrue();
        assertThat(FolderReport.inspect(folder).isWell()).isFalse();
    }

    @Test
    void anEntryOfAnotherHistoryBreaksTheRunningChecksum() throws Exception {
        twoLogs().close();
        tamper(db -> {
            var other = EntryCodec.draft(1, 50, 1, new byte[] {1, 2, 3});
            EntryCodec.seal(other, 5, 4711);
            db.put(Keys.entry(1, 50), other);
        });
        assertThat(inspected("a").unreadable())
                .extracting(Lost::first, Lost::last)
                .containsExactly(tuple(50L, 50L), tuple(51L, 51L));
        assertThat(inspected("a").unreadable())
                .allSatisfy(lost -> assertThat(lost.cause()).contains("running checksum"));
    }

    @Test
    void nameAndRootFollowFromEachOther() throws Exception {
        twoLogs().close();
        tamper(db -> {
            db.delete(Keys.name("a"));
            db.delete(Keys.root(2));
        });
        var report = FolderReport.inspect(folder);
        assertThat(report.findings()).singleElement().asString().contains("the name 'a'");
        assertThat(report.logs()).extracting(LogReport::name).containsExactly("a", "b");
        assertThat(report.logs().getFirst().isWell()).isTrue();
        // The base point stands nowhere else.
        assertThat(report.logs().getLast().unreadable()).extracting(Lost::first).containsExactly(0L);
        assertThat(report.logs().getLast().readable()).containsExactly(new LogReport.Row(1, 100));
        var given = rescue(folder);
        assertThat(given)
                .containsKeys(Keys.name("a"), Keys.root(2), Keys.damage(2))
                .doesNotContainKey(Keys.damage(1));
        assertThat(Values.root(Keys.root(2), given.getOrDefault(Keys.root(2), new byte[0]))
                        .name())
                .isEqualTo("b");
    }

    @Test
    void aLogWithoutNameAndRootIsRescuedUnderANameThatSaysSo() throws Exception {
        twoLogs().close();
        tamper(db -> {
            db.delete(Keys.name("a"));
            db.delete(Keys.root(1));
            db.delete(Keys.HEADER);
            db.delete(Keys.GUARD);
        });
        var report = FolderReport.inspect(folder);
        assertThat(report.logs().getFirst().name()).contains("number 1", "lost");
        assertThat(report.logs().getFirst().isWell()).isFalse();
        assertThat(report.findings())
                .anyMatch(text -> text.contains("header"))
                .anyMatch(text -> text.contains("guard"));
        var given = rescue(folder);
        assertThat(given).containsKeys(Keys.entry(1, 1), Keys.entry(1, 100), Keys.damage(1), Keys.GUARD);
        assertThat(Values.header(given.getOrDefault(Keys.HEADER, new byte[0]))).isGreaterThan(2);
    }

    @Test
    void damagedSmallValuesAreToldWithTheirLog() throws Exception {
        twoLogs().close();
        var cell = Keys.cell(1, "cell".getBytes(StandardCharsets.UTF_8));
        tamper(db -> {
            db.put(cell, changed(db.get(cell), 3));
            db.put(Keys.meta(2), changed(db.get(Keys.meta(2)), 3));
        });
        assertThat(inspected("a").unreadable())
                .singleElement()
                .extracting(Lost::cause)
                .asString()
                .contains("cell");
        assertThat(inspected("b").unreadable())
                .singleElement()
                .extracting(Lost::cause)
                .asString()
                .contains("meta");
        assertThat(rescue(folder)).containsKeys(Keys.damage(1), Keys.damage(2)).doesNotContainKeys(cell, Keys.meta(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CURRENT", "MANIFEST"})
    void withoutCurrentOrManifestEverythingIsReadAllTheSame(String which) throws IOException {
        var written = twoLogs();
        written.close();
        try (var files = Files.list(folder)) {
            for (var file : files.filter(each -> FolderFiles.nameOf(each).startsWith(which))
                    .toList()) {
                Files.delete(file);
            }
        }
        var report = FolderReport.inspect(folder);
        assertThat(report.findings()).singleElement().asString().contains("whether in use or not");
        assertThat(report.logs()).allMatch(LogReport::isWell).hasSize(2);
        assertThat(rescue(folder)).containsKeys(Keys.entry(1, 1), Keys.entry(2, 100));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 60, 200})
    void aTableWithoutIndexShowsItsBlocks(int beforeTheEnd) throws IOException {
        twoLogs().close();
        var bytes = Files.readAllBytes(newestTable());
        bytes[bytes.length - beforeTheEnd] ^= 1;
        Files.write(newestTable(), bytes);
        var report = FolderReport.inspect(folder);
        assertThat(report.damagedBlocks()).singleElement().satisfies(block -> {
            assertThat(block.part()).isNotEqualTo(DamagedBlock.Part.DATA);
            assertThat(block.file()).isEqualTo(newestTable());
        });
        assertThat(report.isWell()).isFalse();
        assertThat(report.logs()).allMatch(LogReport::isWell).hasSize(2);
    }

    @Test
    void aCutTableGivesItsWholeBlocks() throws IOException {
        twoLogs().close();
        var bytes = Files.readAllBytes(newestTable());
        Files.write(newestTable(), Arrays.copyOf(bytes, bytes.length / 2));
        var report = inspected("a");
        assertThat(report.isWell()).isFalse();
        assertThat(report.readable()).hasSize(2);
        assertThat(report.readable().getFirst().first()).isEqualTo(1);
        assertThat(report.readable().getFirst().last()).isGreaterThan(20);
        assertThat(report.readable().getLast()).isEqualTo(new LogReport.Row(52, 100));
    }

    @Test
    void aMissingTableIsToldAndWhatIsElsewhereIsRead() throws IOException {
        twoLogs().close();
        Files.delete(newestTable());
        var report = FolderReport.inspect(folder);
        assertThat(report.damagedBlocks())
                .singleElement()
                .extracting(DamagedBlock::cause)
                .asString()
                .contains("missing");
        assertThat(report.logs()).hasSize(2).noneMatch(LogReport::isWell);
        assertThat(report.logs())
                .allSatisfy(log -> assertThat(log.readable()).containsExactly(new LogReport.Row(52, 100)));
    }

    @Test
    void anEmptyFolderHoldsNothing() throws IOException {
        Files.createDirectories(folder);
        assertThat(FolderReport.inspect(folder).isWell()).isTrue();
        assertThat(rescue(folder)).containsOnlyKeys(Keys.HEADER, Keys.GUARD);
    }
}
