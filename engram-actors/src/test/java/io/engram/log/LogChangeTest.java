package io.engram.log;

import static io.engram.log.TestLogs.appendAll;
import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.bytes;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What replication and backup will ask of the log. */
class LogChangeTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static LogChange.Append append(String log, long epoch, long first, String... texts) {
        return new LogChange.Append(log, epoch, first, OptionalLong.empty(), contents(0, texts));
    }

    private static List<LogChange.Content> contents(long timeMicros, String... texts) {
        return Stream.of(texts)
                .map(text -> new LogChange.Content(bytes(text), timeMicros))
                .toList();
    }

    @Test
    void changesOfManyLogsAreMadeTogetherOrNotAtAll() {
        try (var store = open(folder)) {
            await(store.write(
                    List.of(append("a", 1, 1, "a1", "a2"), append("b", 1, 1, "b1"), append("a", 1, 3, "a3"))));
            assertThat(readAll(store, "a")).containsExactly("a1", "a2", "a3");
            assertThat(readAll(store, "b")).containsExactly("b1");
            assertThatThrownBy(() -> await(store.write(
                            List.of(append("a", 1, 4, "no"), append("new", 1, 1, "no"), append("b", 1, 3, "a gap")))))
                    .isInstanceOf(StaleWriterException.class);
            assertThat(readAll(store, "a")).hasSize(3);
            assertThat(store.logs("", "", 10)).containsExactly("a", "b");
            appendAll(store, "a", 4, "a4");
        }
        try (var store = open(folder)) {
            assertThat(readAll(store, "a")).containsExactly("a1", "a2", "a3", "a4");
        }
    }

    @Test
    void aTailIsCutAndGrowsAnew() {
        try (var store = open(folder)) {
            await(store.write(List.of(append("a", 1, 1, "1", "2", "3", "4", "5"))));
            var third = store.point("a", 3).orElseThrow();
            await(store.write(List.of(new LogChange.TruncateAfter("a", 3), append("a", 2, 4, "other 4"))));
            assertThat(readAll(store, "a")).containsExactly("1", "2", "3", "other 4");
            assertThat(store.point("a", 3)).hasValue(third);
            assertThat(await(store.last("a")).epoch()).isEqualTo(2);
            assertThatThrownBy(() -> await(store.write(List.of(new LogChange.TruncateAfter("a", 9)))))
                    .isInstanceOf(StaleWriterException.class);
        }
        try (var store = open(folder)) {
            assertThat(readAll(store, "a")).containsExactly("1", "2", "3", "other 4");
            await(store.write(List.of(new LogChange.TruncateAfter("a", 0))));
            assertThat(await(store.last("a"))).isEqualTo(LogPoint.START);
            assertThat(store.logs("", "", 9)).containsExactly("a");
            appendAll(store, "a", 1, "from the beginning");
            assertThat(readAll(store, "a")).containsExactly("from the beginning");
        }
    }

    @Test
    void anOlderEpochOrOneBelowThePromiseIsRefused() {
        try (var store = open(folder)) {
            await(store.write(List.of(append("a", 5, 1, "x"))));
            assertThatThrownBy(() -> await(store.write(List.of(append("a", 4, 2, "late")))))
                    .isInstanceOf(StaleWriterException.class)
                    .hasMessageContaining("epoch 4, but the log is at 5");
            var meta = new Values.Meta(7, List.of("node-1", "node-2"), Optional.of("elsewhere"));
            await(store.write(List.of(new LogChange.PutMeta("a", meta), new LogChange.PutMeta("promise only", meta))));
            assertThatThrownBy(() -> await(store.write(List.of(append("a", 6, 2, "fenced")))))
                    .isInstanceOf(StaleWriterException.class);
            assertThatThrownBy(() -> await(store.write(List.of(append("promise only", 6, 1, "fenced")))))
                    .isInstanceOf(StaleWriterException.class);
            assertThatThrownBy(() -> await(store.write(
                            List.of(new LogChange.PutMeta("a", new Values.Meta(6, List.of(), Optional.empty()))))))
                    .isInstanceOf(StaleWriterException.class);
            await(store.write(List.of(append("a", 7, 2, "allowed"))));
        }
        try (var store = open(folder)) {
            assertThat(store.meta("a").replicas()).containsExactly("node-1", "node-2");
            assertThat(store.meta("a").forward()).hasValue("elsewhere");
            assertThat(store.meta("promise only").promised()).isEqualTo(7);
            assertThat(store.meta("nobody")).isEqualTo(Values.Meta.NONE);
            assertThatThrownBy(() -> await(store.write(List.of(append("promise only", 6, 1, "fenced")))))
                    .isInstanceOf(StaleWriterException.class);
        }
    }

    @Test
    void twoCopiesOfALogAreComparedByOneNumber() {
        try (var one = open(folder.resolve("one"));
                var other = open(folder.resolve("other"))) {
            appendAll(other, "takes number one", 1, "so that the copies differ in their numbers");
            for (var store : List.of(one, other)) {
                await(store.write(
                        List.of(new LogChange.Append("a", 3, 1, OptionalLong.empty(), contents(17, "x", "y")))));
            }
            assertThat(await(one.last("a"))).isEqualTo(await(other.last("a")));
            var right = await(one.last("a")).checksum();
            assertThatThrownBy(() -> await(one.write(
                            List.of(new LogChange.Append("a", 3, 3, OptionalLong.of(right + 1), contents(18, "z"))))))
                    .isInstanceOf(StaleWriterException.class)
                    .hasMessageContaining("checksum");
            await(one.write(List.of(new LogChange.Append("a", 3, 3, OptionalLong.of(right), contents(18, "z")))));
            await(other.write(List.of(new LogChange.Append("a", 3, 3, OptionalLong.of(right), contents(18, "Z")))));
            assertThat(one.point("a", 2)).isEqualTo(other.point("a", 2));
            assertThat(await(one.last("a")).checksum())
                    .isNotEqualTo(await(other.last("a")).checksum());
            // A truncated prefix changes nothing about it.
            await(one.truncateTo("a", 2));
            assertThat(one.point("a", 2)).isEqualTo(other.point("a", 2));
            assertThat(one.point("a", 1)).isEmpty();
            assertThat(one.base("a").index()).isEqualTo(2);
        }
    }

    @Test
    void timesNeverRunBackwards() {
        try (var store = open(folder)) {
            for (var time : List.of(100L, 50L, 200L, 0L, 199L)) {
                var next = await(store.last("a")).index() + 1;
                await(store.write(
                        List.of(new LogChange.Append("a", 1, next, OptionalLong.empty(), contents(time, "x")))));
            }
            var times = new ArrayList<Long>();
            store.read("a", 1, 9, 9, entry -> times.add(entry.timeMicros()));
            assertThat(times).containsExactly(100L, 100L, 200L, 200L, 200L);
            assertThat(store.firstIndexAtOrAfter("a", 0)).isEqualTo(1);
            assertThat(store.firstIndexAtOrAfter("a", 101)).isEqualTo(3);
            assertThat(store.firstIndexAtOrAfter("a", 200)).isEqualTo(3);
            assertThat(store.firstIndexAtOrAfter("a", 201)).isEqualTo(6);
            await(store.truncateTo("a", 4));
            assertThat(store.firstIndexAtOrAfter("a", 0)).isEqualTo(5);
        }
    }

    @Test
    void cellsAreKeptWithALogAndGoWithIt() {
        try (var store = open(folder)) {
            await(store.write(List.of(
                    append("a", 1, 1, "x"),
                    new LogChange.PutCell("a", "one", bytes("first")),
                    new LogChange.PutCell("a", "two", new byte[0]))));
            await(store.write(List.of(
                    new LogChange.PutCell("a", "one", bytes("second")), new LogChange.RemoveCell("a", "none"))));
        }
        try (var store = open(folder)) {
            assertThat(store.cells("a")).containsExactly("one", "two");
            assertThat(store.cell("a", "one")).hasValue(bytes("second"));
            assertThat(store.cell("a", "two")).hasValue(new byte[0]);
            assertThat(store.cell("a", "none")).isEmpty();
            await(store.write(List.of(new LogChange.RemoveCell("a", "two"))));
            assertThat(store.cells("a")).containsExactly("one");
            for (var i = 1; i < LogChange.MAX_CELLS; i++) {
                await(store.write(List.of(new LogChange.PutCell("a", "more " + i, bytes("x")))));
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> await(store.write(List.of(new LogChange.PutCell("a", "too many", bytes("x"))))));
            await(store.drop("a"));
            appendAll(store, "a", 1, "another log");
            assertThat(store.cells("a")).isEmpty();
        }
    }
}
