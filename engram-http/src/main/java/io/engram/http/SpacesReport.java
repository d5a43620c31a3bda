package io.engram.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.cluster.ClusterReport;
import io.engram.cluster.ClusterView;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** What the health report says of the spaces. Never fails: what cannot be learnt in time is left out. */
final class SpacesReport {
    /** Spaces whose figures are reported; looking at one wakes it, so not all of very many are asked. */
    static final int MAX_WITH_FIGURES = 32;

    /** Spaces that are listed at all. */
    static final int MAX_LISTED = 256;

    /** Longest wait for the spaces' figures: a health report is wanted most when something hangs. */
    private static final int MAX_WAIT_SECONDS = 3;

    /**
     * How far the copy of a space is that is furthest behind.
     *
     * @param entries that it lacks
     * @param age of the oldest one; empty where that is not known
     */
    private record Behind(long entries, Optional<Duration> age) {
        static Behind of(ClusterView.Lag lag) {
            return new Behind(lag.lag(), lag.lag() == 0 ? Optional.of(Duration.ZERO) : lag.age());
        }

        Behind further(Behind other) {
            return other.entries > entries ? other : this;
        }
    }

    private final HttpContext context;

    SpacesReport(HttpContext context) {
        this.context = context;
    }

    /** The fields {@code spaces} and {@code spaces_left_off} of the report, of one space or of all. */
    CompletionStage<ObjectNode> of(Optional<SpaceId> only) {
        var behind = context.cluster().map(this::behind).orElseGet(() -> CompletableFuture.completedFuture(Map.of()));
        return context.spaces()
                .spaces()
                .thenCombine(
                        behind,
                        (all, lags) -> report(
                                all.stream()
                                        .filter(space ->
                                                only.map(space.id()::equals).orElse(true))
                                        .toList(),
                                lags))
                .thenCompose(report -> report)
                .toCompletableFuture()
                .copy()
                .completeOnTimeout(empty(), 2 * MAX_WAIT_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> empty());
    }

    private static ObjectNode empty() {
        var root = Json.object();
        root.putArray("spaces");
        return root.put("spaces_left_off", 0);
    }

    private CompletableFuture<Map<String, Behind>> behind(ClusterReport cluster) {
        return cluster.lags()
                .thenApply(lags -> {
                    Map<String, Behind> furthest = new HashMap<>();
                    lags.forEach(lag -> furthest.merge(lag.space(), Behind.of(lag), Behind::further));
                    return furthest;
                })
                .toCompletableFuture()
                .copy()
                .completeOnTimeout(Map.of(), MAX_WAIT_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> Map.of());
    }

    private CompletionStage<ObjectNode> report(List<SpaceInfo> spaces, Map<String, Behind> behind) {
        var nodes = new ArrayList<CompletableFuture<ObjectNode>>();
        for (var space : spaces.subList(0, Math.min(spaces.size(), MAX_LISTED))) {
            var node = listed(space);
            if (nodes.size() >= MAX_WITH_FIGURES || space.quarantined().isPresent()) {
                nodes.add(CompletableFuture.completedFuture(node));
                continue;
            }
            lag(node, Optional.ofNullable(behind.get(space.id().value())));
            nodes.add(context.spaces()
                    .statistics(space.id())
                    .thenApply(statistics ->
                            load(space.id(), node.deepCopy().<ObjectNode>setAll(SpaceRoutes.statistics(statistics))))
                    .toCompletableFuture()
                    .copy()
                    .completeOnTimeout(node, MAX_WAIT_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(_ -> node));
        }
        return CompletableFuture.allOf(nodes.toArray(CompletableFuture[]::new)).thenApply(_ -> {
            var root = Json.object();
            var list = root.putArray("spaces");
            nodes.forEach(node -> list.add(node.join()));
            return root.put("spaces_left_off", spaces.size() - nodes.size());
        });
    }

    private static ObjectNode listed(SpaceInfo space) {
        var node = Json.object()
                .put("space", space.id().value())
                .put("created_at", space.createdAt().toString());
        space.quarantined().ifPresent(reason -> node.put("quarantined", reason));
        return node;
    }

    /** What is asked of it on this node. */
    private ObjectNode load(SpaceId space, ObjectNode node) {
        context.spaces()
                .load(space)
                .ifPresent(load -> node.put("pressure", load.pressure())
                        .put("reads_per_second", load.readsPerSecond())
                        .put("writes_per_second", load.writesPerSecond()));
        return node;
    }

    /** Known of the spaces that this node leads. */
    private static void lag(ObjectNode node, Optional<Behind> behind) {
        behind.ifPresent(lag -> {
            node.put("lag_entries", lag.entries());
            lag.age().ifPresentOrElse(age -> node.put("wal_lag_ms", age.toMillis()), () -> node.putNull("wal_lag_ms"));
        });
    }
}
