package io.engram.http;

import io.engram.health.HealthCheck;
import io.engram.health.HealthStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the node's checks and keeps count of how they went. Thread-safe. */
final class HealthMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

    /**
     * A check's latest outcome and its past.
     *
     * @param forNode what it means for the node as a whole
     * @param latencySeconds time that the check itself took
     * @param lastSuccessSecondsAgo absent if it was never healthy
     * @param lastFailureSecondsAgo absent if it was always healthy
     */
    record Outcome(
            String name,
            String type,
            HealthStatus status,
            String message,
            HealthStatus forNode,
            double latencySeconds,
            int consecutiveFailures,
            int consecutiveSuccesses,
            OptionalDouble lastSuccessSecondsAgo,
            OptionalDouble lastFailureSecondsAgo,
            double lastRunSecondsAgo) {}

    private final List<Tracked> tracked = new ArrayList<>();
    private final LongSupplier nanoTime;

    HealthMonitor(List<HealthCheck> checks, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        checks.forEach(this::add);
    }

    /** Looks at something else as well from now on, unless a check of this name is there. */
    private synchronized void add(HealthCheck check) {
        if (tracked.stream().noneMatch(each -> each.check.name().equals(check.name()))) {
            tracked.add(new Tracked(check));
        }
    }

    /** Looks at more from now on, and has the latest outcome of each check among the figures. */
    synchronized void register(List<HealthCheck> more, MeterRegistry meters) {
        more.forEach(this::add);
        for (var each : tracked) {
            Gauge.builder("engram_health_status", each, check -> check.latest)
                    .description("What a check said last: 0 healthy, 1 degraded, 2 unhealthy")
                    .tag("probe", each.check.name())
                    .strongReference(true)
                    .register(meters);
        }
    }

    /** Runs all checks, in order. */
    synchronized List<Outcome> run() {
        var outcomes = new ArrayList<Outcome>(tracked.size());
        for (var each : tracked) {
            outcomes.add(each.run());
        }
        return outcomes;
    }

    /** The worst of what {@code outcomes} mean for the node. */
    static HealthStatus worst(List<Outcome> outcomes) {
        var worst = HealthStatus.HEALTHY;
        for (var outcome : outcomes) {
            worst = worst.worse(outcome.forNode());
        }
        return worst;
    }

    private final class Tracked {
        private final HealthCheck check;
        private volatile double latest = Double.NaN;
        private int failures;
        private int successes;
        private Optional<Long> lastSuccess = Optional.empty();
        private Optional<Long> lastFailure = Optional.empty();

        Tracked(HealthCheck check) {
            this.check = check;
        }

        Outcome run() {
            var began = nanoTime.getAsLong();
            HealthCheck.Result result;
            try {
                result = check.check();
            } catch (RuntimeException e) {
                LOG.warn("The health check '{}' failed to run", check.name(), e);
                result = HealthCheck.Result.unhealthy(
                        "the check itself failed: " + e.getClass().getSimpleName());
            }
            latest = result.status().ordinal();
            var now = nanoTime.getAsLong();
            if (result.status() == HealthStatus.HEALTHY) {
                successes++;
                failures = 0;
                lastSuccess = Optional.of(now);
            } else {
                // A start says itself how it goes.
                if (failures == 0 && !check.type().equals("recovery")) {
                    LOG.warn("The health check '{}' is {}: {}", check.name(), result.status(), result.message());
                }
                failures++;
                successes = 0;
                lastFailure = Optional.of(now);
            }
            return new Outcome(
                    check.name(),
                    check.type(),
                    result.status(),
                    result.message(),
                    result.forNode(),
                    (now - began) / 1e9,
                    failures,
                    successes,
                    ago(lastSuccess, now),
                    ago(lastFailure, now),
                    0);
        }

        private static OptionalDouble ago(Optional<Long> then, long now) {
            return then.map(time -> OptionalDouble.of((now - time) / 1e9)).orElse(OptionalDouble.empty());
        }
    }
}
