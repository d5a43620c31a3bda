package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.health.HealthStatus;
import io.engram.health.Recovery;
import io.engram.node.NodeIdentity;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What is said of a node's health by all routes that are asked, before its log is read and after. */
final class HealthReport {
    /** Says in place of {@code unhealthy} that the node's start is not over. */
    static final String RECOVERING = "recovering";

    private final HttpStart start;
    private final HealthMonitor monitor;
    private volatile boolean isServing;

    HealthReport(HttpStart start, HealthMonitor monitor) {
        this.start = start;
        this.monitor = monitor;
    }

    /** From now on the door answers everything, so that the node is ready once its start is over. */
    void serving() {
        isServing = true;
    }

    /** Whether the process answers. */
    Route alive() {
        return Route.of(
                Method.GET, "/health/alive", OPERATION, _ -> CompletableFuture.completedFuture(Answer.empty(200)));
    }

    /** Whether the node is ready. */
    Route ready() {
        return Route.of(Method.GET, "/health", OPERATION, _ -> {
            var root = Json.object();
            var status = status(HealthMonitor.worst(monitor.run()));
            root.put("status", status)
                    .put("service", "engram")
                    .put("version", start.version())
                    .put("timestamp", start.clock().instant().toString());
            if (status.equals(RECOVERING)) {
                root.set("recovery", recovery(start.recovery().state()));
            }
            return CompletableFuture.completedFuture(Answer.json(code(root), root));
        });
    }

    private String status(HealthStatus worst) {
        var isStarting = !isServing
                || (worst == HealthStatus.UNHEALTHY && !start.recovery().isOver());
        return isStarting ? RECOVERING : worst.wireName();
    }

    /** The status that an answer with this document has. */
    int code(ObjectNode document) {
        var status = document.path("status").asText();
        return status.equals(RECOVERING) || status.equals(HealthStatus.UNHEALTHY.wireName()) ? 503 : 200;
    }

    /** The document of a node's health without what it says of its spaces and its cluster. */
    ObjectNode node(Optional<NodeIdentity> node) {
        var outcomes = monitor.run();
        var root = Json.object();
        root.put("status", status(HealthMonitor.worst(outcomes)));
        root.put("timestamp", start.clock().instant().toString());
        root.put("version", start.version());
        root.put("started_at", start.startedAt().toString());
        root.put("node_id", node.map(NodeIdentity::nodeId).orElse(null));
        root.put(
                "incarnation",
                node.map(NodeIdentity::incarnation).map(Object::toString).orElse(null));
        var checks = root.putArray("checks");
        outcomes.forEach(outcome -> checks.add(check(outcome)));
        return root;
    }

    private ObjectNode check(HealthMonitor.Outcome outcome) {
        var node = Json.object()
                .put("name", outcome.name())
                .put("type", outcome.type())
                .put("status", outcome.status().wireName())
                .put("message", outcome.message())
                .put("latency_seconds", outcome.latencySeconds())
                .put("consecutive_failures", outcome.consecutiveFailures())
                .put("consecutive_successes", outcome.consecutiveSuccesses());
        node.putNull("last_success_seconds_ago");
        outcome.lastSuccessSecondsAgo().ifPresent(value -> node.put("last_success_seconds_ago", value));
        node.putNull("last_failure_seconds_ago");
        outcome.lastFailureSecondsAgo().ifPresent(value -> node.put("last_failure_seconds_ago", value));
        node.put("last_run_seconds_ago", outcome.lastRunSecondsAgo());
        if (outcome.name().equals("recovery")) {
            node.set("progress", recovery(start.recovery().state()));
        }
        return node;
    }

    /** How far a start is. What its step does not tell is null. */
    private static ObjectNode recovery(Recovery.State state) {
        var node = Json.object()
                .put("step", state.isOver() ? "ready" : state.step().wireName());
        if (state.isOver() || state.total().isEmpty()) {
            node.putNull("unit").putNull("done").putNull("total");
        } else {
            node.put("unit", state.unit())
                    .put("done", state.done())
                    .put("total", state.total().getAsLong());
        }
        if (state.isOver()) {
            node.put("percent", 100.0);
        } else {
            state.share()
                    .ifPresentOrElse(
                            share -> node.put("percent", Math.round(share * 1000) / 10.0),
                            () -> node.putNull("percent"));
        }
        return node.put("elapsed_seconds", state.took().toMillis() / 1e3);
    }
}
