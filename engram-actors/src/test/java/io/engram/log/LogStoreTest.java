package io.engram.log;

import static io.engram.log.TestLogs.appendAll;
import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.bytes;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.records;
import static io.engram.log.TestLogs.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.health.HealthStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogStoreTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void whatWasAppendedIsReadInOrderAndAgainAfterReopening() {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one", "two");
            await(store.append("a", 3, records("three", "four")));
            appendAll(store, "b", 1, "other");
            assertThat(readAll(store, "a")).containsExactly("one", "two", "three", "four");
        }
        try (var store = open(folder)) {
            assertThat(readAll(store, "a")).containsExactly("one", "two", "three", "four");
            assertThat(readAll(store, "b")).containsExactly("other");
            assertThat(await(store.last("a")).index()).isEqualTo(4);
            appendAll(store, "a", 5, "five");
            assertThat(readAll(store, "a")).hasSize(5).endsWith("five");
        }
    }

    @Test
    void aFolderCopiedWhileOpenHoldsAllThatWasAcknowledged() {
        var copy = folder.resolve("copy");
        try (var store = open(folder.resolve("original"))) {
            for (var i = 1; i <= 200; i++) {
                appendAll(store, "log" + i % 7, 1 + (i - 1) / 7, "record " + i);
            }
            TestLogs.copy(folder.resolve("original"), copy);
        }
        try (var store = open(copy)) {
            var all = new ArrayList<String>();
            for (var log : store.logs("", "", 100)) {
                all.addAll(readAll(store, log));
            }
            assertThat(all).hasSize(200).doesNotHaveDuplicates();
        }
    }

    @Test
    void anUnknownLogIsEmptyAndLeavesNothing() {
        try (var store = open(folder)) {
            assertThat(await(store.last("nobody")).index()).isZero();
            assertThat(readAll(store, "nobody")).isEmpty();
            assertThat(TestLogs.first(store, "nobody")).isEmpty();
            assertThat(store.base("nobody").index()).isZero();
            await(store.truncateTo("nobody", 5));
            await(store.drop("nobody"));
            assertThat(store.logs("", "", 10)).isEmpty();
        }
    }

    @Test
    void aStaleWriterAndAGapAreRefusedAndLeaveNothing() {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one", "two");
            assertThatThrownBy(() -> await(store.append("a", 2, records("again"))))
                    .isInstanceOf(StaleWriterException.class)
                    .hasMessageContaining("'a'")
                    .hasMessageContaining("begins at index 2, but its last is 2");
            assertThatThrownBy(() -> await(store.append("a", 4, records("gap"))))
                    .isInstanceOf(StaleWriterException.class);
            assertThatThrownBy(() -> await(store.append("new", 2, records("gap"))))
                    .isInstanceOf(StaleWriterException.class);
            assertThat(readAll(store, "a")).containsExactly("one", "two");
            assertThat(store.logs("", "", 10)).containsExactly("a");
            appendAll(store, "a", 3, "three");
            appendAll(store, "new", 1, "first");
        }
        try (var store = open(folder)) {
            assertThat(readAll(store, "a")).containsExactly("one", "two", "three");
            assertThat(readAll(store, "new")).containsExactly("first");
        }
    }

    @Test
    void theHighestSequenceSurvivesTheTruncationOfEverything() {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one", "two", "three");
            await(store.truncateTo("a", Long.MAX_VALUE));
            assertThat(readAll(store, "a")).isEmpty();
            assertThat(await(store.last("a")).index()).isEqualTo(3);
            assertThat(store.base("a").index()).isEqualTo(3);
        }
        try (var store = open(folder)) {
            assertThat(await(store.last("a")).index()).isEqualTo(3);
            assertThatThrownBy(() -> await(store.append("a", 1, records("reborn"))))
                    .isInstanceOf(StaleWriterException.class);
            appendAll(store, "a", 4, "four");
            assertThat(readAll(store, "a")).containsExactly("four");
        }
        try (var store = open(folder)) {
            assertThat(await(store.last("a")).index()).isEqualTo(4);
            assertThat(TestLogs.first(store, "a")).hasValue(bytes("four"));
        }
    }

    @Test
    void aTruncatedPrefixIsNotReadAndTheRestIs() {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one", "two", "three", "four");
            await(store.truncateTo("a", 2));
            assertThat(readAll(store, "a")).containsExactly("three", "four");
            assertThat(TestLogs.first(store, "a")).hasValue(bytes("three"));
            await(store.truncateTo("a", 1));
            assertThat(store.base("a").index()).isEqualTo(2);
            await(store.truncateTo("a", 3));
        }
        try (var store = open(folder)) {
            assertThat(readAll(store, "a")).containsExactly("four");
        }
    }

    @Test
    void readingStopsAtItsBoundsAndSaysWhereToGoOn() {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "1", "2", "3", "4", "5");
            var seen = new ArrayList<Long>();
            assertThat(store.read("a", 2, 4, 10, entry -> seen.add(entry.index())))
                    .isEqualTo(5);
            assertThat(seen).containsExactly(2L, 3L, 4L);
            seen.clear();
            assertThat(store.read("a", 1, 5, 2, entry -> seen.add(entry.index())))
                    .isEqualTo(3);
            assertThat(seen).containsExactly(1L, 2L);
            seen.clear();
            var next = store.read("a", 1, 5, 9, entry -> {
                seen.add(entry.index());
                return entry.index() < 3;
            });
            assertThat(next).isEqualTo(4);
            assertThat(seen).containsExactly(1L, 2L, 3L);
            assertThat(store.read("a", 6, 9, 9, entry -> seen.add(entry.index())))
                    .isEqualTo(6);
            assertThat(seen).hasSize(3);
        }
    }

    @Test
    void aDroppedLogIsGoneAndBeginsAnewUnderAnotherNumber() {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "old one", "old two");
            appendAll(store, "ab", 1, "neighbour");
            await(store.drop("a"));
            await(store.drop("a"));
            assertThat(readAll(store, "a")).isEmpty();
            assertThat(await(store.last("a")).index()).isZero();
            assertThat(store.logs("a", "", 10)).containsExactly("ab");
            assertThatThrownBy(() -> await(store.append("a", 3, records("old writer"))))
                    .isInstanceOf(StaleWriterException.class);
            appendAll(store, "a", 1, "new");
            assertThat(readAll(store, "a")).containsExactly("new");
        }
        try (var store = open(folder)) {
            assertThat(readAll(store, "a")).containsExactly("new");
            assertThat(readAll(store, "ab")).containsExactly("neighbour");
        }
    }

    @Test
    void droppingFreesTheDisk() {
        var random = new Random(42);
        try (var store = open(settings(folder).withWriteBufferBytes(1 << 20))) {
            var record = new byte[10_000];
            for (var i = 1; i <= 2_000; i++) {
                random.nextBytes(record);
                await(store.append(i % 2 == 0 ? "kept" : "dropped", (i + 1) / 2, List.of(record)));
            }
            var before = store.sizeOnDisk();
            await(store.drop("dropped"));
            var after = store.sizeOnDisk();
            assertThat(before).isGreaterThan(19_000_000);
            assertThat(after).isLessThan(before - 9_000_000);
            assertThat(store.read("kept", 1, 1_000, 1_000, entry -> entry.content().length == 10_000))
                    .isEqualTo(1_001);
        }
    }

    @Test
    void truncatingManyRecordsFreesTheDiskInTheBackground() {
        try (var store = open(settings(folder).withWriteBufferBytes(1 << 20).withCompactAfterBytes(100_000))) {
            var record = new byte[10_000];
            for (var i = 1; i <= 1_000; i++) {
                await(store.append("a", i, List.of(record)));
            }
            var before = store.sizeOnDisk();
            await(store.truncateTo("a", 990));
            org.awaitility.Awaitility.await().until(() -> store.sizeOnDisk() < before - 8_000_000);
            assertThat(store.read("a", 1, 1_000, 1_000, entry -> true)).isEqualTo(1_001);
        }
    }

    @Test
    void namesAreListedInPages() {
        try (var store = open(folder)) {
            for (var name : List.of("space|b", "space|a", "other", "space|c", "spacer", "space|ä")) {
                appendAll(store, name, 1, "x");
            }
            assertThat(store.logs("space|", "", 10)).containsExactly("space|a", "space|b", "space|c", "space|ä");
            assertThat(store.logs("space|", "", 2)).containsExactly("space|a", "space|b");
            assertThat(store.logs("space|", "space|b", 2)).containsExactly("space|c", "space|ä");
            assertThat(store.logs("space|", "space|ä", 2)).isEmpty();
            assertThat(store.logs("", "", 10)).hasSize(6);
        }
    }

    @Test
    void strangeNamesAndEmptyAndLargeRecordsAreKept() {
        var longName = "ü".repeat(LogStore.MAX_NAME_BYTES / 2);
        var large = new byte[20_000_000];
        new Random(7).nextBytes(large);
        try (var store = open(folder)) {
            await(store.append("../../etc/\0passwd", 1, List.of(new byte[0])));
            await(store.append(longName, 1, List.of(large)));
        }
        try (var store = open(folder)) {
            assertThat(TestLogs.first(store, "../../etc/\0passwd")).hasValue(new byte[0]);
            assertThat(TestLogs.first(store, longName)).hasValue(large);
        }
    }

    @Test
    void whatCannotBeAnAppendIsRefusedAtOnce() {
        try (var store = open(settings(folder).withMaxBatch(10, 1024).withMaxQueue(10, 2048))) {
            assertThatIllegalArgumentException().isThrownBy(() -> store.append("", 1, records("x")));
            assertThatIllegalArgumentException().isThrownBy(() -> store.append("a", 0, records("x")));
            assertThatIllegalArgumentException().isThrownBy(() -> store.append("a", 1, List.of()));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.append("n".repeat(LogStore.MAX_NAME_BYTES + 1), 1, records("x")));
            assertThatIllegalArgumentException().isThrownBy(() -> store.append("a", 1, List.of(new byte[4096])));
        }
    }

    @Test
    void aSecondOpeningIsRefusedByNameOfItsHolder() {
        var pid = String.valueOf(ProcessHandle.current().pid());
        var first = open(folder);
        try {
            assertThatThrownBy(() -> open(folder))
                    .isInstanceOf(LogInUseException.class)
                    .hasMessageContaining("process " + pid);
            appendAll(first, "a", 1, "still works");
        } finally {
            first.close();
        }
        open(folder).close();
    }

    @Test
    void aClosedLogAnswersSo() {
        var store = open(folder);
        appendAll(store, "a", 1, "one");
        assertThat(store.health().getFirst().check().status()).isEqualTo(HealthStatus.HEALTHY);
        store.close();
        store.close();
        assertThatThrownBy(() -> await(store.append("a", 2, records("two")))).isInstanceOf(LogClosedException.class);
        assertThatThrownBy(() -> readAll(store, "a")).isInstanceOf(LogClosedException.class);
        assertThat(store.health().getFirst().check().status()).isEqualTo(HealthStatus.UNHEALTHY);
    }

    @Test
    void aFolderThatCannotBeOpenedIsSaidByName() throws IOException {
        var file = folder.resolve("file");
        Files.writeString(file, "no folder");
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(LogOpenException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        var settings = LogStoreSettings.of(folder);
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withWriteBufferBytes(1));
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withMaxBatch(0, 1 << 20));
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withMaxQueue(1, 1 << 30));
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withMinFreeBytes(-1));
    }
}
