package io.engram.log;

import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.settings;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One flipped bit anywhere in the blocks of a table that holds a whole database: names, entries, notes and cells. */
class TableDamageTest {
    private static final int LOGS = 6;
    private static final int ENTRIES = 30;
    private static final int CELLS = 3;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path log;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("engram.fuzz.seeds", 40));
    }

    private static List<String> texts(int number) {
        var texts = new ArrayList<String>();
        for (var i = 1; i <= ENTRIES; i++) {
            texts.add("entry %d of log %d%s".formatted(i, number, ".".repeat(i * 11)));
        }
        return texts;
    }

    private static byte[] cell(int number, int cell) {
        return TestLogs.bytes("cell %d of log %d%s".formatted(cell, number, "-".repeat(400 * (cell + 1))));
    }

    @BeforeEach
    void write() throws IOException {
        log = folder.resolve("log");
        try (var store = open(log)) {
            for (var number = 1; number <= LOGS; number++) {
                TestLogs.appendAll(store, "log " + number, 1, texts(number).toArray(String[]::new));
                // One log has no cells: whoever looks for some comes upon its neighbour's.
                for (var cell = 0; cell < (number == 1 ? 0 : CELLS); cell++) {
                    await(store.write(
                            List.of(new LogChange.PutCell("log " + number, "cell " + cell, cell(number, cell)))));
                }
            }
        }
        // An opening makes a table of it all.
        open(log).close();
    }

    private Path table() throws IOException {
        try (var files = Files.list(log)) {
            return files.filter(file -> file.toString().endsWith(".sst"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What cannot be had. */
    private record Missing(Set<String> logs, Set<String> cells) {}

    /** Reads everything; what can be read must be what was written. */
    private static Missing read(LogStore store) {
        var missing = new Missing(new TreeSet<>(), new HashSet<>());
        for (var number = 1; number <= LOGS; number++) {
            var name = "log " + number;
            try {
                assertThat(readAll(store, name)).isEqualTo(texts(number));
                for (var cell = 0; cell < (number == 1 ? 0 : CELLS); cell++) {
                    try {
                        assertThat(store.cell(name, "cell " + cell)).hasValue(cell(number, cell));
                    } catch (DamagedCellException e) {
                        missing.cells().add(name + cell);
                    }
                }
            } catch (LogDamagedException | LogQuarantinedException e) {
                missing.logs().add(name);
            }
        }
        return missing;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void oneBitCostsOneLogOrOneCellAndNeverTheNode(long seed) throws IOException {
        var table = table();
        var bytes = Files.readAllBytes(table);
        var random = new Random(seed * 0x9E3779B97F4A7C15L);
        // Behind the blocks come the index and the footer, without which nothing can be found.
        var position = random.nextInt(bytes.length - 1_500);
        bytes[position] ^= (byte) (1 << random.nextInt(8));
        Files.write(table, bytes);
        var byStart = new ArrayList<Missing>();
        for (var start = 1; start <= 3; start++) {
            try (var store = open(settings(log))) {
                byStart.add(read(store));
                for (var number = 1; number <= LOGS; number++) {
                    if (store.quarantined("log " + number).isEmpty()) {
                        await(store.write(List.of(
                                new LogChange.PutCell("log " + number, "late", TestLogs.bytes("start " + start)))));
                    }
                }
            }
        }
        var left = byStart.getLast();
        assertThat(left.logs().size() + left.cells().size())
                .as("byte %d of %d: %s", position, bytes.length, byStart)
                .isLessThanOrEqualTo(1);
        assertThat(byStart.get(1)).isEqualTo(left);
        assertThat(byStart.getFirst().logs()).containsAll(left.logs());
    }
}
