package io.engram.node;

import io.engram.health.HealthCheck;
import io.engram.health.HealthCheck.Result;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What is known of damage to snapshots. Nothing is lost by it yet: an older one and the log take its place. */
final class SnapshotWatch {
    private static final int NAMED = 5;

    private SnapshotWatch() {}

    /** @param damaged the logs concerned, with what is wrong */
    static HealthCheck health(Supplier<Map<String, String>> damaged) {
        return HealthCheck.of("damaged_snapshots", "storage", () -> {
            var now = new TreeMap<>(damaged.get());
            if (now.isEmpty()) {
                return Result.healthy("no snapshot is known to be damaged");
            }
            var named = now.values().stream().limit(NAMED).collect(Collectors.joining("; "));
            var more = now.size() > NAMED ? "; and " + (now.size() - NAMED) + " more" : "";
            return Result.degraded("%d logs have a damaged snapshot, for which an older one and the log stand in: %s%s"
                    .formatted(now.size(), named, more));
        });
    }
}
