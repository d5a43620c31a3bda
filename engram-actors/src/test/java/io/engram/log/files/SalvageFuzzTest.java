package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.engram.log.format.Values.Lost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
        var written = RandomFolder.write(original, random, 4 + random.nextInt(40), random.nextBoolean(), random.nextInt(3) == 0);
        written.close();
        var folder = written.copyTo(temporary.resolve("damaged-" + seed));
        var file = TornTail.newestLog(folder).orElseThrow();
        // A kill leaves zeros behind the last record.
        var before = Arrays.copyOf(Files.readAllBytes(file), (int) Files.size(file) + random.nextInt(2) * 50_000);
        var layout = new LogLayout(before);
        var after = before.clone();
        // Damage in the very last record cannot be told from a write that was never finished.
        var end = layout.records.getLast().from();
        if (end == 0) {
            return new Case(folder, new Verdict(written, layout, LogDamage.changed(before, before), false), "none");
        }
        var damage = new LogDamage(random, after, layout, 0, end);
        for (var times = 1 + random.nextInt(random.nextInt(3) == 0 ? 4 : 1); times > 0; times--) {
            damage.once();
        }
        Files.write(file, after);
        if (random.nextInt(4) == 0) {
            split(file, before, after, layout, random);
        }
        return new Case(folder, new Verdict(written, layout, LogDamage.changed(before, after), damage.words().contains("again")), damage.words());
    }

    /** Makes two logs of one, as LevelDB has them while it writes a table. */
    private static void split(Path file, byte[] before, byte[] after, LogLayout layout, Random random)
            throws IOException {
        for (var record : layout.records) {
            // Blocks are counted from the beginning of a file.
            if (record.from() > 0 && record.from() % Fragments.BLOCK_BYTES == 0 && random.nextBoolean()) {
                var name = FolderFiles.nameOf(file);
                var next = Long.parseLong(name.substring(0, name.indexOf('.'))) + 1;
                Files.write(file, Arrays.copyOf(after, record.from()));
                Files.write(
                        file.resolveSibling("%06d.log".formatted(next)),
                        Arrays.copyOfRange(after, record.from(), Fragments.usedBytes(before)));
                return;
            }
        }
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
                assertThat(report.lost().stream().map(LostRange::log).collect(Collectors.toSet()))
                        .as("only the logs of damaged entries have notes")
                        .isEqualTo(test.verdict().logsWithDamagedEntries());
            }
            assertThat(StartCheck.run(test.folder(), true).isClean()).as("a second check finds nothing").isTrue();
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
