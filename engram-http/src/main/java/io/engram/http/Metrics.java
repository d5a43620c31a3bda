package io.engram.http;

import com.sun.management.OperatingSystemMXBean;
import io.engram.health.AnswerTimes;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;

/** The node's registry of meters, and the meters of this door. */
public final class Metrics {
    private final MeterRegistry registry;

    Metrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A registry for a node, which counts what the JVM and the process do. */
    public static PrometheusMeterRegistry create() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.config().meterFilter(names());
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        // Its listeners go with the virtual machine.
        new JvmGcMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        FunctionCounter.builder(
                        "process_cpu_seconds_total",
                        ManagementFactory.getOperatingSystemMXBean(),
                        bean -> bean instanceof OperatingSystemMXBean known
                                ? known.getProcessCpuTime() / 1e9
                                : Double.NaN)
                .description("Processor time of this process")
                .register(registry);
        Gauge.builder("engram_clock_seconds", InstantSource.system(), clock -> clock.millis() / 1e3)
                .description("The node's own time, since 1970")
                .strongReference(true)
                .register(registry);
        return registry;
    }

    /** Takes what Prometheus' rules for names do not allow, or gives it another name. */
    private static MeterFilter names() {
        return new MeterFilter() {
            @Override
            public MeterFilterReply accept(Meter.Id id) {
                // In nanoseconds; in seconds it has the name that other programs use, too.
                return id.getName().equals("process.cpu.time") ? MeterFilterReply.DENY : MeterFilterReply.NEUTRAL;
            }

            @Override
            public Meter.Id map(Meter.Id id) {
                return id.getName().equals("system.cpu.count") ? id.withName("system.cpus") : id;
            }
        };
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
                .serviceLevelObjectives(AnswerTimes.bounds())
                .register(registry)
                .record(Duration.ofNanos(nanos));
    }
}
