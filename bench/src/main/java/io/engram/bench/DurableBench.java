package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Durable remembers a second. Beside each figure: what a plain file takes from one thread that appends as many bytes and
 * forces after one record, and after as many records as there are connections. The second is the most that group commit
 * could reach if nothing else cost anything.
 */
final class DurableBench {
    private static final int RECORD_BYTES = 400;
    private static final String SPACE = "durable-bench";

    private final Path root;
    private final Path folder;
    private final PrintStream out;
    private final Map<String, String> environment;
    private final double seconds;
    private final Texts texts = new Texts(17);
    private final AtomicInteger numbers = new AtomicInteger();

    DurableBench(Path root, Path folder, PrintStream out, Map<String, String> environment, double seconds) {
        this.root = root;
        this.folder = folder;
        this.out = out;
        this.environment = environment;
        this.seconds = seconds;
    }

    void run(boolean peer) throws Exception {
        out.printf("Durable remembers through HTTP, %.0f s each, one space, texts of about 100 bytes%n", seconds);
        var data = Files.createTempDirectory(folder, "durable-");
        try {
            try (var node = Node.start(root, data, environment)) {
                new Load(node.port(), 16).closedLoop(Math.max(3, seconds / 2), numbers, this::remember);
                double best = 0;
                for (int connections : new int[] {1, 16, 64}) {
                    best = Math.max(best, throughput(node, connections));
                }
                fixedRate(node, best / 2);
                check(node);
                node.kill();
            }
            try (var node = Node.start(root, data, environment)) {
                check(node);
                out.println("after kill -9 and a new start the same samples are there");
            }
        } finally {
            Node.delete(data);
        }
        if (peer) {
            Peers.durable(root, folder, out, seconds);
        }
        out.println();
    }

    private double throughput(Node node, int connections) throws Exception {
        var single = PlainFile.run(folder, RECORD_BYTES, 1, 1.5);
        var grouped = PlainFile.run(folder, RECORD_BYTES, connections, 1.5);
        var load = new Load(node.port(), connections).closedLoop(seconds, numbers, this::remember);
        var singleAfter = PlainFile.run(folder, RECORD_BYTES, 1, 1.5);
        var groupedAfter = PlainFile.run(folder, RECORD_BYTES, connections, 1.5);
        double one = (single.recordsPerSecond() + singleAfter.recordsPerSecond()) / 2;
        double group = (grouped.recordsPerSecond() + groupedAfter.recordsPerSecond()) / 2;
        out.printf(
                "%3d connections %8.0f/s   %s%n"
                        + "    plain file  %8.0f/s one by one (%.0f, %.0f): ratio %.2f%n"
                        + "                %8.0f/s in groups of %d (%.0f, %.0f): ratio %.2f   load %s%n",
                connections,
                load.perSecond(),
                load.percentiles(),
                one,
                single.recordsPerSecond(),
                singleAfter.recordsPerSecond(),
                load.perSecond() / one,
                group,
                connections,
                grouped.recordsPerSecond(),
                groupedAfter.recordsPerSecond(),
                load.perSecond() / group,
                Machine.load());
        return load.perSecond();
    }

    private void fixedRate(Node node, double perSecond) throws Exception {
        var load = new Load(node.port(), 16).fixedRate(perSecond, seconds, numbers, this::remember);
        out.printf(
                "at half of the best, %.0f/s due on 16 connections, measured from when each was due: %s%n",
                perSecond, load.percentiles());
    }

    private void remember(HttpConnection connection, int number) throws IOException {
        Api.remember(connection, SPACE, "note-" + number, texts.text(number));
    }

    private void check(Node node) throws IOException {
        int stored = numbers.get();
        var random = new SplittableRandom(5);
        try (var connection = node.connect()) {
            for (int i = 0; i < 500; i++) {
                int number = random.nextInt(stored);
                var content = Api.content(connection, SPACE, "note-" + number);
                if (!content.equals(texts.text(number))) {
                    throw new IOException("note-" + number + " came back as: " + content);
                }
            }
        }
        out.printf("500 of the %d acknowledged memories read back and equal%n", stored);
    }
}
