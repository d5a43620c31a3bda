package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random folders, written through LevelDB, of which tables are damaged. */
class TableFuzzTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("engram.fuzz.seeds", 150));
    }

    private record Case(WrittenFolder written, Path folder, String words) {}

    private Case damaged(long seed) throws IOException {
        var random = new Random(seed);
        var written = RandomFolder.write(
                temporary.resolve("original-" + seed), random, 20 + random.nextInt(60), random.nextInt(3) == 0, false);
        written.reopen();
        if (random.nextBoolean()) {
            written.compact();
        }
        if (random.nextBoolean()) {
            for (var log : written.logs.values()) {
                if (!log.dropped) {
                    written.append(log, new byte[random.nextInt(100)]);
                    written.commit();
                }
            }
        }
        written.close();
        var folder = written.copyTo(temporary.resolve("damaged-" + seed));
        var tables = List.copyOf(FolderFiles.in(folder).tables().values());
        var table = tables.get(random.nextInt(tables.size()));
        var bytes = Files.readAllBytes(table);
        var words = new StringBuilder(FolderFiles.nameOf(table));
        for (var times = 1 + random.nextInt(2); times > 0; times--) {
            var at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> {
                    var sector = at - at % 512;
                    Arrays.fill(bytes, sector, Math.min(bytes.length, sector + 512), (byte) 0);
                    words.append(" 512 zeroed at ").append(sector);
                }
                case 1 -> {
                    var garbage = new byte[Math.min(bytes.length - at, 1 + random.nextInt(100))];
                    random.nextBytes(garbage);
                    System.arraycopy(garbage, 0, bytes, at, garbage.length);
                    words.append(" %d random at %d".formatted(garbage.length, at));
                }
                default -> {
                    bytes[at] ^= (byte) (1 << random.nextInt(8));
                    words.append(" flipped at ").append(at);
                }
            }
        }
        Files.write(table, bytes);
        return new Case(written, folder, words.toString());
    }

    private static final AtomicInteger PATCHED = new AtomicInteger();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aDamagedTableIsPatchedOrRefusedAndNothingIsMissingWithoutANote(long seed) throws IOException {
        var test = damaged(seed);
        try {
            var report = StartCheck.run(test.folder(), true);
            assertHolds(test, report);
            PATCHED.incrementAndGet();
        } catch (DamagedFolderException e) {
            System.out.println("REFUSED " + seed + " " + test.words() + " " + e.getMessage());
            assertThat(e).hasMessageContaining(".sst").hasMessageContaining("--repair --to");
            assertThat(test.folder().resolve(Replacement.ASIDE)).doesNotExist();
        } catch (AssertionError e) {
            throw new AssertionError("seed %d, %s: %s".formatted(seed, test.words(), e.getMessage()), e);
        }
    }

    private static void assertHolds(Case test, StartReport report) throws IOException {
        // A compaction of everything would make every later write fail if anything were still wrong.
        try (var db = WrittenFolder.open(test.folder(), 4 << 20)) {
            db.compactRange(new byte[] {0}, new byte[] {(byte) 0xFF, 0});
            db.put(Keys.cell(1, new byte[] {1}), new byte[0]);
            db.delete(Keys.cell(1, new byte[] {1}));
        }
        var actual = WrittenFolder.readAll(test.folder());
        var keys = new TreeSet<byte[]>(Arrays::compareUnsigned);
        keys.addAll(actual.keySet());
        keys.addAll(test.written().state.keySet());
        for (var key : keys) {
            if (!isAccountedFor(test.written(), key, Optional.ofNullable(actual.get(key)), report)) {
                assertThat(Arrays.hashCode(actual.get(key)))
                        .as("key %s", java.util.HexFormat.of().formatHex(key))
                        .isEqualTo(Arrays.hashCode(test.written().state.get(key)));
            }
        }
        for (var range : report.lost()) {
            assertThat(actual).containsKey(Keys.damage(range.log()));
        }
    }

    /** Whether what stands under a key may be another value than the one that was written last. */
    private static boolean isAccountedFor(
            WrittenFolder written, byte[] key, Optional<byte[]> value, StartReport report) {
        var isReadable = value.isPresent() && SelfCheck.passes(key, value.get());
        return switch (key[0]) {
            case Keys.HEADER_KIND -> isReadable && header(value.orElseThrow()) >= written.logs.lastKey();
            // It only has to be one from which the next one can go on.
            case Keys.COMMIT_KIND -> isReadable;
            // The space of a few entries stays taken.
            case Keys.PENDING_KIND -> value.isEmpty();
            case Keys.DAMAGE_KIND -> report.lost().stream().anyMatch(range -> range.log() == Keys.numberOf(key));
            case Keys.NAME_KIND ->
                written.logs.values().stream()
                        .filter(log -> log.name.equals(Keys.nameOf(key)))
                        .anyMatch(log -> isNoted(log.number, 0, report));
            // Its owner is told that it cannot be read.
            case Keys.CELL_KIND -> value.isPresent() && !isReadable || isNoted(Keys.numberOf(key), 0, report);
            case Keys.ROOT_KIND, Keys.META_KIND -> isNoted(Keys.numberOf(key), 0, report);
            case Keys.ENTRY_KIND -> isLeftOver(written, key) || isNoted(Keys.numberOf(key), Keys.indexOf(key), report);
            default -> false;
        };
    }

    private static long header(byte[] value) {
        try {
            return Values.header(value);
        } catch (BadValueException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isNoted(long log, long index, StartReport report) {
        return report.lost().stream()
                .anyMatch(range -> range.log() == log && range.first() <= index && index <= range.last());
    }

    private static boolean isLeftOver(WrittenFolder written, byte[] key) {
        var log = written.logs.get(Keys.numberOf(key));
        return log != null && (log.dropped || Keys.indexOf(key) <= log.base.index());
    }

    @Test
    void someOfTheSeedsArePatchedAndAForgetfulPatchIsCaught() {
        assertThatThrownBy(() -> {
                    for (var seed : seeds().limit(60).toArray()) {
                        var test = damaged(1_000 + seed);
                        try {
                            assertHolds(test, StartCheck.run(test.folder(), true, new Losses() {
                                @Override
                                void add(long log, Lost lost) {}
                            }));
                        } catch (DamagedFolderException e) {
                            continue;
                        }
                    }
                })
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void aTableIsFoundDamagedBlockByBlock() throws IOException {
        for (var seed = 1; seed <= 20; seed++) {
            var test = damaged(2_000 + seed);
            var damaged = 0;
            for (var table : FolderFiles.in(test.folder()).tables().values()) {
                damaged += Table.check(table, bytes -> assertThat(bytes).isPositive())
                        .size();
            }
            assertThat(damaged).as(test.words()).isPositive();
            for (var table : FolderFiles.in(test.written().folder).tables().values()) {
                assertThat(Table.check(table, _ -> {})).isEmpty();
            }
        }
    }

    @Test
    void aTableThatIsRemovedWhileItIsCheckedHasNoDamage() throws IOException {
        var written = RandomFolder.write(temporary.resolve("removed"), new Random(5), 40, false, false);
        written.reopen();
        written.close();
        var table = FolderFiles.in(written.folder).tables().lastEntry().getValue();
        assertThat(Table.check(table, _ -> table.toFile().delete())).isEmpty();
        assertThat(table).doesNotExist();
        assertThat(Table.check(table, _ -> {})).isEmpty();
    }
}
