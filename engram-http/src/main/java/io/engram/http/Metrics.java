package io.engram.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** The node's registry of meters, and the meters of this door. */
public final class Metrics {
    /** Bounds of the latency histogram: dense where answers usually lie. */
    private static final Duration[] BOUNDS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(10)
    };

    private final MeterRegistry registry;

    Metrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A registry for a node, which counts what the JVM and the process do. */
    public static PrometheusMeterRegistry create() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }

    void info(String version) {
        Gauge.builder("engram.info", () -> 1)
                .description("The product's version, as a label")
                .tag("version", version)
                .strongReference(true)
                .register(registry);
    }

    void inFlight(AtomicInteger count) {
        Gauge.builder("engram.http.requests.in.flight", count, AtomicInteger::get)
                .description("HTTP requests in work")
                .strongReference(true)
                .register(registry);
    }

    /** Registers a gauge that is NaN, and so absent, as long as nothing is known. */
    void spaces(java.util.function.Supplier<Number> count) {
        Gauge.builder("engram.spaces", count)
                .description("Memory spaces that exist")
                .strongReference(true)
                .register(registry);
    }

    /** Counts an answered request; {@code route} is a template, never a path. */
    void answered(String method, String route, int status, long nanos) {
        Counter.builder("engram.http.requests")
                .description("HTTP requests answered")
                .tags("method", method, "route", route, "status", Integer.toString(status))
                .register(registry)
                .increment();
        Timer.builder("engram.http.request.duration")
                .description("Time from a request's arrival to its answer")
                .tag("route", route)
                .serviceLevelObjectives(BOUNDS)
                .register(registry)
                .record(Duration.ofNanos(nanos));
    }
}
