package io.engram.log;

import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.bytes;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that are damaged and made whole again by what another copy of them has. */
class LogMendTest {
    private static final int ENTRIES = 10;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** What the log held before it was damaged. */
    private final List<LogChange.Whole> whole = new ArrayList<>();

    @BeforeEach
    void write() {
        try (var store = open(folder)) {
            for (var i = 1; i <= ENTRIES; i++) {
                await(store.write(List.of(append(i))));
            }
            store.read(
                    "a",
                    1,
                    ENTRIES,
                    ENTRIES,
                    entry -> whole.add(new LogChange.Whole(
                            entry.index(), entry.epoch(), entry.timeMicros(), entry.content(), entry.checksum())));
            // So that the last notes are of another log.
            await(store.append("b", 1, List.of(bytes("b"))));
            await(store.append("b", 2, List.of(bytes("b"))));
        }
    }

    private static LogChange.Append append(long index) {
        return new LogChange.Append(
                "a",
                1 + index / 4,
                index,
                OptionalLong.empty(),
                List.of(new LogChange.Content(bytes("text " + index), 100 * index)));
    }

    private LogChange.Mend mend(int from, int to) {
        return new LogChange.Mend("a", whole.subList(from - 1, to));
    }

    private LogPoint point(int index) {
        return whole.get(index - 1).point();
    }

    private void tamper(BiConsumer<OrderedStore, OrderedStore.Batch> change) throws IOException {
        try (var database = LevelDb.open(folder, 1 << 20);
                var batch = database.newBatch()) {
            change.accept(database, batch);
            database.write(batch, true);
        }
    }

    private static void meets(LogStore store) {
        assertThatThrownBy(() -> readAll(store, "a")).isInstanceOf(LogException.class);
        assertThat(store.quarantined("a")).isPresent();
    }

    private static List<String> texts(int from, int to) {
        var texts = new ArrayList<String>();
        for (var i = from; i <= to; i++) {
            texts.add("text " + i);
        }
        return texts;
    }

    /** It can be written and read, now and after a start. */
    private void isWholeFrom(int from) {
        try (var store = open(folder)) {
            isWholeFrom(store, from);
        }
        try (var store = open(folder)) {
            assertThat(store.quarantined()).isEmpty();
            assertThat(readAll(store, "a")).isEqualTo(texts(from, ENTRIES + 1));
            assertThat(store.base("a").index()).isEqualTo(from - 1);
        }
    }

    private static void isWholeFrom(LogStore store, int from) {
        assertThat(store.quarantined()).isEmpty();
        assertThat(store.lost("a")).isEmpty();
        assertThat(readAll(store, "a")).isEqualTo(texts(from, ENTRIES));
        await(store.write(List.of(append(ENTRIES + 1))));
        assertThat(readAll(store, "a")).isEqualTo(texts(from, ENTRIES + 1));
    }

    @Test
    void entriesGoBackIntoTheirPlaces() {
        TestLogs.damage(folder, "a", 4);
        try (var store = open(folder)) {
            meets(store);
            await(store.write(List.of(mend(4, 4))));
            assertThat(store.end("a")).isEqualTo(point(10));
            assertThat(store.entry("a", 4).orElseThrow().point()).isEqualTo(point(4));
        }
        isWholeFrom(1);
    }

    @Test
    void aLogIsMendedPieceByPiece() {
        TestLogs.damage(folder, "a", 3, 4, 9, 10);
        try (var store = open(folder)) {
            meets(store);
            assertThat(store.evenDamaged().end("a")).isEqualTo(point(8));
            await(store.write(List.of(mend(9, 9))));
            assertThat(store.lost("a")).extracting(Values.Lost::first).containsExactly(10L);
            assertThat(store.evenDamaged().end("a")).isEqualTo(point(9));
            assertThatThrownBy(() -> await(store.write(List.of(append(10)))))
                    .isInstanceOf(LogQuarantinedException.class);
        }
        try (var store = open(folder)) {
            meets(store);
            assertThatThrownBy(() -> store.evenDamaged().read("a", 3, 5, 9, entry -> true))
                    .isInstanceOf(LogDamagedException.class);
            await(store.write(List.of(mend(10, 10))));
            assertThat(store.lost("a")).extracting(Values.Lost::first).containsExactly(3L);
            await(store.write(List.of(mend(3, 3))));
            // Nobody has asked for the fourth so far.
            meets(store);
            assertThat(store.lost("a")).extracting(Values.Lost::first).containsExactly(4L);
            await(store.write(List.of(mend(4, 4))));
        }
        isWholeFrom(1);
    }

