package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InspectionTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void nameTheFolder() {
        folder = temporary.resolve("log");
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("engram.fuzz.seeds", 40));
    }

    /** Two logs of a hundred entries each, half of them in tables, and one that was dropped. */
    private WrittenFolder twoLogs() throws IOException {
        var written = new WrittenFolder(folder, 64 << 20);
        var a = written.create("a");
        var b = written.create("b");
        var c = written.create("c");
        written.append(c, new byte[10]);
        written.commit();
        for (var i = 0; i < 100; i++) {
            written.append(a, new byte[200 + i]);
            written.append(b, new byte[100]);
            written.commit();
            if (i == 50) {
                written.drop(c);
                written.commit();
                written.reopen();
            }
        }
        written.cell(a, "cell", new byte[20]);
        written.meta(b, 7);
        written.commit();
        return written;
    }

    private Path newestTable() throws IOException {
        return FolderFiles.in(folder).tables().lastEntry().getValue();
    }

    private static TreeMap<byte[], byte[]> rescue(Path from) throws IOException {
        var given = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        Rescue.run(from, (key, value) -> assertThat(given.put(key, value)).isNull());
        return given;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aWholeFolderIsWellAndIsRescuedWhole(long seed) throws IOException {
        var random = new Random(seed);
        try (var written = RandomFolder.write(folder, random, 60, true, true)) {
            if (random.nextBoolean()) {
                written.compact();
            }
            written.reopen();
            var copy = written.copyTo(temporary.resolve("copy"));
            var report = FolderReport.inspect(copy);
            assertThat(report.findings()).isEmpty();
            assertThat(report.isWell()).isTrue();
            var alive = written.logs.values().stream().filter(log -> !log.dropped).toList();
            assertThat(report.logs()).hasSameSizeAs(alive);
            for (var log : alive) {
                var read = report.logs().stream()
                        .filter(each -> each.number() == log.number)
                        .findFirst()
                        .orElseThrow();
                assertThat(read.name()).isEqualTo(log.name);
                assertThat(read.base()).isEqualTo(log.base);
                assertThat(read.last()).isEqualTo(log.last().index());
                assertThat(read.readableEntries()).isEqualTo(log.last().index() - log.base.index());
            }
            var expected = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
            written.state.forEach((key, value) -> {
                var log = key.length > 8 && key[0] != Keys.NAME_KIND ? written.logs.get(Keys.numberOf(key)) : null;
                var leftOver = key[0] == Keys.ENTRY_KIND && log != null && Keys.indexOf(key) <= log.base.index();
                if (key[0] != Keys.PENDING_KIND
                        && key[0] != Keys.COMMIT_KIND
                        && !leftOver
                        && !(log != null && log.dropped)) {
                    expected.put(key, value);
                }
            });
            assertThat(WrittenFolder.digest(rescue(copy))).isEqualTo(WrittenFolder.digest(expected));
        }
    }
}
