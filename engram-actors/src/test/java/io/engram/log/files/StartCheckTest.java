package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartCheckTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private WrittenFolder written;

    @SuppressWarnings("NullAway.Init")
    private WrittenFolder.Log a;

    @SuppressWarnings("NullAway.Init")
    private WrittenFolder.Log b;

    /** Logs a and b with an entry each in a table, then ten commits with one each in the write-ahead log. */
    @BeforeEach
    void write() throws IOException {
        written = new WrittenFolder(temporary.resolve("original"), 4 << 20);
        a = written.create("a");
        b = written.create("b");
        appendToBoth();
        written.reopen();
        for (var i = 0; i < 10; i++) {
            appendToBoth();
        }
        written.close();
        folder = written.copyTo(temporary.resolve("log"));
    }

    private void appendToBoth() {
        written.append(a, new byte[100]);
        written.append(b, new byte[100]);
        written.commit();
    }

    private Path log() throws IOException {
        return TornTail.newestLog(folder).orElseThrow();
    }

    private Path table() throws IOException {
        return FolderFiles.in(folder).tables().firstEntry().getValue();
    }

    private Path manifest() throws IOException {
        return TornTail.manifest(folder).orElseThrow();
    }

    private interface Change {
        void to(byte[] bytes) throws Exception;
    }

    private static void change(Path file, Change change) throws Exception {
        var bytes = Files.readAllBytes(file);
        change.to(bytes);
        Files.write(file, bytes);
    }

    /** Where a change of a record begins. */
    private int offset(int record, int change) throws Exception {
        return new LogLayout(Files.readAllBytes(log()))
                .records
                .get(record)
                .ops()
                .get(change)
                .bytes()
                .nextSetBit(0);
    }

    private TreeMap<String, Integer> all() throws IOException {
        return WrittenFolder.digest(WrittenFolder.readAll(folder));
    }

    private TreeMap<String, Integer> snapshot() throws IOException {
        var snapshot = new TreeMap<String, Integer>();
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                snapshot.put(folder.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return snapshot;
    }

    private void assertRefused(boolean checkTables, String... texts) throws IOException {
        var before = snapshot();
        assertThatThrownBy(() -> StartCheck.run(folder, checkTables))
                .isInstanceOf(DamagedFolderException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("engram validate data --repair --to DIR")
                .hasMessageContainingAll(texts);
        assertThat(snapshot()).as("nothing was changed").isEqualTo(before);
    }

    @Test
    void aWholeFolderIsLeftAlone() throws IOException {
        var before = snapshot();
        var report = StartCheck.run(folder, true);
        assertThat(report.isClean()).isTrue();
        assertThat(report.lost()).isEmpty();
        assertThat(snapshot()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 7, 8, 20, 50, 200, 300})
    void aTornTailIsCutWhateverIsLeftOfIt(int torn) throws Exception {
        var bytes = Files.readAllBytes(log());
        var last = new LogLayout(bytes).records.getLast();
        assertThat(torn).isLessThan(last.to() - last.from());
        for (var zeros : new int[] {0, 100, 70_000}) {
            Files.write(log(), Arrays.copyOf(Arrays.copyOf(bytes, bytes.length - torn), bytes.length - torn + zeros));
            var again = temporary.resolve("torn-" + zeros);
            WrittenFolder.copy(folder, again);
            var report = StartCheck.run(again, false);
            // Bytes of the record that are zeros cannot be told from those behind it.
            assertThat(report.droppedBytes()).isBetween(1L, (long) last.to() - last.from() - torn);
            assertThat(report.lost()).isEmpty();
            assertThat(report.words()).singleElement().asString().contains("half-written", "dropped");
            var left = WrittenFolder.readAll(again);
            assertThat(left).containsKey(Keys.entry(a.number, 10)).doesNotContainKey(Keys.entry(a.number, 11));
            assertThat(left.keySet()).noneMatch(key -> key[0] == Keys.DAMAGE_KIND);
        }
    }

    @Test
    void aTailThatHoldsTheNoteOfALaterCommitIsNoTornOne() throws Exception {
        // The last two commits are damaged, but the second one's note can be read: so the first one was acknowledged.
        var first = offset(8, 0);
        var second = offset(9, 0);
        change(log(), bytes -> {
            bytes[first + 30] ^= 1;
            bytes[second + 30] ^= 1;
        });
        var report = StartCheck.run(folder, false);
        assertThat(report.lost()).extracting(LostRange::log).contains(a.number);
        var left = WrittenFolder.readAll(folder);
        assertThat(left).containsKeys(Keys.entry(b.number, 10), Keys.damage(a.number));
        assertThat(left).doesNotContainKey(Keys.entry(a.number, 10));
    }

    @Test
    void oneDamagedEntryCostsItselfAloneAndIsNoted() throws Exception {
        var at = offset(4, 0);
        var original = Files.readAllBytes(log());
        change(log(), bytes -> bytes[at + 60] ^= 1);
        var damaged = Files.readAllBytes(log());
        var report = StartCheck.run(folder, false);
        assertThat(report.lost()).singleElement().satisfies(lost -> {
            assertThat(lost.log()).isEqualTo(a.number);
            assertThat(lost.first()).isEqualTo(6);
            assertThat(lost.last()).isEqualTo(6);
            assertThat(lost.cause()).contains(FolderFiles.nameOf(log()), "offset");
        });
        assertThat(report.keptChanges()).isEqualTo(2);
        assertThat(report.damagedBytes()).isPositive();
        assertThat(report.copies()).singleElement().satisfies(copy -> {
            assertThat(copy).hasParentRaw(folder.resolve("damaged"));
            assertThat(copy).hasBinaryContent(damaged);
        });
        var left = WrittenFolder.readAll(folder);
        assertThat(left.remove(Keys.damage(a.number))).isNotNull();
        written.state.remove(Keys.entry(a.number, 6));
        assertThat(WrittenFolder.digest(left)).isEqualTo(WrittenFolder.digest(written.state));
        assertThat(original).isNotEqualTo(damaged);
    }

    @Test
    void aCopyIsNeverOverwritten() throws Exception {
        for (var time = 1; time <= 3; time++) {
            var at = offset(time, 0);
            change(log(), bytes -> bytes[at + 60] ^= 1);
            StartCheck.run(folder, false);
        }
        try (var copies = Files.list(folder.resolve("damaged"))) {
            assertThat(copies.map(FolderFiles::nameOf).sorted().map(name -> name.replaceAll("^\\d+", "N")))
                    .containsExactly("N.log.before-repair-1", "N.log.before-repair-2", "N.log.before-repair-3");
        }
        var note = WrittenFolder.readAll(folder).get(Keys.damage(a.number));
        assertThat(Values.damage(
                        Keys.damage(a.number), Optional.ofNullable(note).orElseThrow()))
                .extracting(Lost::first)
                .containsExactly(3L, 4L, 5L);
    }

    @Test
    void damageInHeadersAloneLosesNothing() throws Exception {
        var layout = new LogLayout(Files.readAllBytes(log()));
        change(log(), bytes -> {
            for (var record : layout.records.subList(0, 9)) {
                // The fragment's checksum, or the batch's sequence.
                bytes[record.from() + (record.from() % 2 == 0 ? 1 : 9)] ^= 0x40;
            }
        });
        var report = StartCheck.run(folder, false);
        assertThat(report.isClean()).isFalse();
        assertThat(report.lost()).isEmpty();
        assertThat(all()).isEqualTo(WrittenFolder.digest(written.state));
    }

    @Test
    void aNoteThatWasThereBeforeIsKept() throws Exception {
        // One log with a note in a table, a new one with entries of which one is damaged.
        written = new WrittenFolder(temporary.resolve("noted"), 4 << 20);
        var log = written.create("log");
        written.append(log, new byte[10]);
        written.put(Keys.damage(1), Values.damage(1, List.of(new Lost(1, 1, "long ago"))));
        written.commit();
        written.reopen();
        for (var i = 0; i < 3; i++) {
            written.append(log, new byte[100]);
            written.commit();
        }
        written.close();
        folder = written.copyTo(temporary.resolve("noted-damaged"));
        var at = offset(1, 0);
        change(log(), bytes -> bytes[at + 60] ^= 1);
        StartCheck.run(folder, false);
        var note = Optional.ofNullable(WrittenFolder.readAll(folder).get(Keys.damage(1)))
                .orElseThrow();
        assertThat(Values.damage(Keys.damage(1), note))
                .extracting(Lost::first, Lost::cause)
                .contains(org.assertj.core.groups.Tuple.tuple(1L, "long ago"))
                .hasSizeGreaterThan(1);
    }

    @Test
    void twoLostCommitsInARowAreRefusedByTheirNumbers() throws Exception {
        var from = new LogLayout(Files.readAllBytes(log())).records.get(3).from();
        var to = new LogLayout(Files.readAllBytes(log())).records.get(4).to();
        change(log(), bytes -> Arrays.fill(bytes, from, to, (byte) 0));
        assertRefused(false, "the writes 5 and 6 are both lost", FolderFiles.nameOf(log()), "offset " + from);
    }

    @Test
    void oneLostCommitIsAttributedByTheNextOne() throws Exception {
        var record = new LogLayout(Files.readAllBytes(log())).records.get(3);
        change(log(), bytes -> Arrays.fill(bytes, record.from(), record.to(), (byte) 0));
        var report = StartCheck.run(folder, false);
        assertThat(report.lost())
                .extracting(LostRange::log, LostRange::first, LostRange::last)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(a.number, 5L, 5L),
                        org.assertj.core.groups.Tuple.tuple(b.number, 5L, 5L));
        // The note that is gone is written again, so that the next start finds no gap.
        assertThat(StartCheck.run(folder, false).isClean()).isTrue();
    }

    @Test
    void aLogWhoseNameAndRootAreLostIsRefused() throws Exception {
        written = new WrittenFolder(temporary.resolve("born"), 4 << 20);
        var born = written.create("born");
        written.append(born, new byte[10]);
        written.commit();
        written.append(born, new byte[10]);
        written.commit();
        written.close();
        folder = written.copyTo(temporary.resolve("born-damaged"));
        var name = offset(1, 1);
        var root = offset(1, 2);
        change(log(), bytes -> {
            bytes[name + 5] ^= 1;
            bytes[root + 20] ^= 1;
        });
        assertRefused(false, "the name of log number 1 is lost");
        // Either of them alone follows from the other.
        change(log(), bytes -> bytes[root + 20] ^= 1);
        assertThat(StartCheck.run(folder, false).lost()).isEmpty();
        assertThat(all()).isEqualTo(WrittenFolder.digest(written.state));
    }

    /** What one gap accounts for must not be counted again in a later one, or it hides a loss there. */
    @Test
    void aLostNameDoesNotHideACellThatIsLostLater() throws Exception {
        written = new WrittenFolder(temporary.resolve("named"), 4 << 20);
        var log = written.create("named");
        written.append(log, new byte[10]);
        written.commit();
        written.append(log, new byte[10]);
        written.commit();
        written.cell(log, "cell", new byte[50]);
        written.append(log, new byte[10]);
        written.commit();
        written.append(log, new byte[10]);
        written.commit();
        written.close();
        folder = written.copyTo(temporary.resolve("named-damaged"));
        var name = offset(1, 1);
        var cell = offset(3, 0);
        change(log(), bytes -> {
            bytes[name + 5] ^= 1;
            bytes[cell + 30] ^= 1;
        });
        assertThat(StartCheck.run(folder, false).lost()).singleElement().satisfies(lost -> {
            assertThat(lost.log()).isEqualTo(log.number);
            assertThat(lost.first()).isZero();
        });
        assertThat(WrittenFolder.readAll(folder)).containsKeys(Keys.name("named"), Keys.damage(log.number));
    }

    @Test
    void whatALogLostBeforeItWasDroppedConcernsNobody() throws Exception {
        written = new WrittenFolder(temporary.resolve("dropped"), 4 << 20);
        var log = written.create("dropped");
        var other = written.create("other");
        written.append(log, new byte[10]);
        written.append(other, new byte[10]);
        written.commit();
        written.append(log, new byte[100]);
        written.append(other, new byte[10]);
        written.commit();
        written.drop(log);
        written.commit();
        written.append(other, new byte[10]);
        written.commit();
        written.close();
        folder = written.copyTo(temporary.resolve("dropped-damaged"));
        var entry = offset(2, 0);
        change(log(), bytes -> bytes[entry + 60] ^= 1);
        var report = StartCheck.run(folder, false);
        assertThat(report.isClean()).isFalse();
        assertThat(report.lost()).isEmpty();
        assertThat(WrittenFolder.readAll(folder).keySet()).noneMatch(key -> key[0] == Keys.DAMAGE_KIND);
    }

    @Test
    void aMissingWriteAheadLogIsRefused() throws IOException {
        var log = log();
        Files.delete(log);
        assertRefused(false, FolderFiles.nameOf(log), "missing");
    }

    @Test
    void aMissingTableIsRefused() throws IOException {
        var table = table();
        Files.delete(table);
        assertRefused(false, FolderFiles.nameOf(table), "missing");
    }

    @Test
    void aTableOfAnotherSizeIsRefused() throws IOException {
        Files.write(table(), Arrays.copyOf(Files.readAllBytes(table()), (int) Files.size(table()) - 1));
        assertRefused(false, FolderFiles.nameOf(table()), "bytes");
    }

    @Test
    void aTableWithZerosBehindItIsTakenAsItIs() throws IOException {
        Files.write(table(), Arrays.copyOf(Files.readAllBytes(table()), (int) Files.size(table()) + 200_000));
        assertThat(StartCheck.run(folder, true).isClean()).isTrue();
        assertThat(Table.inUse(folder)).containsExactly(table());
        assertThat(Table.check(table(), _ -> {})).isEmpty();
        assertThat(all()).isEqualTo(WrittenFolder.digest(written.state));
    }

    /** A stop in the middle of a repair, at which one of two damaged logs is written anew and the other is not. */
    @Test
    void aRepairThatWasStoppedIsFinishedByTheNextStart() throws Exception {
        var newest = log();
        var records = new LogLayout(Files.readAllBytes(newest)).records;
        var split = new ArrayList<byte[]>();
        WriteAheadLog.read(Files.readAllBytes(newest), _ -> true)
                .forEach(piece -> split.add(((WriteAheadLog.Whole) piece).content()));
        assertThat(split).hasSameSizeAs(records);
        var number = FolderFiles.in(folder).logs().lastKey();
        var second = folder.resolve("%06d.log".formatted(number + 1));
        Files.write(newest, WriteAheadLog.write(split.subList(0, 5)));
        Files.write(second, WriteAheadLog.write(split.subList(5, 10)));
        for (var file : List.of(newest, second)) {
            var at = new LogLayout(Files.readAllBytes(file))
                    .records
                    .get(1)
                    .ops()
                    .getFirst()
                    .bytes()
                    .nextSetBit(0);
            change(file, bytes -> bytes[at + 60] ^= 1);
        }
        var damaged = Files.readAllBytes(newest);
        var lost = StartCheck.run(folder, false).lost();
        assertThat(lost).extracting(LostRange::first).containsExactly(3L, 8L);
        // The newest one was written first, with the notes in it.
        Files.write(newest, damaged);
        Files.write(folder.resolve("000004.log.unfinished"), new byte[] {1, 2, 3});
        assertThat(StartCheck.run(folder, false).lost())
                .extracting(LostRange::first)
                .containsExactly(3L);
        var left = WrittenFolder.readAll(folder);
        var note = Optional.ofNullable(left.remove(Keys.damage(a.number))).orElseThrow();
        assertThat(Values.damage(Keys.damage(a.number), note))
                .extracting(Lost::first)
                .containsExactly(3L, 8L);
        written.state.remove(Keys.entry(a.number, 3));
        written.state.remove(Keys.entry(a.number, 8));
        assertThat(WrittenFolder.digest(left)).isEqualTo(WrittenFolder.digest(written.state));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MANIFEST-000004", "MANIFEST-999999\n", "nonsense\n"})
    void aCurrentThatNamesNoManifestIsRefused(String text) throws IOException {
        Files.writeString(folder.resolve("CURRENT"), text);
        assertRefused(false, "CURRENT");
    }

    @Test
    void aMissingCurrentIsRefusedUnlessNothingElseIsThere() throws IOException {
        Files.delete(folder.resolve("CURRENT"));
        assertRefused(false, "CURRENT is missing");
        var early = Files.createDirectory(temporary.resolve("early"));
        Files.copy(manifest0(), early.resolve("MANIFEST-000001"));
        assertThat(StartCheck.run(early, false).isClean()).isTrue();
    }

    private Path manifest0() throws IOException {
        return FolderFiles.in(folder).manifests().firstEntry().getValue();
    }

    @Test
    void damageInTheManifestBeforeItsTailIsRefused() throws Exception {
        change(manifest(), bytes -> bytes[20] ^= 1);
        assertRefused(false, FolderFiles.nameOf(manifest()));
    }

    @Test
    void aHalfWrittenEditIsCutOffTheManifest() throws Exception {
        var bytes = Files.readAllBytes(manifest());
        var garbage = new byte[] {1, 2, 3, 4, 20, 0, 1, 9, 9};
        var torn = Arrays.copyOf(bytes, bytes.length + garbage.length + 1_000);
        System.arraycopy(garbage, 0, torn, bytes.length, garbage.length);
        Files.write(manifest(), torn);
        var report = StartCheck.run(folder, false);
        assertThat(report.droppedBytes()).isEqualTo(garbage.length);
        assertThat(manifest()).hasBinaryContent(bytes);
        assertThat(all()).isEqualTo(WrittenFolder.digest(written.state));
    }

    @Test
    void aManifestThatLosesAnEditWhichWasInForceIsRefused() throws Exception {
        try (var busy = new WrittenFolder(temporary.resolve("busy"), 64 << 10)) {
            var log = busy.create("log");
            for (var i = 0; i < 200; i++) {
                busy.append(log, new byte[1_000]);
                busy.commit();
            }
            busy.close();
            folder = busy.copyTo(temporary.resolve("busy-damaged"));
        }
        // Its last edit took over a table and a new log; the files that the rest names are gone.
        var pieces = WriteAheadLog.read(Files.readAllBytes(manifest()), _ -> true);
        assertThat(pieces).hasSizeGreaterThan(3);
        change(manifest(), all -> all[pieces.getLast().from() + 12] ^= 1);
        assertRefused(false, "missing");
    }

    @Test
    void anUnusedFolderIsClean() throws IOException {
        assertThat(StartCheck.run(Files.createDirectory(temporary.resolve("new")), true)
                        .isClean())
                .isTrue();
    }
}
