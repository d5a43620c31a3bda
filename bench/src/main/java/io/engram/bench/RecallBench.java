package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How long recall and search take. Each cue is used once, so that no cached vector helps; each answer is checked for the
 * one memory that the cue was made from. Beside it: the same node's answer to {@code /health/alive}, which is what HTTP
 * alone costs.
 */
final class RecallBench {
    private static final int WARM_UP = 300;
    private static final int CALLS = 1_000;

    private final Path root;
    private final Path folder;
    private final PrintStream out;
    private final Map<String, String> environment;
    private final Texts texts = new Texts(29);

    RecallBench(Path root, Path folder, PrintStream out, Map<String, String> environment) {
        this.root = root;
        this.folder = folder;
        this.out = out;
        this.environment = environment;
    }

    void run() throws Exception {
        out.printf("Recall and search, one connection, %d calls each after %d to warm up%n", CALLS, WARM_UP);
        node("words only", Map.of("ENGRAM_EMBEDDING_PROVIDER", "none"));
        node("words and meaning", Map.of());
        new EngineBench(out).run();
        out.println();
    }

    private void node(String what, Map<String, String> settings) throws Exception {
        var data = Files.createTempDirectory(folder, "recall-");
        var all = new HashMap<>(environment);
        all.putAll(settings);
        try (var node = Node.start(root, data, all)) {
            var next = new AtomicInteger();
            for (int size : List.of(1_000, 10_000)) {
                var space = "recall-bench-" + size;
                fill(node, space, size, settings.isEmpty());
                measure("%5d memories, HTTP alone".formatted(size), node, next, size, (connection, _, _) -> {
                    if (connection.get("/health/alive").status() != 200) {
                        throw new IOException("not alive");
                    }
                    return List.of();
                });
                measure(
                        "%5d memories, recall, %s".formatted(size, what),
                        node,
                        next,
                        size,
                        (connection, cue, _) -> Api.recall(connection, space, cue, "&max_results=10"));
                measure(
                        "%5d memories, search, %s".formatted(size, what),
                        node,
                        next,
                        size,
                        (connection, cue, _) -> Api.search(connection, space, cue, 10));
            }
        } finally {
            Node.delete(data);
        }
    }

    private void fill(Node node, String space, int size, boolean embed) throws Exception {
        long begun = System.nanoTime();
        new Load(node.port(), 16)
                .count(
                        size,
                        new AtomicInteger(),
                        (connection, number) -> Api.remember(connection, space, "note-" + number, texts.text(number)));
        out.printf("%5d memories stored in %.1f s", size, (System.nanoTime() - begun) / 1e9);
        if (embed) {
            try (var connection = node.connect()) {
                boolean embedded = Api.awaitEmbedded(connection, space, 900);
                out.printf(
                        ", %s after %.1f s",
                        embedded ? "embedded" : "not all embedded", (System.nanoTime() - begun) / 1e9);
            }
        }
        out.println();
    }

    private interface Query {
        List<String> run(HttpConnection connection, String cue, int number) throws IOException;
    }

    private void measure(String what, Node node, AtomicInteger next, int size, Query query) throws Exception {
        var found = new AtomicInteger();
        Load.Call call = (connection, number) -> {
            // A seed of its own for each call: no cue comes twice.
            var random = new SplittableRandom(number);
            int target = random.nextInt(size);
            var cue = texts.cue(target, random) + " " + Integer.toString(number, 36);
            if (query.run(connection, cue, number).contains("note-" + target)) {
                found.incrementAndGet();
            }
        };
        new Load(node.port(), 1).count(WARM_UP, next, call);
        found.set(0);
        var figure = new Load(node.port(), 1).count(CALLS, next, call);
        out.printf(
                "%-42s %s   target among the ten %.1f %%   load %s%n",
                what, figure.percentiles(), 100.0 * found.get() / CALLS, Machine.load());
    }
}
