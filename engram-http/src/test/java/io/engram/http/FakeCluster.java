package io.engram.http;

import io.engram.cluster.ClusterReport;
import io.engram.cluster.ClusterView;
import io.engram.cluster.ClusterView.Lag;
import io.engram.cluster.ClusterView.Side;
import io.engram.cluster.ClusterView.State;
import io.engram.space.SpaceId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A cluster of three nodes, the last of which cannot be reached. */
final class FakeCluster implements ClusterReport {
    static final ClusterView ALONE = new ClusterView(
            List.of(),
            Optional.empty(),
            new ClusterView.Shards(0, 0, 0, 0),
            new ClusterView.Partition(Side.PARTITIONED, 1, 1));

    volatile ClusterView view = new ClusterView(
            List.of(
                    node("node-0", State.ALIVE, true, Optional.of("rack-a")),
                    node("node-1", State.ALIVE, false, Optional.empty()),
                    node("node-2", State.SUSPECT, false, Optional.empty())),
            Optional.of(new ClusterView.Catalog(
                    "6c1f7a52-0d7b-4f7e-8f8e-0d4a3f6f7c11", 42, 3, List.of("node-0", "node-1", "node-2"), 1234, true)),
            new ClusterView.Shards(10, 9, 4, 1),
            new ClusterView.Partition(Side.CONNECTED, 2, 3));

    volatile List<Lag> lags = List.of(
            new Lag("tenant-a", "node-1", 7, 7, true, OptionalLong.of(0), Optional.empty(), Optional.of(Instant.EPOCH)),
            new Lag(
                    "tenant-a",
                    "node-2",
                    7,
                    2,
                    true,
                    OptionalLong.of(512),
                    Optional.of(Duration.ofMillis(1_500)),
                    Optional.empty()),
            new Lag("tenant-b", "node-2", 1, 0, false, OptionalLong.empty(), Optional.empty(), Optional.empty()));
    volatile boolean lagsFail;
    volatile boolean lagsHang;

    static final Map<String, String> LEADERS = Map.of("tenant-a", "node-0", "tenant-b", "node-1");

    private static ClusterView.Node node(String id, State state, boolean isLocal, Optional<String> rack) {
        return new ClusterView.Node(
                id,
                "00000000-0000-0000-0000-00000000000" + id.charAt(id.length() - 1),
                id + ":7946",
                id + ":50051",
                id + ":7432",
                rack,
                Optional.empty(),
                state,
                500,
                isLocal,
                true,
                5,
                8);
    }

    @Override
    public ClusterView.Router router() {
        return new ClusterView.Router(1_000, 7);
    }

    @Override
    public ClusterView view() {
        return view;
    }

    @Override
    public CompletionStage<List<Lag>> lags() {
        if (lagsHang) {
            return new CompletableFuture<>();
        }
        return lagsFail
                ? CompletableFuture.failedFuture(new IllegalStateException("a shard has failed"))
                : CompletableFuture.completedFuture(lags);
    }

    @Override
    public Optional<String> leader(SpaceId space) {
        return Optional.ofNullable(LEADERS.get(space.value()));
    }
}
