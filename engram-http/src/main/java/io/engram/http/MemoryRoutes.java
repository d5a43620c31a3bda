package io.engram.http;

import static io.engram.http.Route.Kind.WORK;

import io.engram.space.BulkResult;
import io.engram.space.ForgetRequest;
import io.engram.space.RememberReceipt;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Remembering, searching, recalling, reading and forgetting. */
final class MemoryRoutes {
    private final SpaceClient spaces;
    private final HttpSettings settings;
    private final Supplier<String> load;

    MemoryRoutes(SpaceClient spaces, HttpSettings settings, Supplier<String> load) {
        this.spaces = spaces;
        this.settings = settings;
        this.load = load;
    }

    List<Route> routes() {
        return List.of(
                Route.of(Method.POST, "/api/v1/memories/remember", WORK, this::remember)
                        .withBody()
                        .writing(),
                Route.of(Method.POST, "/api/v1/episodes/remember", WORK, this::rememberEpisode)
                        .withBody()
                        .writing(),
                Route.of(Method.POST, "/api/v1/memories/bulk", WORK, this::bulk)
                        .withBody()
                        .writing(),
                Route.of(Method.POST, "/api/v1/memories", WORK, this::create)
                        .withBody()
                        .writing(),
                Route.of(Method.GET, "/api/v1/memories", WORK, this::list)
                        .reading()
                        .query("offset", "limit", "tier", "include_embeddings")
                        .query(CueReader.FILTERS),
                Route.of(Method.GET, "/api/v1/memories/search", WORK, this::search)
                        .reading()
                        .query("query", "q", "embedding", "offset", "limit", "fusion", "include_embeddings")
                        .query(CueReader.FILTERS),
                Route.of(Method.GET, "/api/v1/memories/recall", WORK, this::recall)
                        .reading()
                        .query("query", "q", "embedding", "max_results", "threshold", "mode", "fusion")
                        .query("include_metadata", "trace_activation")
                        .query(CueReader.FILTERS),
                Route.of(Method.GET, "/api/v1/memories/{id}", WORK, this::get)
                        .reading()
                        .query("version", "include_embeddings"),
                Route.of(Method.DELETE, "/api/v1/memories/{id}", WORK, this::forget)
                        .writing()
                        .query("mode"),
                Route.of(Method.GET, "/api/v1/memories/{id}/history", WORK, this::history)
                        .reading()
                        .query("include_embeddings"));
    }

    private SpaceClient spaces(Call call) {
        return Terms.apply(spaces, call);
    }

    private CompletionStage<Answer> remember(Call call) {
        var fields = Fields.of(call.json(), "");
        return remembered(call, fields, RememberReader.memory(fields, RememberReader.key(call)));
    }

    private CompletionStage<Answer> rememberEpisode(Call call) {
        var fields = Fields.of(call.json(), "");
        return remembered(call, fields, RememberReader.episode(fields, RememberReader.key(call)));
    }

    private CompletionStage<Answer> create(Call call) {
        var fields = Fields.of(call.json(), "");
        if (!fields.has("content")) {
            throw Refusal.invalid("the field 'content' is missing");
        }
        return remembered(call, fields, RememberReader.memory(fields, RememberReader.key(call)));
    }

    private CompletionStage<Answer> remembered(Call call, Fields fields, RememberRequest request) {
        return spaces(call)
                .remember(call.space(fields), request)
                .thenApply(receipt -> Answer.json(status(receipt), MemoryJson.receipt(receipt)));
    }

    private static int status(RememberReceipt receipt) {
        return receipt.duplicateOf().isPresent() ? 200 : 201;
    }

    private CompletionStage<Answer> bulk(Call call) {
        var fields = Fields.of(call.json(), "");
        var items = fields.array("items");
        if (items.isEmpty()) {
            throw Refusal.invalid("the field 'items' must hold at least one item");
        }
        if (items.size() > settings.maxBulkItems()) {
            throw Refusal.tooLarge("the field 'items' holds " + items.size() + " items; at most "
                    + settings.maxBulkItems() + " are accepted");
        }
        var space = call.space(fields);
        var key = RememberReader.key(call);
        // What cannot be read fails by itself; the rest goes on together.
        var refusals = new ArrayList<Optional<Refusal>>();
        var requests = new ArrayList<RememberRequest>();
        for (var item : items) {
            var itemKey = key.map(text -> text + "#" + refusals.size());
            try {
                var named = Fields.of(item, "").text("memory_space_id").map(SpaceSelection::parse);
                if (named.isPresent() && !named.get().equals(space)) {
                    throw Refusal.invalid("all items of a bulk request go to one memory space, " + space);
                }
                requests.add(RememberReader.item(item, itemKey));
                refusals.add(Optional.empty());
            } catch (Refusal refusal) {
                refusals.add(Optional.of(refusal));
            }
        }
        if (requests.isEmpty()) {
            return done(BulkJson.answer(refusals, List.of()));
        }
        return spaces(call)
                .rememberAll(space, requests)
                .thenApply((List<BulkResult> results) -> BulkJson.answer(refusals, results));
    }

