package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * What a user may count on, on real texts and through the front door of a real node: every text is found again by its id
 * and by a phrase of its own, most by a paraphrase; two spaces never see each other; and all of that is still so after
 * the node was killed in the middle of writing, several times.
 */
public final class Acceptance {
    private static final List<String> SPACES = List.of("acceptance-left", "acceptance-right");
    private static final int CONNECTIONS = 8;
    private static final int MOST_FAILURES_SHOWN = 10;

    /**
     * What one look at everything found.
     *
     * @param texts texts looked for
     * @param byId found under their id, word for word
     * @param byPhrase found among the first five of a search for a phrase of their own
     * @param byPhraseFirst found as the first of these
     * @param byParaphrase found among the first ten of a recall by a paraphrase
     * @param byParaphraseFirst found as the first of these
     * @param leaks answers that held something of the other space
     * @param written texts acknowledged while the node was about to be killed
     * @param writtenLost those of them that were gone afterwards
     * @param failures what went wrong, in words
     */
    public record Report(
            int texts,
            int byId,
            int byPhrase,
            int byPhraseFirst,
            int byParaphrase,
            int byParaphraseFirst,
            int leaks,
            int written,
            int writtenLost,
            List<String> failures) {
        public Report {
            failures = List.copyOf(failures);
        }

        @Override
        public String toString() {
            return "%d texts: by id %d, by a phrase %d (first %d), by a paraphrase %d (%.1f %%; first %d), leaks %d, written before a kill %d, lost %d"
                    .formatted(
                            texts,
                            byId,
                            byPhrase,
                            byPhraseFirst,
                            byParaphrase,
                            100.0 * byParaphrase / Math.max(1, texts),
                            byParaphraseFirst,
                            leaks,
                            written,
                            writtenLost);
        }
    }

    private final Path root;
    private final Path data;
    private final PrintStream out;
    private final List<Corpus.Item> items;
    private final Map<String, String> acknowledged = new LinkedHashMap<>();
    private final AtomicInteger extra = new AtomicInteger();

    /** Texts with even numbers go to one space, the others to the other. */
    public Acceptance(Path root, Path data, PrintStream out, List<Corpus.Item> items) {
        this.root = root;
        this.data = data;
        this.out = out;
        this.items = List.copyOf(items);
    }

    /** Remembers everything, looks, and looks again after each of {@code kills} kills; one report for each look. */
    public List<Report> run(int kills) throws Exception {
        var reports = new ArrayList<Report>();
        var node = Node.start(root, data, Map.of());
        try {
            long begun = System.nanoTime();
            new Load(node.port(), CONNECTIONS)
                    .count(
                            items.size(),
                            new AtomicInteger(),
                            (connection, number) -> Api.remember(
                                    connection,
                                    space(number),
                                    id(number),
                                    items.get(number).content()));
            out.printf("remembered %d texts in %.1f s%n", items.size(), (System.nanoTime() - begun) / 1e9);
            awaitEmbedded(node);
            out.printf("all have their vectors after %.1f s%n", (System.nanoTime() - begun) / 1e9);
            reports.add(look(node, "before any kill"));
            for (int kill = 1; kill <= kills; kill++) {
                killWhileWriting(node);
                node = Node.start(root, data, Map.of());
                awaitEmbedded(node);
                reports.add(look(node, "after kill -9 number " + kill));
            }
        } finally {
            node.close();
        }
        return reports;
    }

    private static String space(int number) {
        return SPACES.get(number % SPACES.size());
    }

    private static String id(int number) {
        return "text-" + number;
    }

    private static void awaitEmbedded(Node node) throws Exception {
        try (var connection = node.connect()) {
            for (var space : SPACES) {
                if (!Api.awaitEmbedded(connection, space, 900)) {
                    throw new IOException("the texts of " + space + " did not get their vectors");
                }
            }
        }
    }

    private void killWhileWriting(Node node) throws Exception {
        var sure = new ConcurrentLinkedQueue<Integer>();
        var first = extra.get();
        var writers = new ArrayList<Thread>();
        for (int i = 0; i < 4; i++) {
            writers.add(Thread.ofVirtual().start(() -> {
                try (var connection = node.connect()) {
                    while (true) {
                        int number = extra.getAndIncrement();
                        Api.remember(connection, space(number), "extra-" + number, extraText(number));
                        sure.add(number);
                    }
                } catch (IOException e) {
                    // The node is gone: what was not acknowledged is nobody's promise.
                    return;
                }
            }));
        }
        // Kill in the middle of a stream of writes, not at a moment: as soon as some were acknowledged.
        while (sure.size() < 40) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        node.kill();
        for (var writer : writers) {
            writer.join();
        }
        sure.forEach(number -> acknowledged.put("extra-" + number, extraText(number)));
        out.printf("killed after %d of %d writes were acknowledged%n", sure.size(), extra.get() - first);
    }

    private static String extraText(int number) {
        return "Written shortly before the end, as number " + number + " of many.";
    }

