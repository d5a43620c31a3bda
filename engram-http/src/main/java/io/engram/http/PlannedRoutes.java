package io.engram.http;

import static io.engram.http.Route.Kind.WORK;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Routes that clients know and that do nothing yet: they say so, whatever is asked of them. */
final class PlannedRoutes {
    private static final Map<String, Set<Method>> MEMORIES = Map.ofEntries(
            Map.entry("/api/v1/memories/recognize", Set.of(Method.POST)),
            Map.entry("/api/v1/episodes/replay", Set.of(Method.GET)),
            Map.entry("/api/v1/consolidations", Set.of(Method.GET)),
            Map.entry("/api/v1/consolidations/{id}", Set.of(Method.GET)),
            Map.entry("/api/v1/query/probabilistic", Set.of(Method.GET)),
            Map.entry("/api/v1/query", Set.of(Method.POST)),
            Map.entry("/api/v1/complete", Set.of(Method.POST)),
            Map.entry("/api/v1/maintenance/compact", Set.of(Method.POST)),
            Map.entry("/api/v1/system/spreading/config", Set.of(Method.GET)),
            Map.entry("/api/v1/stream/activities", Set.of(Method.GET)),
            Map.entry("/api/v1/stream/memories", Set.of(Method.GET)),
            Map.entry("/api/v1/stream/consolidation", Set.of(Method.GET)),
            Map.entry("/api/v1/monitoring/events", Set.of(Method.GET)),
            Map.entry("/api/v1/monitoring/activations", Set.of(Method.GET)),
            Map.entry("/api/v1/monitoring/causality", Set.of(Method.GET)),
            Map.entry("/api/v1/monitor/events", Set.of(Method.GET)),
            Map.entry("/api/v1/monitor/activations", Set.of(Method.GET)),
            Map.entry("/api/v1/monitor/causality", Set.of(Method.GET)),
            Map.entry("/v1/stream", Set.of(Method.GET)));

    private PlannedRoutes() {}

    static List<Route> routes() {
        var routes = new ArrayList<Route>();
        MEMORIES.forEach((template, methods) ->
                methods.forEach(method -> routes.add(Route.of(method, template, WORK, _ -> {
                    throw new Refusal(
                            501, "NOT_IMPLEMENTED", method + " " + template + " is planned and does nothing yet");
                }))));
        return routes;
    }
}