    @Test
    void anEndThatIsMissingIsPutBack() throws IOException {
        try (var store = open(folder)) {
            await(store.write(List.of(append(11))));
            await(store.write(List.of(new LogChange.TruncateAfter("a", 10))));
        }
        tamper((database, batch) -> {
            batch.delete(Keys.entry(1, 9));
            batch.delete(Keys.entry(1, 10));
        });
        try (var store = open(folder)) {
            assertThat(store.lost("a")).singleElement().satisfies(lost -> {
                assertThat(lost.first()).isEqualTo(9);
                assertThat(lost.last()).isEqualTo(10);
            });
            assertThatThrownBy(() -> await(store.write(List.of(mend(10, 10)))))
                    .isInstanceOf(StaleWriterException.class);
            await(store.write(List.of(mend(9, 9))));
            assertThat(store.quarantined("a")).isPresent();
            await(store.write(List.of(mend(10, 10))));
        }
        isWholeFrom(1);
    }

    @Test
    void whatIsGoodIsNotOverwritten() {
        TestLogs.damage(folder, "a", 4);
        try (var store = open(folder)) {
            meets(store);
            var other = new LogChange.Mend(
                    "a", List.of(whole.get(3), new LogChange.Whole(5, 2, 500, bytes("another"), 12345)));
            assertThatThrownBy(() -> await(store.write(List.of(other)))).isInstanceOf(StaleWriterException.class);
            var notFollowing = new LogChange.Mend("a", List.of(new LogChange.Whole(4, 2, 400, bytes("x"), 12345)));
            assertThatThrownBy(() -> await(store.write(List.of(notFollowing))))
                    .isInstanceOf(StaleWriterException.class);
            assertThatThrownBy(() -> await(store.write(List.of(new LogChange.Mend("none", whole)))))
                    .isInstanceOf(StaleWriterException.class);
            await(store.write(List.of(mend(2, 6))));
        }
        isWholeFrom(1);
    }

    /** As the disk leaves it that did not keep a write of which it said so: whole by itself, but not of this log. */
    @Test
    void aStaleEntryIsReplacedWhicheverOfTheTwoItIs() throws IOException {
        try (var store = open(folder)) {
            await(store.append("c", 1, List.of(bytes("x"))));
        }
        var stale = new byte[1][];
        tamper((database, batch) -> stale[0] = database.get(Keys.entry(1, 6)).orElseThrow());
        try (var store = open(folder)) {
            await(store.write(List.of(new LogChange.TruncateAfter("a", 5))));
            whole.subList(5, ENTRIES).clear();
            for (var i = 6; i <= ENTRIES; i++) {
                await(store.write(List.of(new LogChange.Append(
                        "a", 5, i, OptionalLong.empty(), List.of(new LogChange.Content(bytes("text " + i), 2_000))))));
            }
            store.read(
                    "a",
                    6,
                    ENTRIES,
                    ENTRIES,
                    entry -> whole.add(new LogChange.Whole(
                            entry.index(), entry.epoch(), entry.timeMicros(), entry.content(), entry.checksum())));
        }
        tamper((database, batch) -> batch.put(Keys.entry(1, 6), stale[0]));
        try (var store = open(folder)) {
            meets(store);
            assertThat(store.lost("a")).singleElement().satisfies(lost -> {
                assertThat(lost.first()).isEqualTo(6);
                assertThat(lost.last()).isEqualTo(7);
            });
            await(store.write(List.of(mend(7, 7))));
            assertThat(store.quarantined("a")).isPresent();
            await(store.write(List.of(mend(6, 7))));
            assertThat(readAll(store, "a")).isEqualTo(texts(1, ENTRIES));
        }
    }

    @Test
    void aCutTakesTheDamageAlong() {
        TestLogs.damage(folder, "a", 6, 10);
        try (var store = open(folder)) {
            meets(store);
            await(store.write(List.of(new LogChange.TruncateAfter("a", 7))));
            assertThat(store.quarantined("a")).isEmpty();
            // The other one is met only now.
            meets(store);
            assertThatThrownBy(() -> await(store.write(List.of(new LogChange.TruncateAfter("a", 6)))))
                    .isInstanceOf(LogDamagedException.class);
            await(store.write(List.of(new LogChange.TruncateAfter("a", 7))));
            assertThat(store.lost("a")).extracting(Values.Lost::last).containsExactly(6L);
            assertThatThrownBy(() -> await(store.write(List.of(new LogChange.TruncateAfter("a", 7), append(8)))))
                    .isInstanceOf(LogQuarantinedException.class);
            await(store.write(List.of(
                    new LogChange.TruncateAfter("a", 5), append(6), append(7), append(8), append(9), append(10))));
        }
        isWholeFrom(1);
    }

    @Test
    void aPrefixIsTruncatedWithTheDamageInIt() {
        TestLogs.damage(folder, "a", 6);
        try (var store = open(folder)) {
            meets(store);
            assertThatThrownBy(() -> await(store.truncateTo("a", 5))).isInstanceOf(LogQuarantinedException.class);
            await(store.truncateTo("a", 7));
        }
        isWholeFrom(8);
    }

