package io.engram.cluster;

import io.engram.health.HealthCheck;
import io.engram.health.HealthStatus;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What a node says of its place among the others, as checks of its health. */
record ClusterHealth(Supplier<ClusterView> view, BooleanSupplier isJoined, ClockSkews clocks) {
    List<HealthCheck> checks() {
        return List.of(
                HealthCheck.of("cluster", "cluster", this::checkMembership),
                HealthCheck.of("catalog", "cluster", this::checkCatalog),
                HealthCheck.of("shards", "cluster", this::checkShards),
                clocks.health());
    }

    private HealthCheck.Result checkMembership() {
        if (!isJoined.getAsBoolean()) {
            return HealthCheck.Result.unhealthy("this node has not joined its cluster yet");
        }
        return membership(view.get());
    }

    static HealthCheck.Result membership(ClusterView view) {
        var nodes = view.nodes();
        var alive = count(nodes, ClusterView.State.ALIVE);
        var left = count(nodes, ClusterView.State.LEFT);
        var total = nodes.size() - left;
        var text = "%d of %d nodes can be reached".formatted(alive, total)
                + (left == 0 ? "" : "; " + left + " more are away or leaving, and others have their places");
        if (alive * 2 <= total) {
            return new HealthCheck.Result(HealthStatus.UNHEALTHY, text, HealthStatus.DEGRADED);
        }
        return alive < total ? HealthCheck.Result.degraded(text) : HealthCheck.Result.healthy(text);
    }

    private static long count(List<ClusterView.Node> nodes, ClusterView.State state) {
        return nodes.stream().filter(node -> node.state() == state).count();
    }

    private HealthCheck.Result checkCatalog() {
        var catalog = view.get().catalog();
        if (catalog.isEmpty()) {
            return HealthCheck.Result.unhealthy("this node has heard of no catalog yet");
        }
        var text = "version %d, %d voters"
                .formatted(catalog.get().version(), catalog.get().voters().size());
        return catalog.get().majorityAnswers()
                ? HealthCheck.Result.healthy(text)
                : HealthCheck.Result.degraded("no majority of the voters answers; known is " + text);
    }

    private HealthCheck.Result checkShards() {
        var shards = view.get().shards();
        var text = "%d shards, %d of them with too few living copies, %d without a primary"
                .formatted(shards.total(), shards.underReplicated(), shards.unavailable());
        return shards.underReplicated() + shards.unavailable() == 0
                ? HealthCheck.Result.healthy(text)
                : HealthCheck.Result.degraded(text);
    }
}
