package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.cluster.ClusterReport;
import io.engram.cluster.ClusterView;
import io.engram.node.NodeIdentity;
import io.engram.space.EngramException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What a node says of its cluster. */
final class ClusterRoutes {
    /** Copies of spaces in an answer that asks for no number. */
    static final int DEFAULT_REPLICAS = 200;

    static final int MAX_REPLICAS = 10_000;

    /** Longest wait for a part of the answer: what cannot be learnt by then is said to be unknown. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final HttpContext context;
    private final LeaderCount leaders;

    ClusterRoutes(HttpContext context) {
        this.context = context;
        leaders = new LeaderCount(context.spaces(), System::nanoTime);
    }

    List<Route> routes() {
        return List.of(
                Route.of(Method.GET, "/cluster/nodes", OPERATION, this::nodes),
                Route.of(Method.GET, "/cluster/health", OPERATION, this::health).query("limit"),
                Route.of(Method.GET, "/cluster/rebalance", OPERATION, this::rebalance),
                Route.of(Method.POST, "/cluster/rebalance", OPERATION, this::rebalance),
                Route.of(Method.POST, "/cluster/migrate", OPERATION, this::rebalance));
    }

    private ClusterReport report() {
        return context.cluster()
                .orElseThrow(() -> new Refusal(501, "FEATURE_NOT_ENABLED", "this node does not run in cluster mode"));
    }

    private CompletionStage<Answer> nodes(Call call) {
        var root = Json.object();
        var nodes = root.putArray("nodes");
        report().view().nodes().forEach(node -> nodes.add(ClusterJson.node(node)));
        return CompletableFuture.completedFuture(Answer.ok(root));
    }

    private CompletionStage<Answer> health(Call call) {
        var report = report();
        var limit = call.query().whole("limit", DEFAULT_REPLICAS, 0, MAX_REPLICAS);
        var view = report.view();
        var assignments = leaders.counts(report, PATIENCE)
                .thenApply(counts -> ClusterJson.assignments(view, counts.byNode(), counts.total()))
                .exceptionally(failure -> ClusterJson.assignments(
                        view, "the spaces cannot be counted at the moment: " + reason(failure)));
        var lags = report.lags()
                .toCompletableFuture()
                .copy()
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .handle((all, failure) -> failure == null ? Optional.of(all) : Optional.<List<ClusterView.Lag>>empty());
        return assignments.thenCombine(lags, (assigned, known) -> Answer.ok(health(view, assigned, known, limit)));
    }

    private ObjectNode health(
            ClusterView view, ObjectNode assignments, Optional<List<ClusterView.Lag>> lags, int limit) {
        var root = Json.object().put("node_id", nodeId(context, view));
        root.set("stats", ClusterJson.peers(view.peers()));
        root.set("partition", ClusterJson.partition(view.partition()));
        root.set("assignments", assignments);
        root.set(
                "replication",
                lags.map(all -> ClusterJson.replication(all, limit)).orElse(null));
        root.set("catalog", view.catalog().map(ClusterJson::catalog).orElse(null));
        root.set("shards", ClusterJson.shards(view.shards()));
        root.set("router", ClusterJson.router(report().router()));
        return root;
    }

    /** The answering node's name. */
    private static String nodeId(HttpContext context, ClusterView view) {
        return context.node()
                .map(NodeIdentity::nodeId)
                .or(() -> view.nodes().stream()
                        .filter(ClusterView.Node::isLocal)
                        .map(ClusterView.Node::id)
                        .findFirst())
                .orElse("");
    }

    private static String reason(Throwable failure) {
        var reason = EngramException.reasonOf(failure);
        return reason instanceof TimeoutException
                ? "not every node has answered within " + PATIENCE.toSeconds() + " s"
                : String.valueOf(reason.getMessage());
    }

    /** What the system health report says of the cluster. */
    static ObjectNode summary(HttpContext context, ClusterReport report) {
        var view = report.view();
        var root = Json.object().put("node_id", nodeId(context, view));
        root.setAll(ClusterJson.peers(view.peers()));
        root.set("partition", ClusterJson.partition(view.partition()));
        root.set("catalog", view.catalog().map(ClusterJson::catalog).orElse(null));
        root.set("shards", ClusterJson.shards(view.shards()));
        root.set("router", ClusterJson.router(report.router()));
        return root;
    }

    private CompletionStage<Answer> rebalance(Call call) {
        var _ = report();
        throw new Refusal(
                501,
                "NOT_IMPLEMENTED",
                call.route().method() + " " + call.route().template()
                        + " is planned and does nothing yet; the lead of a space moves by itself when a node stops or"
                        + " is lost");
    }
}
