package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import io.engram.space.SpaceId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/** Health, introspection and shutdown. */
final class SystemRoutes {
    private final HttpContext context;
    private final HttpSettings settings;
    private final HealthReport report;
    private final RequestWindow window;
    private final Runnable afterShutdownAnswer;
    private final AtomicBoolean shutdownAsked = new AtomicBoolean();

    /** {@code afterShutdownAnswer} is run once, soon after the answer to a shutdown was made. */
    SystemRoutes(
            HttpContext context,
            HttpSettings settings,
            HealthReport report,
            RequestWindow window,
            Runnable afterShutdownAnswer) {
        this.context = context;
        this.settings = settings;
        this.report = report;
        this.window = window;
        this.afterShutdownAnswer = afterShutdownAnswer;
    }

    List<Route> routes() {
        return List.of(
                report.alive(),
                report.ready(),
                Route.of(Method.GET, "/health/spreading", OPERATION, this::spreading),
                Route.of(Method.GET, "/api/v1/system/health", OPERATION, this::systemHealth)
                        .inSpace(),
                Route.of(Method.GET, "/api/v1/system/introspect", OPERATION, this::introspect)
                        .inSpace(),
                Route.of(Method.POST, "/shutdown", OPERATION, this::shutdown));
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
        var root = report.node(context.node());
        var code = report.code(root);
        return new SpacesReport(context).of(only).thenApply(spaces -> {
            root.setAll(spaces);
            root.set(
                    "cluster",
                    context.cluster()
                            .map(report -> ClusterRoutes.summary(context, report))
                            .orElse(null));
            return Answer.json(code, root);
        });
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
