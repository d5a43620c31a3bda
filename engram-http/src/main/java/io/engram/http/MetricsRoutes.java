package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The node's figures, for Prometheus and as JSON. */
final class MetricsRoutes {
    /** What Prometheus itself asks for; other versions of either format do not exist in practice. */
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry;
    private final InstantSource clock;
    private final RequestWindow window;

    MetricsRoutes(PrometheusMeterRegistry registry, InstantSource clock, RequestWindow window) {
        this.registry = registry;
        this.clock = clock;
        this.window = window;
    }

    List<Route> routes() {
        return List.of(
                Route.of(Method.GET, "/metrics/prometheus", OPERATION, call -> done(prometheus(accepts(call)))),
                Route.of(Method.GET, "/metrics", OPERATION, this::metrics));
    }

    private Answer prometheus(String accepts) {
        var type = accepts.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
        return new Answer(200, type, registry.scrape(type).getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static String accepts(Call call) {
        return String.join(",", call.headers().getOrDefault("accept", List.of()))
                .toLowerCase(Locale.ROOT);
    }

    /** JSON, but Prometheus' own format for a scraper, which says that it does not want JSON. */
    private CompletionStage<Answer> metrics(Call call) {
        var accepts = accepts(call);
        if (accepts.contains("application/openmetrics-text") || accepts.startsWith("text/plain")) {
            return done(prometheus(accepts));
        }
        var root = Json.object();
        var snapshot = root.putObject("snapshot");
        snapshot.put("timestamp", clock.instant().toString());
        snapshot.putObject("one_minute").set("http_request_duration_seconds", figures());
        var meters = snapshot.putArray("meters");
        registry.getMeters().stream()
                .sorted(java.util.Comparator.comparing(meter -> meter.getId().toString()))
                .forEach(meter -> meters.add(meter(meter)));
        return done(Answer.ok(root));
    }

    private ObjectNode figures() {
        var figures = window.figures();
        return Json.object()
                .put("count", figures.count())
                .put("errors", figures.errors())
                .put("sum", figures.sumSeconds())
                .put("mean", figures.meanSeconds())
                .put("min", figures.minSeconds())
                .put("max", figures.maxSeconds())
                .put("p50", figures.p50Seconds())
                .put("p90", figures.p90Seconds())
                .put("p99", figures.p99Seconds());
    }

    private static ObjectNode meter(Meter meter) {
        var node = Json.object().put("name", meter.getId().getName());
        var tags = node.putObject("tags");
        meter.getId().getTags().forEach(tag -> tags.put(tag.getKey(), tag.getValue()));
        var values = node.putObject("values");
        meter.measure().forEach(measurement -> {
            var name = measurement.getStatistic().getTagValueRepresentation();
            // JSON has no word for what is not a number: such a figure is not known.
            if (Double.isFinite(measurement.getValue())) {
                values.put(name, measurement.getValue());
            } else {
                values.putNull(name);
            }
        });
        return node;
    }

    private static CompletionStage<Answer> done(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
