package io.engram.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What was acknowledged, to be read back in the end: memories are numbered, and a number says which text the memory has. Used by
 * many threads.
 */
final class Acknowledged {
    private static final int PAGE = 1000;
    private static final int READERS = 6;
    private static final int SAMPLES = 3;
    private static final int HTTP_OK = 200;
    private static final int HTTP_CREATED = 201;
    private static final int HTTP_MIXED = 207;
    private static final int HTTP_UNAVAILABLE = 503;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Map<String, ConcurrentLinkedQueue<Integer>> bySpace = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger repeated = new AtomicInteger();
    private final Texts texts;
    private final int bytes;

    /** @param bytes how long each text is at least; what it lacks is added as one long word */
    Acknowledged(Texts texts, int bytes) {
        this.texts = texts;
        this.bytes = bytes;
    }

    /** Numbers that nobody has yet. */
    AtomicInteger numbers() {
        return numbers;
    }

    static String id(int number) {
        return "note-" + number;
    }

    String text(int number) {
        var text = texts.text(number);
        return text.length() + 1 >= bytes ? text : text + " " + "z".repeat(bytes - text.length() - 1);
    }

    void add(String space, int number) {
        bySpace.computeIfAbsent(space, each -> new ConcurrentLinkedQueue<>()).add(number);
    }

    long count() {
        return bySpace.values().stream().mapToLong(ConcurrentLinkedQueue::size).sum();
    }

    /** Remembers a memory in a space, and asks again, as a client would, while the node says that it cannot now. */
    void remember(HttpConnection connection, String space, int number) throws IOException {
        var body = item(number);
        store(connection, "/api/v1/memories/remember", space, body);
        add(space, number);
    }

    private String item(int number) {
        return "{\"id\":\"%s\",\"content\":%s,\"confidence\":0.9}".formatted(id(number), Texts.quoted(text(number)));
    }

    private void store(HttpConnection connection, String path, String space, String body) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (var answer = connection.post(path, space, body);
                answer.status() != HTTP_CREATED && answer.status() != HTTP_OK;
                answer = connection.post(path, space, body)) {
            if (answer.status() != HTTP_UNAVAILABLE && answer.status() != HTTP_MIXED || System.nanoTime() - end > 0) {
                throw new IOException(path + " in " + space + ": " + answer.status() + " " + answer.text());
            }
            repeated.incrementAndGet();
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** How many requests had to be sent again, so far. */
    int repeated() {
        return repeated.get();
    }

    /** As many memories as given in one request; throws unless all of them were acknowledged. */
    void rememberAll(HttpConnection connection, String space, int count) throws IOException {
        int first = numbers.getAndAdd(count);
        var items = IntStream.range(first, first + count).mapToObj(this::item).collect(Collectors.joining(","));
        store(connection, "/api/v1/memories/bulk", space, "{\"items\":[" + items + "]}");
        for (int i = first; i < first + count; i++) {
            add(space, i);
        }
    }

    /** Reads every acknowledged memory back, through the nodes in turn, and says how many; throws if one is missing. */
    String readBack(List<Integer> ports) throws IOException, InterruptedException {
        var tasks = new ArrayList<Callable<List<Integer>>>();
        int turn = 0;
        for (var space : new TreeMap<>(bySpace).entrySet()) {
            int port = ports.get(turn++ % ports.size());
            tasks.add(() -> missing(port, space.getKey(), new HashSet<>(space.getValue())));
        }
        var missing = new ArrayList<Integer>();
        try (var readers = Executors.newFixedThreadPool(READERS)) {
            for (var result : readers.invokeAll(tasks)) {
                missing.addAll(result.get());
            }
        } catch (ExecutionException e) {
            throw new IOException("reading back failed: " + e.getCause(), e);
        }
        if (!missing.isEmpty()) {
            throw new IOException("%d of %d acknowledged memories are MISSING or have another text, such as %s"
                    .formatted(missing.size(), count(), missing.subList(0, Math.min(SAMPLES, missing.size()))));
        }
        return "%,d acknowledged memories in %,d spaces read back, 0 missing".formatted(count(), bySpace.size());
    }

    private List<Integer> missing(int port, String space, Set<Integer> expected) throws IOException {
        try (var connection = new HttpConnection(port)) {
            for (int offset = 0, total = 1; offset < total; offset += PAGE) {
                var answer = connection.call(
                        "GET", "/api/v1/memories?limit=" + PAGE + "&offset=" + offset, space, new byte[0]);
                if (answer.status() != 200) {
                    throw new IOException("list of " + space + ": " + answer.status() + " " + answer.text());
                }
                var page = Api.json(answer);
                total = page.path("total").asInt();
                for (var memory : page.path("memories")) {
                    int number = Integer.parseInt(memory.path("id").asText().replaceFirst("note-", ""));
                    if (memory.path("content").asText().equals(text(number))) {
                        expected.remove(number);
                    }
                }
            }
        }
        return List.copyOf(expected);
    }
}
