package io.engram.http;

import io.engram.cluster.ClusterReport;
import io.engram.space.SpaceClient;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many spaces each node leads. Every node that leads any has to be asked for that, so it is done by one at a time, and what
 * was found serves everybody for a while.
 */
final class LeaderCount {
    private static final Duration SERVES = Duration.ofSeconds(1);

    /** @param byNode spaces by the id of the node that leads them; what a node's catalog does not know yet is left out */
    record Counts(long total, Map<String, Long> byNode) {
        Counts {
            byNode = Map.copyOf(byNode);
        }
    }

    private final SpaceClient spaces;
    private final LongSupplier nanoTime;
    private CompletableFuture<Counts> latest = CompletableFuture.failedFuture(new IllegalStateException("none yet"));
    private long askedAt;

    LeaderCount(SpaceClient spaces, LongSupplier nanoTime) {
        this.spaces = spaces;
        this.nanoTime = nanoTime;
    }

    /** Fails as the spaces do, and with a time-out where nothing is heard within {@code patience}. */
    CompletionStage<Counts> counts(ClusterReport report, Duration patience) {
        return current(report).copy().orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized CompletableFuture<Counts> current(ClusterReport report) {
        var now = nanoTime.getAsLong();
        var isOld = latest.isCompletedExceptionally() || now - askedAt > SERVES.toNanos();
        if (latest.isDone() && isOld) {
            askedAt = now;
            latest = spaces.spaces()
                    .thenApply(all -> {
                        var byNode = new TreeMap<String, Long>();
                        all.forEach(space ->
                                report.leader(space.id()).ifPresent(leader -> byNode.merge(leader, 1L, Long::sum)));
                        return new Counts(all.size(), byNode);
                    })
                    .toCompletableFuture();
        }
        return latest;
    }
}
