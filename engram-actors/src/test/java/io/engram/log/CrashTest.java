package io.engram.log;

import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that write, are killed, and are held to what they acknowledged. */
class CrashTest {
    private static final int ROUNDS = 10;
    private static final int WRITERS = 6;
    private static final long SEED = 20_261_123;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** The process: each thread appends to a log of its own and says so. Ended from outside. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) {
            var settings = LogStoreSettings.of(Path.of(arguments[0]))
                    .withMinFreeBytes(0)
                    .withWriteBufferBytes(256 * 1024)
                    .withCompactAfterBytes(50_000);
            var store = LogStore.open(settings, new SimpleMeterRegistry());
            var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            for (var writer = 0; writer < WRITERS; writer++) {
                var log = "log" + writer;
                Thread.ofPlatform().start(() -> write(store, log, out));
            }
        }

        private static void write(LogStore store, String log, PrintStream out) {
            var next = await(store.last(log)).index() + 1;
            while (true) {
                var count = (int) (next % 3) + 1;
                var first = next;
                await(store.append(
                        log,
                        first,
                        IntStream.range(0, count)
                                .mapToObj(i -> content(log, first + i))
                                .toList()));
                next += count;
                out.println(log + " " + (next - 1));
                if (first % 97 == 0) {
                    await(store.truncateTo(log, next - 40));
                }
            }
        }
    }

    private static byte[] content(String log, long sequence) {
        var size = new Random(sequence).nextInt(50) == 0 ? 40_000 : 300;
        return (log + ":" + sequence + "-".repeat(size)).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatWasAcknowledgedSurvivesEveryKill() throws Exception {
        var random = new Random(SEED);
        Map<String, Long> acknowledged = new HashMap<>();
        for (var round = 0; round < ROUNDS; round++) {
            var process = start();
            try (var lines = new BufferedReader(process.inputReader(StandardCharsets.UTF_8))) {
                var left = 20 + random.nextInt(600);
                String line;
                while ((line = lines.readLine()) != null) {
                    var words = List.of(line.split(" "));
                    // A kill may cut the last line short; its number would be too small, never too large.
                    if (words.size() == 2) {
                        acknowledged.merge(words.getFirst(), Long.parseLong(words.getLast()), Math::max);
                    }
                    if (--left == 0) {
                        // The process's own method would also close the stream that is still to be read.
                        process.toHandle().destroyForcibly();
                    }
                }
            }
            assertThat(process.waitFor())
                    .as("it was killed, and did not end by itself")
                    .isEqualTo(137);
            check(acknowledged, round);
        }
        assertThat(acknowledged).hasSize(WRITERS);
    }

    private void check(Map<String, Long> acknowledged, int round) {
        try (var store = open(folder.resolve("log"))) {
            acknowledged.forEach((log, last) -> {
                var highest = await(store.last(log)).index();
                assertThat(highest)
                        .as("%s after round %d, seed %d", log, round, SEED)
                        .isGreaterThanOrEqualTo(last);
                var from = store.base(log).index() + 1;
                var end = store.read(log, from, Long.MAX_VALUE - 1, Long.MAX_VALUE, entry -> {
                    assertThat(entry.content()).isEqualTo(content(log, entry.index()));
                    return true;
                });
                assertThat(end).isEqualTo(highest + 1);
            });
        }
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        folder.resolve("log").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
