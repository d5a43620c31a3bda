package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * From a node's start to its first answer out of a space of many memories, beside the same of a node without any; the
 * difference is what the space costs. Nodes are real processes, started by the launcher and filled and asked through
 * HTTP, without embedding, stopped in order.
 *
 * <p>Beside it: the file system's own sequential read of the snapshot, cold and warm. Before each start the system is
 * asked to forget the data folder; what the node then fetched from the disk is printed, with programs that had been
 * forgotten meanwhile. Nothing is known here of the snapshot but its folder: the largest file in it counts. What the log
 * holds behind the snapshot is replayed, too, and is in the time.
 *
 * <p>Not measured: a start after {@code kill -9}.
 */
final class RestartBench {
    private static final int MEMORIES = 100_000;
    private static final int BULK = 1000;
    private static final String SPACE = "restart-bench";
    private static final int SMALL_HEAP_MIB = 512;
    private static final int HEAP_MIB_A_THOUSAND = 3;

    private record Start(double answerMs, double readyMs, double processorMs, double residentMib, double diskMb) {}

    private final Trial trial;
    private final PrintStream out;
    private final int memories;
    private final Map<String, String> environment;
    private final Texts texts = new Texts(29);

    RestartBench(Trial trial) {
        this.trial = trial;
        this.out = trial.out();
        this.memories = trial.number("memories", MEMORIES);
        this.environment = new HashMap<>(Map.of("ENGRAM_EMBEDDING_PROVIDER", "none"));
        if (System.getenv("ENGRAM_JAVA_OPTS") == null) {
            environment.put(
                    "ENGRAM_JAVA_OPTS", "-Xmx%dm".formatted(SMALL_HEAP_MIB + memories / 1000 * HEAP_MIB_A_THOUSAND));
        }
    }

    void run() throws Exception {
        out.printf(
                "Restart of a space of %,d memories, %d rounds in turn with an empty node (%s)%n",
                memories, trial.rounds(), environment.getOrDefault("ENGRAM_JAVA_OPTS", "JVM options as given"));
        var filled = Files.createTempDirectory(trial.folder(), "restart-");
        var empty = Files.createTempDirectory(trial.folder(), "empty-");
        try {
            fill(filled);
            try (var node = Node.start(trial.root(), empty, environment)) {
                ask(node, false);
            }
            measure(filled, empty);
        } finally {
            Node.delete(filled);
            Node.delete(empty);
        }
        out.println();
    }

    private void fill(Path data) throws Exception {
        long begun = System.nanoTime();
        try (var node = Node.start(trial.root(), data, environment)) {
            try (var connection = node.connect()) {
                for (int from = 0; from < memories; from += BULK) {
                    remember(connection, from, Math.min(memories, from + BULK));
                }
            }
            // A snapshot may be on its way still.
            DiskFiles.awaitQuiet(data, trial.quietSeconds());
        }
        out.printf(
                "  filled and stopped in %.0f s: log %.0f MB, snapshots %.0f MB%n",
                (System.nanoTime() - begun) / 1e9,
                DiskFiles.bytes(data.resolve("log")) / 1e6,
                snapshots(data).stream().mapToLong(RestartBench::size).sum() / 1e6);
    }

    private void remember(HttpConnection connection, int from, int to) throws IOException {
        var items = new ArrayList<String>();
        for (int i = from; i < to; i++) {
            items.add("{\"id\":\"%s\",\"content\":%s,\"confidence\":0.9}"
                    .formatted(TextServer.id(i), Texts.quoted(texts.text(i))));
        }
        var answer = connection.post("/api/v1/memories/bulk", SPACE, "{\"items\":[" + String.join(",", items) + "]}");
        if (answer.status() != 200) {
            throw new IOException("bulk from " + from + ": " + answer.status() + " " + answer.text());
        }
    }

