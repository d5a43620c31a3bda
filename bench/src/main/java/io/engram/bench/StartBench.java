package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** From the start of the launcher to the first 200 of {@code /health}. */
final class StartBench {
    private static final int RUNS = 7;

    private final Path root;
    private final Path folder;
    private final PrintStream out;
    private final Map<String, String> environment;

    StartBench(Path root, Path folder, PrintStream out, Map<String, String> environment) {
        this.root = root;
        this.folder = folder;
        this.out = out;
        this.environment = environment;
    }

    void run() throws Exception {
        out.printf("Start to ready, %d runs each, bare JVM for comparison%n", RUNS);
        bareJvm();
        var filled = Files.createTempDirectory(folder, "filled-");
        try {
            fill(filled);
            for (var archive : new boolean[] {true, false}) {
                starts("empty", null, archive);
                starts("10k memories", filled, archive);
            }
        } finally {
            Node.delete(filled);
        }
        out.println();
    }

    /** The machine's own limit: a JVM that starts and ends. */
    private void bareJvm() throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var times = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long begun = System.nanoTime();
            new ProcessBuilder(java, "-version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            times[i] = (System.nanoTime() - begun) / 1e6;
        }
        print("java -version", times);
    }

    private void fill(Path data) throws Exception {
        var texts = new Texts(23);
        try (var node = Node.start(root, data, environment)) {
            new Load(node.port(), 16)
                    .count(
                            10_000,
                            new AtomicInteger(),
                            (connection, number) ->
                                    Api.remember(connection, "default", "note-" + number, texts.text(number)));
            try (var connection = node.connect()) {
                if (!Api.awaitEmbedded(connection, "default", 600)) {
                    out.println("(not every text had its vector when the node was stopped)");
                }
            }
        }
    }

    private void starts(String what, @org.jspecify.annotations.Nullable Path data, boolean archive) throws Exception {
        var settings = new HashMap<>(environment);
        if (!archive) {
            // The JDK's own archive, which every JVM uses, instead of the launcher's.
            settings.put(
                    "ENGRAM_JAVA_OPTS",
                    "-XX:SharedArchiveFile="
                            + Path.of(System.getProperty("java.home"), "lib", "server", "classes.jsa"));
        }
        var times = new double[RUNS];
        double processor = 0;
        for (int i = -1; i < RUNS; i++) {
            var folderOfRun = data == null ? Files.createTempDirectory(folder, "empty-") : data;
            try (var node = Node.start(root, folderOfRun, settings)) {
                double spent = node.processorMs();
                if (data != null) {
                    try (var connection = node.connect()) {
                        Api.content(connection, "default", "note-9999");
                    }
                }
                // The first start may have an archive to make or a page cache to fill.
                if (i >= 0) {
                    times[i] = node.readyAfterMs();
                    processor += spent / RUNS;
                }
            } finally {
                if (data == null) {
                    Node.delete(folderOfRun);
                }
            }
        }
        print(what + (archive ? ", class-data archive" : ", no archive"), times);
        out.printf("%-34s mean %5.0f ms of processor time%n", "", processor);
    }

    private void print(String what, double[] times) {
        var sorted = DoubleStream.of(times).sorted().toArray();
        out.printf(
                "%-34s median %5.0f ms   of %s   load %s%n",
                what,
                sorted[sorted.length / 2],
                DoubleStream.of(sorted).mapToObj("%.0f"::formatted).collect(Collectors.joining(" ")),
                Machine.load());
    }
}
