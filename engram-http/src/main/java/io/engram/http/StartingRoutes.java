package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import io.engram.health.Recovery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What a node answers while it reads its log: how far it is, and to everybody else that it is not ready. */
final class StartingRoutes {
    private static final Duration LEAST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Duration USUAL_WAIT = Duration.ofSeconds(2);

    private StartingRoutes() {}

    static List<Route> of(HealthReport report, MetricsRoutes metrics) {
        var routes = new ArrayList<Route>();
        routes.add(report.alive());
        routes.add(report.ready());
        routes.add(Route.of(Method.GET, "/api/v1/system/health", OPERATION, _ -> {
                    var root = report.node(Optional.empty());
                    root.putArray("spaces");
                    root.put("spaces_left_off", 0);
                    root.putNull("cluster");
                    return CompletableFuture.completedFuture(Answer.json(report.code(root), root));
                })
                .inSpace());
        routes.addAll(metrics.routes());
        return routes;
    }

    /** The answer to everything else. */
    static Refusal refusal(Recovery.State state) {
        return Refusal.retryLater(
                503, "RECOVERING", "this node is starting and reading its log: " + state.text(), wait(state));
    }

    /** As long as the rest takes if it goes on like this, where that can be told. */
    static Duration wait(Recovery.State state) {
        var left = state.share()
                .filter(share -> share > 0.01)
                .map(share -> Duration.ofMillis((long) (state.took().toMillis() * (1 - share) / share)))
                .orElse(USUAL_WAIT);
        return left.compareTo(LEAST_WAIT) < 0 ? LEAST_WAIT : left.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : left;
    }
}
