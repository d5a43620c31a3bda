package io.engram.log;

import static io.engram.log.TestLogs.appendAll;
import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.records;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.format.Keys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs whose ends are not those that were written last: whole by all their own checks. */
class TailCheckTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private void tamper(BiConsumer<OrderedStore, OrderedStore.Batch> change) throws IOException {
        try (var database = LevelDb.open(folder, 1 << 20);
                var batch = database.newBatch()) {
            change.accept(database, batch);
            database.write(batch, true);
        }
    }

    private static void isQuarantinedAlone(LogStore store, String reason) {
        assertThat(store.quarantined()).singleElement().satisfies(quarantine -> {
            assertThat(quarantine.log()).isEqualTo("a");
            assertThat(quarantine.reason()).contains(reason);
        });
        assertThatThrownBy(() -> readAll(store, "a")).isInstanceOf(LogQuarantinedException.class);
        assertThatThrownBy(() -> await(store.append("a", 3, records("another three"))))
                .isInstanceOf(LogQuarantinedException.class);
    }

    @Test
    void anEndThatIsMissingIsNoticedAtOnceAndForGood() throws IOException {
        try (var store = open(folder)) {
            appendAll(store, "b", 1, "one");
            appendAll(store, "a", 1, "one", "two", "three");
        }
        tamper((database, batch) -> batch.delete(Keys.entry(2, 3)));
        for (var start = 0; start < 3; start++) {
            try (var store = open(folder)) {
                isQuarantinedAlone(store, "missing");
                // The note of the last write is another one after this.
                appendAll(store, "b", 2 + start, "goes on");
            }
        }
        try (var store = open(folder)) {
            await(store.drop("a"));
            appendAll(store, "a", 1, "a new log");
        }
        try (var store = open(folder)) {
            assertThat(store.quarantined()).isEmpty();
            assertThat(readAll(store, "a")).containsExactly("a new log");
        }
    }

    @Test
    void soIsOneOfTheWriteBefore() throws IOException {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one", "two", "three");
            appendAll(store, "b", 1, "one");
        }
        tamper((database, batch) -> {
            batch.delete(Keys.entry(1, 2));
            batch.delete(Keys.entry(1, 3));
        });
        try (var store = open(folder)) {
            isQuarantinedAlone(store, "indexes 2 to 3");
        }
    }

    @Test
    void anEndThatWasCutOffAndIsBackAgainIsNoticed() throws IOException {
        var cut = new ArrayList<byte[]>();
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one", "two", "three");
        }
        tamper((database, batch) -> cut.add(database.get(Keys.entry(1, 3)).orElseThrow()));
        try (var store = open(folder)) {
            await(store.write(List.of(new LogChange.TruncateAfter("a", 2))));
        }
        tamper((database, batch) -> batch.put(Keys.entry(1, 3), cut.getFirst()));
        for (var start = 0; start < 2; start++) {
            try (var store = open(folder)) {
                isQuarantinedAlone(store, "was cut off, and is there again");
            }
        }
    }

    @Test
    void aLogThatWasDroppedAndIsBackAgainIsNoticed() throws IOException {
        var values = new ArrayList<byte[]>();
        var keys = List.of(Keys.name("a"), Keys.root(1), Keys.entry(1, 1));
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one");
        }
        tamper((database, batch) ->
                keys.forEach(key -> values.add(database.get(key).orElseThrow())));
        try (var store = open(folder)) {
            await(store.drop("a"));
        }
        tamper((database, batch) -> {
            for (var i = 0; i < keys.size(); i++) {
                batch.put(keys.get(i), values.get(i));
            }
        });
        try (var store = open(folder)) {
            isQuarantinedAlone(store, "it was dropped");
        }
    }

    @Test
    void truncatedAndEmptyLogsEndWhereTheyWereLeft() {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one", "two", "three");
            await(store.truncateTo("a", 3));
            await(store.write(List.of(new LogChange.PutCell("b", "cell", new byte[1]))));
        }
        for (var start = 0; start < 2; start++) {
            try (var store = open(folder)) {
                assertThat(store.quarantined()).isEmpty();
            }
        }
    }
}
