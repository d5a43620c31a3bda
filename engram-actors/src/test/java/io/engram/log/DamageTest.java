package io.engram.log;

import static io.engram.log.TestLogs.appendAll;
import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.files.TornTail;
import io.engram.log.format.Keys;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DamageTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path log;

    @BeforeEach
    void nameTheFolder() {
        log = folder.resolve("log");
    }

    /** Changes the database behind the log's back. */
    private void tamper(Consumer<OrderedStore> action) throws IOException {
        try (var database = LevelDb.open(log, 1 << 20)) {
            action.accept(database);
        }
    }

    private static void put(OrderedStore database, byte[] key, byte[] value) {
        try (var batch = database.newBatch()) {
            batch.put(key, value);
            database.write(batch, true);
        }
    }

    private static void delete(OrderedStore database, byte[] key) {
        try (var batch = database.newBatch()) {
            batch.delete(key);
            database.write(batch, true);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 17, 18, 19, 21, 22, 23})
    void aChangedByteInARecordIsSaidByLogAndSequence(int offset) throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two", "three");
            appendAll(store, "b", 1, "other");
        }
        tamper(database -> {
            var key = Keys.entry(1, 2);
            var value = database.get(key).orElseThrow();
            value[offset] ^= 0x10;
            put(database, key, value);
        });
        try (var store = open(log)) {
            var seen = new ArrayList<Long>();
            assertThatThrownBy(() -> store.read("a", 1, 9, 9, entry -> seen.add(entry.index())))
                    .isInstanceOfSatisfying(LogDamagedException.class, damage -> {
                        assertThat(damage.log()).isEqualTo("a");
                        assertThat(damage.index()).isEqualTo(2);
                    })
                    .hasMessageContaining("'a', index 2");
            assertThat(seen).containsExactly(1L);
            assertThat(readAll(store, "b")).containsExactly("other");
        }
    }

    @Test
    void recordsThatChangedPlacesAreSeen() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two");
            appendAll(store, "b", 1, "other");
        }
        tamper(database ->
                put(database, Keys.entry(1, 1), database.get(Keys.entry(2, 1)).orElseThrow()));
        try (var store = open(log)) {
            assertThatThrownBy(() -> readAll(store, "a"))
                    .isInstanceOf(LogDamagedException.class)
                    .hasMessageContaining("belongs to log number 2");
        }
    }

    @Test
    void aMissingRecordIsSeen() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two", "three");
        }
        tamper(database -> delete(database, Keys.entry(1, 2)));
        try (var store = open(log)) {
            assertThatThrownBy(() -> readAll(store, "a"))
                    .isInstanceOf(LogDamagedException.class)
                    .hasMessageContaining("'a', index 2: the entry is missing");
            assertThatThrownBy(() -> store.read("a", 3, 3, 9, entry -> true))
                    .isInstanceOf(LogQuarantinedException.class);
        }
    }

    @Test
    void aDamagedNameOrMarkStopsThatLogAlone() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two");
            appendAll(store, "b", 1, "one", "two");
            appendAll(store, "c", 1, "one");
            await(store.truncateTo("b", 1));
        }
        tamper(database -> {
            var name = database.get(Keys.name("a")).orElseThrow();
            name[3] ^= 1;
            put(database, Keys.name("a"), name);
            var mark = database.get(Keys.root(2)).orElseThrow();
            mark[3] ^= 1;
            put(database, Keys.root(2), mark);
        });
        try (var store = open(log)) {
            for (var damaged : List.of("a", "b")) {
                assertThatThrownBy(() -> readAll(store, damaged)).isInstanceOf(LogDamagedException.class);
                assertThatThrownBy(() -> await(store.append(damaged, 3, List.of(new byte[1]))))
                        .isInstanceOf(LogQuarantinedException.class);
                assertThatThrownBy(() -> await(store.last(damaged))).isInstanceOf(LogQuarantinedException.class);
            }
            appendAll(store, "c", 2, "two");
        }
    }

    @Test
    void aDatabaseThatIsNoLogIsRefused() throws IOException {
        Files.createDirectories(log);
        tamper(database -> put(database, new byte[] {1, 2, 3}, new byte[1]));
        assertThatThrownBy(() -> open(log))
                .isInstanceOf(LogOpenException.class)
                .hasMessageContaining("no log of Engram");
    }

    @Test
    void aDamagedHeaderIsRefused() throws IOException {
        open(log).close();
        tamper(database -> put(database, Keys.HEADER, new byte[13]));
        assertThatThrownBy(() -> open(log)).isInstanceOf(LogOpenException.class).hasMessageContaining("header");
    }

    /** A folder as a kill leaves it, and where in its newest file the records are. */
    private Path crashed(int records) throws IOException {
        var original = folder.resolve("original");
        try (var store = open(original)) {
            for (var i = 1; i <= records; i++) {
                await(store.append("a", i, List.of(TestLogs.bytes("record " + i + "-".repeat(500)))));
            }
            TestLogs.copy(original, log);
        }
        return TornTail.newestLog(log).orElseThrow();
    }

    private static int usedBytes(byte[] file) {
        var end = file.length;
        while (end > 0 && file[end - 1] == 0) {
            end--;
        }
        return end;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 50, 300, 500, 540, 550})
    void aTornTailLosesTheHalfWrittenRecordOnly(int torn) throws IOException {
        var file = crashed(100);
        var whole = Files.readAllBytes(file);
        var used = usedBytes(whole);
        for (var withZerosBehind : List.of(true, false)) {
            var damaged = withZerosBehind ? whole.clone() : java.util.Arrays.copyOf(whole, used - torn);
            java.util.Arrays.fill(damaged, used - torn, damaged.length, (byte) 0);
            Files.write(file, damaged);
            var again = folder.resolve("again-" + withZerosBehind);
            TestLogs.copy(log, again);
            try (var store = open(again)) {
                assertThat(readAll(store, "a")).hasSize(99);
                TestLogs.appendAll(store, "a", 100, "goes on");
            }
            try (var store = open(again)) {
                assertThat(readAll(store, "a")).hasSize(100).endsWith("goes on");
            }
        }
    }

    @Test
    void garbageBehindTheTailIsCutOff() throws IOException {
        var file = crashed(20);
        var bytes = Files.readAllBytes(file);
        var used = usedBytes(bytes);
        var garbage = new byte[200];
        new Random(3).nextBytes(garbage);
        System.arraycopy(garbage, 0, bytes, used, garbage.length);
        Files.write(file, bytes);
        try (var store = open(log)) {
            assertThat(readAll(store, "a")).hasSize(20);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aFlippedBitAnywhereButInTheLastRecordIsNeverSilent(long seed) throws IOException {
        var file = crashed(100);
        var bytes = Files.readAllBytes(file);
        var random = new Random(seed);
        var position = random.nextInt(usedBytes(bytes) - 600);
        bytes[position] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
        try (var store = open(log)) {
            if (store.quarantined("a").isEmpty()) {
                assertThat(readAll(store, "a")).hasSize(100);
            }
            appendAll(store, "b", 1, "another log goes on");
        }
        // And the file as it was is kept.
        try (var kept = Files.list(log.resolve("damaged"))) {
            assertThat(kept.map(DamageTest::contentOf)).anyMatch(content -> java.util.Arrays.equals(content, bytes));
        }
    }

    private static byte[] contentOf(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** More than the small write buffer of the caller takes, so that tables are written. */
    private static void appendToTables(LogStore store) {
        for (var batch = 0; batch < 20; batch++) {
            var records = new ArrayList<byte[]>();
            for (var i = 0; i < 25; i++) {
                records.add(TestLogs.bytes("record " + i + "-".repeat(1000)));
            }
            await(store.append("a", 1 + batch * 25L, records));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aFlippedBitInATableIsNeverSilent(long seed) throws IOException {
        try (var store = open(settings(log).withWriteBufferBytes(64 * 1024))) {
            appendToTables(store);
        }
        open(log).close();
        Path table;
        try (var files = Files.list(log)) {
            table = files.filter(file -> file.toString().matches(".*\\.(sst|ldb)"))
                    .max(java.util.Comparator.comparingLong(
                            file -> file.toFile().length()))
                    .orElseThrow();
        }
        var bytes = Files.readAllBytes(table);
        var random = new Random(seed);
        bytes[random.nextInt(bytes.length / 2)] ^= (byte) (1 << random.nextInt(8));
        Files.write(table, bytes);
        assertThatThrownBy(() -> {
                    try (var store = LogStore.open(settings(log), new SimpleMeterRegistry())) {
                        readAll(store, "a");
                    }
                })
                .isInstanceOf(LogException.class);
    }

    @Test
    void aMissingTableIsNeverSilent() throws IOException {
        try (var store = open(settings(log).withWriteBufferBytes(64 * 1024))) {
            appendToTables(store);
        }
        // An opening removes tables that nothing refers to any more.
        open(log).close();
        try (var files = Files.list(log)) {
            Files.delete(files.filter(file -> file.toString().matches(".*\\.(sst|ldb)"))
                    .findFirst()
                    .orElseThrow());
        }
        assertThatThrownBy(() -> {
                    try (var store = open(log)) {
                        readAll(store, "a");
                    }
                })
                .isInstanceOf(LogException.class);
    }

    @Test
    void aQuarantinedLogStaysSoOverRestartsUntilItIsDropped() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two", "three");
            appendAll(store, "b", 1, "other");
        }
        tamper(database -> delete(database, Keys.entry(1, 2)));
        var told = new ArrayList<Quarantine>();
        try (var store = open(log)) {
            store.onQuarantine(told::add);
            assertThatThrownBy(() -> readAll(store, "a")).isInstanceOf(LogDamagedException.class);
            assertThat(store.quarantined()).extracting(Quarantine::log).containsExactly("a");
            assertThatThrownBy(() -> await(store.append("a", 4, List.of(new byte[1]))))
                    .isInstanceOf(LogQuarantinedException.class)
                    .hasMessageContaining("the entry is missing");
            appendAll(store, "b", 2, "goes on");
        }
        assertThat(told).extracting(Quarantine::log).containsExactly("a");
        try (var store = open(log)) {
            assertThat(store.quarantined("a")).isPresent();
            assertThatThrownBy(() -> readAll(store, "a"))
                    .isInstanceOf(LogQuarantinedException.class)
                    .hasMessageContaining("index 2");
            await(store.drop("a"));
            assertThat(store.quarantined()).isEmpty();
            appendAll(store, "a", 1, "a new log");
        }
        try (var store = open(log)) {
            assertThat(store.quarantined()).isEmpty();
            assertThat(readAll(store, "a")).containsExactly("a new log");
            assertThat(readAll(store, "b")).containsExactly("other", "goes on");
        }
    }

    @Test
    void aLogWhoseOwnValuesAreDamagedCanBeDropped() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two");
            appendAll(store, "b", 1, "one", "two");
        }
        tamper(database -> {
            put(database, Keys.name("a"), new byte[13]);
            put(database, Keys.root(2), new byte[40]);
        });
        try (var store = open(log)) {
            for (var damaged : List.of("a", "b")) {
                assertThatThrownBy(() -> readAll(store, damaged)).isInstanceOf(LogDamagedException.class);
                await(store.drop(damaged));
                assertThat(readAll(store, damaged)).isEmpty();
                appendAll(store, damaged, 1, "new");
            }
        }
        try (var store = open(log)) {
            assertThat(readAll(store, "a")).containsExactly("new");
            assertThat(readAll(store, "b")).containsExactly("new");
        }
    }

    @Test
    void aStaleCopyOfAnEntryIsSeenThoughItIsWhole() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two", "three");
        }
        var stale = new ArrayList<byte[]>();
        tamper(database -> stale.add(database.get(Keys.entry(1, 2)).orElseThrow()));
        try (var store = open(log)) {
            await(store.write(List.of(new LogChange.TruncateAfter("a", 1))));
            appendAll(store, "a", 2, "another two", "another three");
        }
        tamper(database -> put(database, Keys.entry(1, 2), stale.getFirst()));
        try (var store = open(log)) {
            assertThatThrownBy(() -> readAll(store, "a"))
                    .isInstanceOf(LogDamagedException.class)
                    .hasMessageContaining("does not follow");
        }
    }

    @Test
    void readingEverythingBackFindsDamageByItself() throws IOException {
        try (var store = open(log)) {
            for (var i = 0; i < 20; i++) {
                appendAll(store, "log" + i, 1, "one", "two", "three");
            }
        }
        tamper(database -> delete(database, Keys.entry(7, 2)));
        var meters = new SimpleMeterRegistry();
        try (var store = LogStore.open(settings(log).withScrub(java.time.Duration.ofMillis(1), 1 << 30), meters)) {
            org.awaitility.Awaitility.await()
                    .until(() -> meters.get("engram.journal.scrubs").counter().count() >= 1);
            assertThat(store.quarantined()).extracting(Quarantine::log).containsExactly("log6");
            assertThat(meters.get("engram.journal.quarantined.logs").gauge().value())
                    .isEqualTo(1);
            assertThat(meters.get("engram.journal.scrub").counter().count()).isGreaterThan(20 * 3 * 50);
        }
    }

    @Test
    void aLogThatIsWholeAgainIsUsedAgain() throws IOException {
        try (var store = open(log)) {
            appendAll(store, "a", 1, "one", "two", "three");
        }
        var misread = new ArrayList<byte[]>();
        tamper(database -> {
            misread.add(database.get(Keys.entry(1, 2)).orElseThrow());
            delete(database, Keys.entry(1, 2));
        });
        try (var store = open(log)) {
            assertThatThrownBy(() -> readAll(store, "a")).isInstanceOf(LogDamagedException.class);
        }
        tamper(database -> put(database, Keys.entry(1, 2), misread.getFirst()));
        for (var start = 0; start < 2; start++) {
            try (var store = open(log)) {
                assertThat(store.quarantined()).isEmpty();
                assertThat(readAll(store, "a")).containsExactly("one", "two", "three");
            }
        }
    }
}