    private Report look(Node node, String when) throws Exception {
        var byId = new AtomicInteger();
        var byPhrase = new AtomicInteger();
        var byPhraseFirst = new AtomicInteger();
        var byParaphrase = new AtomicInteger();
        var byParaphraseFirst = new AtomicInteger();
        var leaks = new AtomicInteger();
        var lost = new AtomicInteger();
        var failures = new ConcurrentLinkedQueue<String>();
        new Load(node.port(), CONNECTIONS).count(items.size(), new AtomicInteger(), (connection, number) -> {
            var item = items.get(number);
            var own = space(number);
            var other = SPACES.get((number + 1) % SPACES.size());
            if (content(connection, own, id(number)).equals(item.content())) {
                byId.incrementAndGet();
            } else {
                failures.add(id(number) + " is not found by its id");
            }
            var found = Api.search(connection, own, item.phrase(), 5);
            count(found, id(number), byPhrase, byPhraseFirst);
            if (!found.contains(id(number))) {
                failures.add("%s is not among %s for its phrase '%s'".formatted(id(number), found, item.phrase()));
            }
            var recalled = Api.recall(connection, own, item.paraphrase(), "&max_results=10");
            count(recalled, id(number), byParaphrase, byParaphraseFirst);
            var elsewhere = new ArrayList<>(Api.search(connection, other, item.phrase(), 20));
            elsewhere.addAll(Api.recall(connection, other, item.paraphrase(), "&max_results=20"));
            if (Stream.concat(found.stream(), recalled.stream()).anyMatch(each -> isOf(each, other))
                    || elsewhere.stream().anyMatch(each -> isOf(each, own))
                    || !content(connection, other, id(number)).isEmpty()) {
                leaks.incrementAndGet();
                failures.add("%s shows in %s: %s".formatted(id(number), other, elsewhere));
            }
        });
        try (var connection = node.connect()) {
            for (var entry : acknowledged.entrySet()) {
                int number = Integer.parseInt(entry.getKey().substring("extra-".length()));
                if (!content(connection, space(number), entry.getKey()).equals(entry.getValue())) {
                    lost.incrementAndGet();
                    failures.add(entry.getKey() + " was acknowledged before a kill and is gone");
                }
            }
        }
        var report = new Report(
                items.size(),
                byId.get(),
                byPhrase.get(),
                byPhraseFirst.get(),
                byParaphrase.get(),
                byParaphraseFirst.get(),
                leaks.get(),
                acknowledged.size(),
                lost.get(),
                List.copyOf(failures));
        out.println(when + ": " + report);
        report.failures().stream().limit(MOST_FAILURES_SHOWN).forEach(failure -> out.println("  " + failure));
        return report;
    }

    private static void count(List<String> found, String id, AtomicInteger among, AtomicInteger first) {
        if (found.contains(id)) {
            among.incrementAndGet();
        }
        if (!found.isEmpty() && found.getFirst().equals(id)) {
            first.incrementAndGet();
        }
    }

    private static boolean isOf(String id, String space) {
        int dash = id.lastIndexOf('-');
        return dash >= 0 && space(Integer.parseInt(id.substring(dash + 1))).equals(space);
    }

    /** The content, or an empty text if there is none. */
    private static String content(HttpConnection connection, String space, String id) throws IOException {
        var answer = connection.call("GET", "/api/v1/memories/" + id, space, new byte[0]);
        return answer.status() == 200 ? Api.json(answer).path("content").asText() : "";
    }

    /** {@code bench/acceptance [FOLDER [COUNT]]}. */
    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8);
        var folder = Path.of(arguments.length > 0 ? arguments[0] : "/usr/share/games/fortunes");
        int most = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2_500;
        var root =
                Path.of(System.getProperty("engram.root", ".")).toAbsolutePath().normalize();
        var items = Corpus.ofFortunes(folder, most, 41, handMade(root.resolve("bench/paraphrases.tsv")));
        var data = Files.createTempDirectory(Files.createDirectories(root.resolve("bench/target/data")), "acceptance-");
        boolean kept;
        try {
            var reports = new Acceptance(root, data, out, items).run(3);
            kept = reports.stream().allMatch(Acceptance::holds);
        } finally {
            Node.delete(data);
        }
        out.println(kept ? "accepted" : "NOT accepted");
        System.exit(kept ? 0 : 1);
    }

    /** Every text by id and by phrase, most by a paraphrase, no leak, no loss. */
    public static boolean holds(Report report) {
        return report.byId() == report.texts()
                && report.byPhrase() == report.texts()
                && report.byParaphrase() * 10 >= report.texts() * 7
                && report.leaks() == 0
                && report.writtenLost() == 0;
    }

    private static Map<String, String> handMade(Path file) throws IOException {
        var map = new LinkedHashMap<String, String>();
        if (Files.exists(file)) {
            for (var line : Files.readAllLines(file)) {
                var parts = line.split("\t", 2);
                if (parts.length == 2 && !line.startsWith("#")) {
                    map.put(parts[0], parts[1]);
                }
            }
        }
        return map;
    }
}
