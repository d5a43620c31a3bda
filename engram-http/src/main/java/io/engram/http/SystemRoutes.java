package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.health.HealthStatus;
import io.engram.node.NodeIdentity;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Health, introspection and shutdown. */
final class SystemRoutes {
    /** Spaces whose figures the health report carries; looking at one wakes it, so not all of very many are asked. */
    static final int MAX_REPORTED_SPACES = 32;

    /** Longest wait for the spaces' figures: a health report is wanted most when something hangs. */
    private static final int MAX_WAIT_SECONDS = 3;

    private final HttpContext context;
    private final HttpSettings settings;
    private final HealthMonitor monitor;
    private final RequestWindow window;
    private final Runnable afterShutdownAnswer;
    private final AtomicBoolean shutdownAsked = new AtomicBoolean();

    /** {@code afterShutdownAnswer} is run once, soon after the answer to a shutdown was made. */
    SystemRoutes(
            HttpContext context,
            HttpSettings settings,
            HealthMonitor monitor,
            RequestWindow window,
            Runnable afterShutdownAnswer) {
        this.context = context;
        this.settings = settings;
        this.monitor = monitor;
        this.window = window;
        this.afterShutdownAnswer = afterShutdownAnswer;
    }

    List<Route> routes() {
        return List.of(
                Route.of(Method.GET, "/health/alive", OPERATION, _ -> done(Answer.empty(200))),
                Route.of(Method.GET, "/health", OPERATION, this::health),
                Route.of(Method.GET, "/health/spreading", OPERATION, this::spreading),
                Route.of(Method.GET, "/api/v1/system/health", OPERATION, this::systemHealth)
                        .inSpace(),
                Route.of(Method.GET, "/api/v1/system/introspect", OPERATION, this::introspect)
                        .inSpace(),
                Route.of(Method.POST, "/shutdown", OPERATION, this::shutdown));
    }

    private CompletionStage<Answer> health(Call call) {
        var status = HealthMonitor.worst(monitor.run());
        return done(Answer.json(
                code(status),
                Json.object()
                        .put("status", status.wireName())
                        .put("service", "engram")
                        .put("version", context.version())
                        .put("timestamp", context.clock().instant().toString())));
    }

    private static int code(HealthStatus status) {
        return status == HealthStatus.UNHEALTHY ? 503 : 200;
    }

    /** There is no check of this name, and so nothing is known. */
    private CompletionStage<Answer> spreading(Call call) {
        return done(Answer.json(
                404,
                Json.object()
                        .put("name", "spreading")
                        .put("type", "spreading")
                        .put("status", "unknown")
                        .put("message", "no such check is registered")));
    }

    private CompletionStage<Answer> systemHealth(Call call) {
        Optional<SpaceId> only;
        try {
            only = SpaceSelection.named(call);
        } catch (Refusal refusal) {
            throw new Refusal(422, "MEMORY_VALIDATION_ERROR", refusal.message());
        }
        var outcomes = monitor.run();
        var status = HealthMonitor.worst(outcomes);
        var root = Json.object();
        root.put("status", status.wireName());
        root.put("timestamp", context.clock().instant().toString());
        root.put("version", context.version());
        root.put("started_at", context.startedAt().toString());
        root.put("node_id", context.node().map(NodeIdentity::nodeId).orElse(null));
        root.put(
                "incarnation",
                context.node()
                        .map(NodeIdentity::incarnation)
                        .map(Object::toString)
                        .orElse(null));
        var checks = root.putArray("checks");
        outcomes.forEach(outcome -> checks.add(check(outcome)));
        return spaces(only).thenApply(spaces -> {
            var list = root.putArray("spaces");
            spaces.forEach(list::add);
            root.set(
                    "cluster",
                    context.cluster()
                            .map(report -> ClusterRoutes.summary(context, report))
                            .orElse(null));
            return Answer.json(code(status), root);
        });
    }

    private static ObjectNode check(HealthMonitor.Outcome outcome) {
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
        return node;
    }

    /** Never fails: what cannot be learnt in time is left out. */
    private CompletionStage<List<ObjectNode>> spaces(Optional<SpaceId> only) {
        return context.spaces()
                .spaces()
                .thenCompose(all -> figures(all.stream()
                        .filter(space -> only.map(space.id()::equals).orElse(true))
                        .toList()))
                .toCompletableFuture()
                .copy()
                .completeOnTimeout(List.of(), 2 * MAX_WAIT_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> List.of());
    }

    private CompletionStage<List<ObjectNode>> figures(List<SpaceInfo> spaces) {
        var nodes = new ArrayList<CompletableFuture<ObjectNode>>();
        for (var space : spaces) {
            var node = Json.object()
                    .put("space", space.id().value())
                    .put("created_at", space.createdAt().toString());
            space.quarantined().ifPresent(reason -> node.put("quarantined", reason));
            if (nodes.size() >= MAX_REPORTED_SPACES || space.quarantined().isPresent()) {
                nodes.add(CompletableFuture.completedFuture(node));
                continue;
            }
            nodes.add(context.spaces()
                    .statistics(space.id())
                    .thenApply(statistics -> node.deepCopy().<ObjectNode>setAll(SpaceRoutes.statistics(statistics)))
                    .toCompletableFuture()
                    .copy()
                    .completeOnTimeout(node, MAX_WAIT_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(_ -> node));
        }
        return CompletableFuture.allOf(nodes.toArray(CompletableFuture[]::new))
                .thenApply(_ -> nodes.stream().map(CompletableFuture::join).toList());
    }

    private CompletionStage<Answer> introspect(Call call) {
        var space = call.space();
        return context.spaces().statistics(space).thenApply(statistics -> {
            var figures = window.figures();
            var root = Json.object();
            root.put("memory_space_id", space.value());
            var memory = root.putObject("memory_statistics");
            memory.put("total_nodes", statistics.memories());
            memory.setAll(SpaceRoutes.statistics(statistics));
            var requests = root.putObject("performance_metrics");
            requests.put("window_seconds", 60);
            requests.put("requests", figures.count());
            requests.put("errors", figures.errors());
            if (figures.count() > 0) {
                requests.put("mean_ms", figures.meanSeconds() * 1000);
                requests.put("p50_ms", figures.p50Seconds() * 1000);
                requests.put("p99_ms", figures.p99Seconds() * 1000);
            }
            return Answer.ok(root);
        });
    }

    private CompletionStage<Answer> shutdown(Call call) {
        if (!settings.remoteShutdown() && !call.isFromHere()) {
            throw new Refusal(403, "FORBIDDEN", "a shutdown is taken from this machine itself only");
        }
        if (shutdownAsked.compareAndSet(false, true)) {
            afterShutdownAnswer.run();
        }
        return done(Answer.ok(Json.object()
                .put("status", "shutdown_initiated")
                .put("message", "The node finishes what is in flight and stops.")));
    }

    private static CompletionStage<Answer> done(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
