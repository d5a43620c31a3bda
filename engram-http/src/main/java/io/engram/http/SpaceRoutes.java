package io.engram.http;

import static io.engram.http.Route.Kind.WORK;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.memory.MemoryType;
import io.engram.memory.SpaceStatistics;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Memory spaces: listing, making, looking at, deleting. */
final class SpaceRoutes {
    private final HttpContext context;

    SpaceRoutes(HttpContext context) {
        this.context = context;
    }

    List<Route> routes() {
        return List.of(
                Route.of(Method.GET, "/api/v1/spaces", WORK, this::list),
                Route.of(Method.POST, "/api/v1/spaces", WORK, this::create).withBody(),
                Route.of(Method.GET, "/api/v1/spaces/{id}", WORK, this::get),
                Route.of(Method.DELETE, "/api/v1/spaces/{id}", WORK, this::delete)
                        .query("confirm"));
    }

    private CompletionStage<Answer> list(Call call) {
        return call.ordinary(context.spaces()).spaces().thenApply(spaces -> {
            var root = Json.object();
            var list = root.putArray("spaces");
            spaces.forEach(space -> list.add(space(space)));
            root.put("count", spaces.size());
            return Answer.ok(root);
        });
    }

    private CompletionStage<Answer> create(Call call) {
        var fields = Fields.of(call.json(), "");
        var id = call.in(SpaceSelection.parse(fields.text("id").orElseThrow(() -> fields.missing("id"))));
        return call.ordinary(context.spaces()).createSpace(id).thenApply(info -> Answer.json(201, space(info)));
    }

    private CompletionStage<Answer> get(Call call) {
        var id = call.in(SpaceSelection.parse(call.pathValue()));
        var client = call.ordinary(context.spaces());
        return client.spaces().thenCompose(spaces -> {
            var info = spaces.stream()
                    .filter(each -> each.id().equals(id))
                    .findFirst()
                    .orElseThrow(() -> noSuchSpace(id));
            return client.statistics(id).thenApply(statistics -> {
                var root = space(info);
                root.setAll(statistics(statistics));
                return Answer.ok(root);
            });
        });
    }

    private CompletionStage<Answer> delete(Call call) {
        var id = call.in(SpaceSelection.parse(call.pathValue()));
        if (!call.query().text("confirm").equals(java.util.Optional.of(id.value()))) {
            throw Refusal.badRequest("deleting a memory space destroys everything in it: repeat its id in the query"
                    + " parameter 'confirm'");
        }
        return call.ordinary(context.spaces()).deleteSpace(id).thenCompose(deleted -> {
            if (!deleted) {
                return CompletableFuture.failedStage(noSuchSpace(id));
            }
            return CompletableFuture.completedStage(
                    Answer.ok(Json.object().put("id", id.value()).put("status", "deleted")));
        });
    }

    private static Refusal noSuchSpace(SpaceId id) {
        return Refusal.notFound("there is no memory space '" + id + "'");
    }

    private ObjectNode space(SpaceInfo info) {
        return Json.object()
                .put("id", info.id().value())
                .put(
                        "persistence_root",
                        context.dataFolder().map(Object::toString).orElse(null))
                .put("created_at", info.createdAt().toString())
                .put("quarantined", info.quarantined().orElse(null));
    }

    /** A space's figures. */
    static ObjectNode statistics(SpaceStatistics statistics) {
        var node = Json.object()
                .put("memories", statistics.memories())
                .put("suppressed", statistics.suppressed())
                .put("embedded", statistics.embedded())
                .put("awaiting_embedding", statistics.awaitingEmbedding())
                .put("links", statistics.links());
        var byType = node.putObject("by_type");
        Arrays.stream(MemoryType.values())
                .forEach(type -> byType.put(
                        type.wireName(),
                        statistics.byType().getOrDefault(type, 0).intValue()));
        if (statistics.memories() > 0) {
            node.put("average_confidence", statistics.averageConfidence());
        } else {
            node.putNull("average_confidence");
        }
        node.put("oldest", statistics.oldest().map(Object::toString).orElse(null));
        node.put("newest", statistics.newest().map(Object::toString).orElse(null));
        if (statistics.clientDimension() > 0) {
            node.put("client_dimension", statistics.clientDimension());
        } else {
            node.putNull("client_dimension");
        }
        return node;
    }
}
