package io.engram.cli;

import io.engram.proof.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node as the attacks see it: through its HTTP door. */
final class NodeTarget implements Target, AutoCloseable {
    private static final int PAGE = 1000;

    private final Api api;

    NodeTarget(NodeProcess node) throws java.io.IOException {
        this(node.api());
    }

    NodeTarget(Api api) {
        this.api = api;
    }

    @Override
    public Reply write(Change change) throws InterruptedException {
        var headers = Map.of("X-Memory-Space", change.space(), "Idempotency-Key", change.key());
        try {
            var reply = change.text().isPresent()
                    ? api.send("POST", "/api/v1/memories/remember", headers, Optional.of(memory(change)))
                    : api.send("DELETE", "/api/v1/memories/" + change.id().orElseThrow(), headers, Optional.empty());
            var id = Optional.of(reply.body().path("id").asText("")).filter(text -> !text.isEmpty());
            return new Reply(answer(reply), id, reply.status() + " " + reply.body());
        } catch (Api.Unreachable e) {
            return new Reply(Answer.GONE, Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    private static com.fasterxml.jackson.databind.JsonNode memory(Change change) {
        var body = Api.JSON.createObjectNode().put("content", change.text().orElseThrow());
        change.id().ifPresent(id -> body.put("id", id));
        if (change.replaces()) {
            body.put("overwrite", true);
        }
        return body;
    }

    private static Answer answer(Api.Reply reply) {
        return switch (reply.status()) {
            case 200, 201 -> Answer.DONE;
            // Somebody else's memory under a new id, or none under one that was acknowledged.
            case 404, 409 -> Answer.WRONG;
            case 429, 500, 503, 504, 507 -> Answer.OPEN;
            default -> throw new IllegalStateException("unexpected: " + reply.status() + " " + reply.body());
        };
    }

    @Override
    public Optional<Read> read(String space, String id) throws InterruptedException {
        try {
            var reply = api.send(
                    "GET", "/api/v1/memories/" + Api.encode(id), Map.of("X-Memory-Space", space), Optional.empty());
            return switch (reply.status()) {
                case 200 ->
                    Optional.of(
                            new Read(Optional.of(reply.body().path("content").asText())));
                case 404 -> Optional.of(new Read(Optional.empty()));
                case 429, 500, 503, 504 -> Optional.empty();
                default -> throw new IllegalStateException("unexpected: " + reply.status() + " " + reply.body());
            };
        } catch (Api.Unreachable e) {
            return Optional.empty();
        }
    }

    @Override
    public Map<String, List<Found>> everything() throws Api.Unreachable, InterruptedException {
        var result = new HashMap<String, List<Found>>();
        for (var space : get("/api/v1/spaces").path("spaces")) {
            var name = space.path("id").asText();
            result.put(name, everythingIn(name));
        }
        return result;
    }

    List<Found> everythingIn(String space) throws Api.Unreachable, InterruptedException {
        var found = new ArrayList<Found>();
        long total;
        do {
            var page = get("/api/v1/memories?space=" + space + "&limit=" + PAGE + "&offset=" + found.size());
            total = page.path("total").asLong();
            if (page.path("memories").isEmpty() && found.size() < total) {
                throw new IllegalStateException(space + " lists " + found.size() + " of " + total);
            }
            for (var memory : page.path("memories")) {
                found.add(new Found(
                        memory.path("id").asText(), memory.path("content").asText()));
            }
        } while (found.size() < total);
        return found;
    }

    com.fasterxml.jackson.databind.JsonNode get(String path) throws Api.Unreachable, InterruptedException {
        var reply = api.send("GET", path, Map.of(), Optional.empty());
        if (reply.status() != 200) {
            throw new IllegalStateException(path + " was answered " + reply.status() + " " + reply.body());
        }
        return reply.body();
    }

    Api api() {
        return api;
    }

    @Override
    public void close() {
        api.close();
    }
}
