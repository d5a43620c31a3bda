package io.engram.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The calls of the HTTP interface that the benchmarks need, with their answers checked. */
public final class Api {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Api() {}

    public static JsonNode json(HttpConnection.Answer answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    /** Remembers {@code content} under {@code id}; throws unless it was stored. */
    public static void remember(HttpConnection connection, String space, String id, String content) throws IOException {
        var answer = connection.post(
                "/api/v1/memories/remember",
                space,
                "{\"id\":%s,\"content\":%s,\"confidence\":0.9}".formatted(Texts.quoted(id), Texts.quoted(content)));
        if (answer.status() != 201 || !json(answer).path("memory_id").asText().equals(id)) {
            throw new IOException("remember " + id + ": " + answer.status() + " " + answer.text());
        }
    }

    /** The content of a memory; throws if it is not there. */
    public static String content(HttpConnection connection, String space, String id) throws IOException {
        var answer = connection.call("GET", "/api/v1/memories/" + encoded(id), space, new byte[0]);
        if (answer.status() != 200) {
            throw new IOException("get " + id + ": " + answer.status() + " " + answer.text());
        }
        return json(answer).path("content").asText();
    }

    /** Ids of what a search finds, best first. */
    public static List<String> search(HttpConnection connection, String space, String query, int limit)
            throws IOException {
        var answer = connection.call(
                "GET", "/api/v1/memories/search?query=" + encoded(query) + "&limit=" + limit, space, new byte[0]);
        if (answer.status() != 200) {
            throw new IOException("search " + query + ": " + answer.status() + " " + answer.text());
        }
        var ids = new ArrayList<String>();
        json(answer)
                .path("memories")
                .forEach(memory -> ids.add(memory.path("id").asText()));
        return ids;
    }

    /** Ids of what a recall brings to mind, in the order of their ranks. */
    public static List<String> recall(HttpConnection connection, String space, String query, String more)
            throws IOException {
        var answer =
                connection.call("GET", "/api/v1/memories/recall?query=" + encoded(query) + more, space, new byte[0]);
        if (answer.status() != 200) {
            throw new IOException("recall " + query + ": " + answer.status() + " " + answer.text());
        }
        record Ranked(int rank, String id) {}
        var all = new ArrayList<Ranked>();
        for (var list : json(answer).path("memories")) {
            list.forEach(item -> all.add(
                    new Ranked(item.path("rank").asInt(), item.path("id").asText())));
        }
        all.sort(java.util.Comparator.comparingInt(Ranked::rank));
        return all.stream().map(Ranked::id).toList();
    }

    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Waits until nothing in a space waits for its vector any more; false if that took longer than allowed. */
    static boolean awaitEmbedded(HttpConnection connection, String space, int seconds)
            throws IOException, InterruptedException {
        // Nodes started here inherit the environment: without a model nothing ever gets a vector.
        if ("none".equals(System.getenv("ENGRAM_EMBEDDING_PROVIDER"))) {
            return true;
        }
        for (int i = 0; i < seconds * 4; i++) {
            if (awaitingEmbedding(connection, space) == 0) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
        return false;
    }

    private static long awaitingEmbedding(HttpConnection connection, String space) throws IOException {
        var answer = connection.call("GET", "/api/v1/system/health", space, new byte[0]);
        for (var each : json(answer).path("spaces")) {
            if (each.path("space").asText(each.path("id").asText()).equals(space)) {
                return each.path("awaiting_embedding").asLong(-1);
            }
        }
        return -1;
    }
}