    private void measure(Path filled, Path empty) throws Exception {
        boolean cold = DiskFiles.evict(filled);
        out.println(cold ? "  data folders cold" : "  WARM: the system cannot be made to forget files here");
        var full = new ArrayList<Start>();
        var bare = new ArrayList<Start>();
        for (int i = 0; i < trial.rounds(); i++) {
            for (var data : i % 2 == 0 ? List.of(empty, filled) : List.of(filled, empty)) {
                var start = start(data, data.equals(filled));
                (data.equals(filled) ? full : bare).add(start);
                out.printf(
                        "    %-6s %d  first answer after %6.0f ms (ready %6.0f), processor %6.0f ms,"
                                + " %5.0f MiB resident, %6.1f MB from the disk   load %s%n",
                        data.equals(filled) ? "filled" : "empty",
                        i + 1,
                        start.answerMs,
                        start.readyMs,
                        start.processorMs,
                        start.residentMib,
                        start.diskMb,
                        Machine.load());
            }
        }
        conclude(filled, cold, median(full) - median(bare));
    }

    private void conclude(Path filled, boolean cold, double differenceMs) throws IOException, InterruptedException {
        var largest = snapshots(filled).stream().max(Comparator.comparingLong(RestartBench::size));
        out.printf(
                "  the space costs %.0f ms (medians), %.2f us a memory%n", differenceMs, differenceMs * 1e3 / memories);
        if (largest.isEmpty()) {
            out.println("  there is no snapshot in a file of its own");
            return;
        }
        double megabytes = size(largest.get()) / 1e6;
        out.printf("  snapshot of %.1f MB: %.0f MB/s", megabytes, megabytes * 1e3 / differenceMs);
        if (cold && DiskFiles.evict(filled)) {
            out.printf(
                    "; read in sequence, cold %.0f MB/s",
                    DiskFiles.read(List.of(largest.get())).megabytesPerSecond());
        }
        DiskFiles.read(List.of(largest.get()));
        out.printf("; warm %.0f MB/s%n", DiskFiles.read(List.of(largest.get())).megabytesPerSecond());
    }

    private static double median(List<Start> starts) {
        return Figures.median(starts.stream().map(Start::answerMs).toList());
    }

    private Start start(Path data, boolean filled) throws Exception {
        DiskFiles.evict(data);
        long begun = System.nanoTime();
        try (var node = Node.start(trial.root(), data, environment)) {
            ask(node, filled);
            double answerMs = (System.nanoTime() - begun) / 1e6;
            return new Start(
                    answerMs,
                    node.readyAfterMs(),
                    node.processorMs(),
                    node.residentMib(),
                    DiskIo.ofTree(node.jvm()).readBytes() / 1e6);
        }
    }

    /** Asks for the newest memory, and for the oldest and one between once the first answer is there. */
    private void ask(Node node, boolean filled) throws IOException, InterruptedException {
        try (var connection = node.connect()) {
            int newest = memories - 1;
            var answer = get(connection, newest);
            for (int i = 0; answer.status() == 503 && i < 600; i++) {
                // The node is up before its spaces are.
                TimeUnit.MILLISECONDS.sleep(5);
                answer = get(connection, newest);
            }
            if (answer.status() != (filled ? 200 : 404)) {
                throw new IOException("first answer: " + answer.status() + " " + answer.text());
            }
            for (int i : filled ? new int[] {newest, 0, memories / 2} : new int[0]) {
                if (!Api.content(connection, SPACE, TextServer.id(i)).equals(texts.text(i))) {
                    throw new IOException(TextServer.id(i) + " is another text");
                }
            }
        }
    }

    private static HttpConnection.Answer get(HttpConnection connection, int number) throws IOException {
        return connection.call("GET", "/api/v1/memories/" + TextServer.id(number), SPACE, new byte[0]);
    }

    private static List<Path> snapshots(Path data) throws IOException {
        var folder = Optional.of(data.resolve("snapshots")).filter(Files::isDirectory);
        return folder.isPresent() ? DiskFiles.in(folder.get()) : List.of();
    }

    private static long size(Path file) {
        return file.toFile().length();
    }
}
