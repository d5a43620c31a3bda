package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;

/** Where a figure was taken: without it a figure says nothing. */
final class Machine {
    private Machine() {}

    static void describe(PrintStream out, Path folder) throws IOException {
        out.printf("date            %s%n", Instant.now().truncatedTo(ChronoUnit.SECONDS));
        out.printf(
                "machine         %d cores (%s), %s %s%n",
                Runtime.getRuntime().availableProcessors(),
                processor(),
                System.getProperty("os.name"),
                System.getProperty("os.version"));
        out.printf("load average    %s%n", load());
        out.printf("java            %s%n", Runtime.version());
        out.printf("file store      %s on %s%n", Files.getFileStore(folder).type(), folder);
        var forced = PlainFile.run(folder, 200, 1, 1.0);
        out.printf(
                "forced append   %.0f/s of 200 bytes, p50 %.3f ms, p99 %.3f ms%n%n",
                forced.recordsPerSecond(),
                forced.forces().getValueAtPercentile(50) / 1e6,
                forced.forces().getValueAtPercentile(99) / 1e6);
    }

    static String load() {
        try {
            return Files.readString(Path.of("/proc/loadavg")).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String processor() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.replaceFirst(".*:\\s*", ""))
                    .distinct()
                    .collect(Collectors.joining(", "));
        } catch (IOException e) {
            return "unknown processor";
        }
    }
}