    private CompletionStage<Answer> list(Call call) {
        var query = call.query();
        query.choice(
                "tier",
                text -> List.of("hot", "warm", "cold", "all").contains(text) ? Optional.of(text) : Optional.empty(),
                "hot, warm, cold, all");
        var offset = query.whole("offset", 0, 0, Integer.MAX_VALUE);
        var limit = query.whole("limit", Math.min(100, settings.maxPageSize()), 1, settings.maxPageSize());
        var embeddings = query.flag("include_embeddings", false);
        return spaces(call)
                .list(call.space(), CueReader.filter(query), offset, limit)
                .thenApply(page -> {
                    var root = Json.object();
                    var memories = root.putArray("memories");
                    page.memories().forEach(memory -> memories.add(MemoryJson.memory(memory, embeddings)));
                    root.put("count", page.memories().size());
                    root.put("total", page.total());
                    root.putObject("pagination")
                            .put("offset", offset)
                            .put("limit", limit)
                            .put("returned", page.memories().size());
                    return Answer.ok(root);
                });
    }

    private CompletionStage<Answer> search(Call call) {
        var query = CueReader.search(call.query(), settings.maxPageSize());
        var embeddings = call.query().flag("include_embeddings", false);
        return spaces(call)
                .search(call.space(), query)
                .thenApply(answer -> Answer.ok(RecallJson.search(answer, query.offset(), query.limit(), embeddings)));
    }

    private CompletionStage<Answer> recall(Call call) {
        var query = CueReader.recall(call.query(), settings.maxPageSize());
        var metadata = call.query().flag("include_metadata", false);
        var trace = call.query().flag("trace_activation", false);
        var began = System.nanoTime();
        return spaces(call).recall(call.space(), query).thenApply(answer -> {
            var millis = (System.nanoTime() - began) / 1000 / 1000.0;
            return Answer.ok(RecallJson.recall(answer, query, metadata, trace, millis, load.get()));
        });
    }

    private CompletionStage<Answer> get(Call call) {
        var id = call.pathValue();
        var embeddings = call.query().flag("include_embeddings", true);
        if (call.query().text("version").isEmpty()) {
            return spaces(call)
                    .get(call.space(), id)
                    .thenApply(found -> Answer.ok(
                            MemoryJson.memory(found.orElseThrow(() -> Refusal.noSuchMemory(id)), embeddings)));
        }
        var version = call.query().whole("version", 1, 1, Integer.MAX_VALUE);
        return spaces(call).history(call.space(), id).thenApply(versions -> {
            if (versions.isEmpty()) {
                throw Refusal.noSuchMemory(id);
            }
            return Answer.ok(versions.stream()
                    .filter(each -> each.version() == version)
                    .findFirst()
                    .map(each -> MemoryJson.memory(each, embeddings))
                    .orElseThrow(() ->
                            new Refusal(404, "MEMORY_NOT_FOUND", "the memory '" + id + "' has no version " + version)));
        });
    }

    private CompletionStage<Answer> history(Call call) {
        var id = call.pathValue();
        var embeddings = call.query().flag("include_embeddings", false);
        return spaces(call).history(call.space(), id).thenApply(versions -> {
            if (versions.isEmpty()) {
                throw Refusal.noSuchMemory(id);
            }
            var root = Json.object();
            root.put("id", id);
            var list = root.putArray("versions");
            versions.forEach(each -> list.add(MemoryJson.memory(each, embeddings)));
            root.put("count", versions.size());
            return Answer.ok(root);
        });
    }

    private CompletionStage<Answer> forget(Call call) {
        var mode = call.query()
                .choice(
                        "mode",
                        text -> switch (text) {
                            case "delete" -> Optional.of(ForgetRequest.Mode.DELETE);
                            case "suppress" -> Optional.of(ForgetRequest.Mode.SUPPRESS);
                            default -> Optional.empty();
                        },
                        "delete, suppress")
                .orElse(ForgetRequest.Mode.DELETE);
        var request = new ForgetRequest(call.pathValue(), mode, RememberReader.key(call));
        return spaces(call).forget(call.space(), request).thenApply(receipt -> {
            var deleted = receipt.mode() == ForgetRequest.Mode.DELETE;
            return Answer.ok(Json.object()
                    .put("id", receipt.id())
                    .put("memory_id", receipt.id())
                    .put("status", deleted ? "deleted" : "suppressed")
                    .put("at", receipt.at().toString())
                    .put("replayed", receipt.replayed())
                    .put(
                            "message",
                            deleted
                                    ? "The memory is gone, with all its versions."
                                    : "The memory is held back; remembering it again with overwrite brings it back."));
        });
    }

    private static CompletionStage<Answer> done(Answer answer) {
        return java.util.concurrent.CompletableFuture.completedFuture(answer);
    }
}
