package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.engram.log.format.Values.Lost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random folders, written through LevelDB, whose write-ahead log is damaged in its middle. After the start check LevelDB must
 * take the folder with its strict checks, and nothing may be missing without a note.
 */
class SalvageFuzzTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("engram.fuzz.seeds", 300));
    }

    /** A folder, the damage done to it, and how to judge what becomes of it. */
    private record Case(Path folder, Verdict verdict, String words) {}

    private Case damaged(long seed) throws Exception {
        var random = new Random(seed);
        var original = temporary.resolve("original-" + seed);
        var written = RandomFolder.write(
                original, random, 4 + random.nextInt(40), random.nextBoolean(), random.nextInt(3) == 0);
        written.close();
        var folder = written.copyTo(temporary.resolve("damaged-" + seed));
        var newest = TornTail.newestLog(folder).orElseThrow();
        // A kill leaves zeros behind the last record.
        var whole = Arrays.copyOf(Files.readAllBytes(newest), (int) Files.size(newest) + random.nextInt(2) * 50_000);
        return random.nextInt(4) == 0 && new LogLayout(whole).records.size() > 1
                ? twoLogs(random, written, folder, newest, whole)
                : oneLog(random, written, folder, newest, whole);
    }

    private static Case oneLog(Random random, WrittenFolder written, Path folder, Path file, byte[] before)
            throws Exception {
        var layout = new LogLayout(before);
        var after = before.clone();
        // Damage in the very last record cannot be told from a write that was never finished.
        var words = damage(random, after, layout, layout.records.getLast().from());
        Files.write(file, after);
        return new Case(folder, verdict(written, layout, LogDamage.changed(before, after, 0), words), words);
    }

    /** Makes two logs of one, as LevelDB has them while it writes a table. */
    private static Case twoLogs(Random random, WrittenFolder written, Path folder, Path file, byte[] whole)
            throws Exception {
        var records = new ArrayList<byte[]>();
        WriteAheadLog.read(whole, _ -> true).forEach(piece -> records.add(((WriteAheadLog.Whole) piece).content()));
        var split = 1 + random.nextInt(records.size() - 1);
        var first = WriteAheadLog.write(records.subList(0, split));
        var second = WriteAheadLog.write(records.subList(split, records.size()));
        // Right behind the first one: every change has a set of its bytes, which is as large as its highest offset.
        var shift = first.length;
        var layout = new LogLayout(first, second, shift);
        var damagedFirst = first.clone();
        var damagedSecond = second.clone();
        var words = "";
        if (random.nextInt(3) > 0) {
            words += damage(random, damagedFirst, new LogLayout(first), first.length);
        }
        if (random.nextInt(3) > 0) {
            var own = new LogLayout(second);
            words += damage(random, damagedSecond, own, own.records.getLast().from());
        }
        var number = Long.parseLong(FolderFiles.nameOf(file).replace(".log", ""));
        Files.write(file, damagedFirst);
        Files.write(file.resolveSibling("%06d.log".formatted(number + 1)), damagedSecond);
        var changed = LogDamage.changed(first, damagedFirst, 0);
        changed.or(LogDamage.changed(second, damagedSecond, shift));
        return new Case(folder, verdict(written, layout, changed, words), "split; " + words);
    }

    private static String damage(Random random, byte[] file, LogLayout layout, int end) {
        if (end == 0) {
            return "";
        }
        var damage = new LogDamage(random, file, layout, 0, end);
        for (var times = 1 + random.nextInt(random.nextInt(3) == 0 ? 4 : 1); times > 0; times--) {
            damage.once();
        }
        return damage.words();
    }

    private static Verdict verdict(WrittenFolder written, LogLayout layout, BitSet changed, String words) {
        return new Verdict(written, layout, changed, words.contains("again"));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nothingIsEverMissingWithoutANote(long seed) throws Exception {
        var test = damaged(seed);
        var original = temporary.resolve("kept-" + seed);
        WrittenFolder.copy(test.folder(), original);
        try {
            var report = StartCheck.run(test.folder(), false);
            test.verdict().holds(test.folder(), report);
            if (test.verdict().isPlain()) {
                assertThat(report.lost().stream()
                                .map(LostRange::log)
                                .filter(log -> !test.verdict().wasDropped(log))
                                .collect(Collectors.toSet()))
                        .as("only the logs of damaged entries have notes")
                        .isEqualTo(test.verdict().logsWithDamagedEntries());
            }
            assertThat(StartCheck.run(test.folder(), true).isClean())
                    .as("a second check finds nothing")
                    .isTrue();
        } catch (DamagedFolderException e) {
            if (!test.verdict().mayBeRefused()) {
                fail("refused without need: %s (%s)".formatted(e.getMessage(), test.words()), e);
            }
            assertUnchanged(original, test.folder());
        } catch (AssertionError e) {
            throw new AssertionError("seed %d, %s: %s".formatted(seed, test.words(), e.getMessage()), e);
        }
    }

    private static void assertUnchanged(Path original, Path folder) throws IOException {
        try (var files = Files.list(original)) {
            for (var file : files.toList()) {
                assertThat(folder.resolve(FolderFiles.nameOf(file))).hasSameBinaryContentAs(file);
            }
        }
        assertThat(folder.resolve(Replacement.ASIDE)).doesNotExist();
    }

    /** The property above must be able to fail: a check that makes nothing of the commit notes is caught. */
    @Test
    void aCheckThatIgnoresTheCommitNotesIsCaught() throws Exception {
        assertCaught(new Losses() {
            @Override
            void add(long log, Lost lost) {}
        });
    }

    /** And so is one that notes missing entries, but not what else a write may have held. */
    @Test
    void aCheckThatCountsEntriesAloneIsCaught() throws Exception {
        assertCaught(new Losses() {
            @Override
            void add(long log, Lost lost) {
                if (lost.first() > 0) {
                    super.add(log, lost);
                }
            }
        });
    }

    private void assertCaught(Losses forgetful) {
        assertThatThrownBy(() -> {
                    for (var seed : seeds().limit(100).toArray()) {
                        var test = damaged(seed);
                        try {
                            test.verdict().holds(test.folder(), StartCheck.run(test.folder(), false, forgetful));
                        } catch (DamagedFolderException e) {
                            // This seed is refused either way.
                            continue;
                        }
                    }
                })
                .isInstanceOf(AssertionError.class);
    }
}
