package io.engram.http;

import io.engram.health.HealthCheck;
import io.engram.health.HealthCheck.Result;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** What this door itself can say about the node's health. */
final class DoorChecks {
    /** Fewer requests than this in the window say nothing. */
    private static final int LEAST_REQUESTS = 50;

    private static final double SLOW_SECONDS = 1.0;
    private static final double VERY_SLOW_SECONDS = 5.0;
    private static final double SOME_ERRORS = 0.01;
    private static final double MANY_ERRORS = 0.5;
    private static final double MUCH_MEMORY = 0.85;
    private static final double TOO_MUCH_MEMORY = 0.97;

    private DoorChecks() {}

    static List<HealthCheck> of(RequestWindow window, BooleanSupplier draining) {
        return List.of(
                HealthCheck.of("memory", "memory", DoorChecks::memory),
                HealthCheck.of("latency", "latency", () -> latency(window.figures())),
                HealthCheck.of("error_rate", "error_rate", () -> errorRate(window.figures())),
                HealthCheck.of(
                        "serving",
                        "connectivity",
                        () -> draining.getAsBoolean()
                                ? Result.unhealthy("the node is stopping and takes no new work")
                                : Result.healthy("requests are taken")));
    }

    private static Result memory() {
        var used = 0L;
        for (var pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null) {
                used += pool.getCollectionUsage().getUsed();
            }
        }
        return memory(used, Runtime.getRuntime().maxMemory());
    }

    static Result memory(long used, long most) {
        var message = used == 0
                ? String.format(Locale.ROOT, "nothing of %d MiB of heap had to be collected yet", most >> 20)
                : String.format(
                        Locale.ROOT,
                        "%d of %d MiB of heap were in use after the last collection",
                        used >> 20,
                        most >> 20);
        var share = (double) used / most;
        return share >= TOO_MUCH_MEMORY
                ? Result.unhealthy(message)
                : share >= MUCH_MEMORY ? Result.degraded(message) : Result.healthy(message);
    }

    static Result latency(RequestWindow.Figures figures) {
        if (figures.count() < LEAST_REQUESTS) {
            return Result.healthy(figures.count() + " requests in the last minute, too few to judge");
        }
        var message = String.format(
                Locale.ROOT,
                "p99 of %d requests in the last minute is %.1f ms",
                figures.count(),
                figures.p99Seconds() * 1000);
        return figures.p99Seconds() >= VERY_SLOW_SECONDS
                ? Result.unhealthy(message)
                : figures.p99Seconds() >= SLOW_SECONDS ? Result.degraded(message) : Result.healthy(message);
    }

    static Result errorRate(RequestWindow.Figures figures) {
        if (figures.count() < LEAST_REQUESTS) {
            return Result.healthy(figures.count() + " requests in the last minute, too few to judge");
        }
        var message =
                figures.errors() + " of " + figures.count() + " requests in the last minute failed by the node's fault";
        return figures.errorRate() >= MANY_ERRORS
                ? Result.unhealthy(message)
                : figures.errorRate() >= SOME_ERRORS ? Result.degraded(message) : Result.healthy(message);
    }
}