    @Test
    void aLogBeginsBehindAPointThatItHasNotReached() {
        TestLogs.damage(folder, "a", 3);
        var far = new LogPoint(40, 9, 5_000, 4711);
        try (var store = open(folder)) {
            meets(store);
            await(store.write(List.of(new LogChange.BeginAt("a", far), new LogChange.BeginAt("new", far))));
            for (var log : List.of("a", "new")) {
                assertThat(store.quarantined(log)).isEmpty();
                assertThat(store.base(log)).isEqualTo(far);
                assertThat(store.end(log)).isEqualTo(far);
                assertThat(readAll(store, log)).isEmpty();
            }
            assertThatThrownBy(() -> await(store.write(List.of(new LogChange.BeginAt("a", point(3))))))
                    .isInstanceOf(StaleWriterException.class);
            assertThatThrownBy(() -> await(store.append("a", 41, List.of(bytes("of an old epoch")))))
                    .isInstanceOf(StaleWriterException.class);
            await(store.write(List.of(new LogChange.Append(
                    "a", 9, 41, OptionalLong.of(4711), List.of(new LogChange.Content(bytes("behind"), 0))))));
        }
        for (var start = 0; start < 2; start++) {
            try (var store = open(folder)) {
                assertThat(store.quarantined()).isEmpty();
                assertThat(store.base("a")).isEqualTo(far);
                assertThat(readAll(store, "a")).containsExactly("behind");
                assertThat(store.end("a").timeMicros()).isEqualTo(5_000);
                assertThat(store.base("new")).isEqualTo(far);
                assertThat(await(store.last("new"))).isEqualTo(far);
            }
        }
    }

    @Test
    void whatComesBehindABeginningInTheMiddleStays() {
        try (var store = open(folder)) {
            await(store.write(List.of(new LogChange.BeginAt("a", point(4)))));
            assertThat(readAll(store, "a")).isEmpty();
            for (var i = 5; i <= ENTRIES; i++) {
                await(store.write(List.of(append(i))));
            }
            // Completes when the cleaner has been through what waits before it.
            await(store.drop("b"));
            assertThat(readAll(store, "a")).isEqualTo(texts(5, ENTRIES));
        }
        isWholeFrom(5);
    }

    @Test
    void aLogWhoseRootIsLostIsMendedFromItsBeginningOn() throws IOException {
        loseRoot();
        try (var store = open(folder)) {
            meets(store);
            assertThat(store.lost("a")).extracting(Values.Lost::first).containsExactly(0L);
            assertThatThrownBy(() -> await(store.write(List.of(mend(2, 3))))).isInstanceOf(StaleWriterException.class);
            await(store.write(List.of(mend(1, 4))));
            assertThat(store.quarantined("a")).isPresent();
            assertThat(store.evenDamaged().end("a")).isEqualTo(point(4));
        }
        try (var store = open(folder)) {
            assertThat(store.lost("a")).singleElement().satisfies(lost -> {
                assertThat(lost.first()).isEqualTo(5);
                assertThat(lost.last()).isEqualTo(ENTRIES);
            });
            await(store.write(List.of(mend(5, ENTRIES))));
        }
        isWholeFrom(1);
    }

    @Test
    void aLogWhoseRootIsLostIsMendedInOneWrite() throws IOException {
        loseRoot();
        try (var store = open(folder)) {
            meets(store);
            await(store.write(List.of(mend(1, ENTRIES))));
        }
        isWholeFrom(1);
    }

    @Test
    void aLogWhoseRootIsLostIsReplacedBySnapshotAndTail() throws IOException {
        loseRoot();
        try (var store = open(folder)) {
            meets(store);
            await(store.write(List.of(new LogChange.BeginAt("a", point(8)), append(9), append(10))));
        }
        isWholeFrom(9);
    }

    private void loseRoot() throws IOException {
        tamper((database, batch) -> {
            var root = database.get(Keys.root(1)).orElseThrow();
            root[root.length / 2] ^= 0x10;
            batch.put(Keys.root(1), root);
        });
    }

    @Test
    void whatWasMendedButNotForcedIsStillLost() {
        TestLogs.damage(folder, "a", 4);
        var failing = TestLogs.failing(folder);
        try (var store = failing.store()) {
            meets(store);
            failing.failNext().set(new IllegalStateException("broken"));
            assertThatThrownBy(() -> await(store.write(List.of(mend(4, 4))))).isInstanceOf(LogFailedException.class);
            assertThat(store.quarantined("a")).isPresent();
            assertThat(store.lost("a")).hasSize(1);
        }
    }

    @Test
    void aKillAfterTheAnswerChangesNothing() throws IOException {
        TestLogs.damage(folder, "a", 4, 10);
        var killed = folder.resolveSibling(folder.getFileName() + "-killed");
        try (var store = open(folder)) {
            meets(store);
            await(store.write(List.of(mend(4, 4), new LogChange.TruncateAfter("a", 9), append(10))));
            TestLogs.copy(folder, killed);
        }
        try (var store = open(killed)) {
            isWholeFrom(store, 1);
        }
    }
}
