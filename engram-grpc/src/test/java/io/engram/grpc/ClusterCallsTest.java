package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static io.engram.grpc.GrpcFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.ClusterReport;
import io.engram.cluster.ClusterView;
import io.engram.cluster.ClusterView.Lag;
import io.engram.grpc.v1.ApplyReplicationBatchRequest;
import io.engram.grpc.v1.MigrateSpaceRpcRequest;
import io.engram.grpc.v1.RebalanceRequest;
import io.engram.grpc.v1.ReplicaLagView;
import io.engram.grpc.v1.ReplicationEntryView;
import io.engram.grpc.v1.ReplicationStatusRequest;
import io.engram.space.SpaceId;
import io.grpc.Status.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The calls about the node's cluster. */
class ClusterCallsTest {
    private static final Instant ANSWERED = Instant.ofEpochMilli(1_700_000_000_000L);

    private final FakeSpaces spaces = new FakeSpaces();
    private volatile CompletionStage<List<Lag>> lags = CompletableFuture.completedFuture(List.of(
            new Lag("tenant-a", "node-1", 7, 7, true, OptionalLong.of(0), Optional.empty(), Optional.of(ANSWERED)),
            new Lag(
                    "tenant-a",
                    "node-2",
                    7,
                    2,
                    true,
                    OptionalLong.of(512),
                    Optional.of(Duration.ofMillis(1_500)),
                    Optional.empty())));

    private final ClusterReport cluster = new ClusterReport() {
        @Override
        public ClusterView view() {
            throw new AssertionError("nobody asks for it");
        }

        @Override
        public CompletionStage<List<Lag>> lags() {
            return lags;
        }

        @Override
        public ClusterView.Router router() {
            throw new AssertionError("nobody asks for it");
        }

        @Override
        public Optional<String> leader(SpaceId space) {
            return space.value().equals("tenant-a") ? Optional.of("node-1") : Optional.empty();
        }
    };

    private static ApplyReplicationBatchRequest batch(String space, long first, long last, int entries) {
        return ApplyReplicationBatchRequest.newBuilder()
                .setSpaceId(space)
                .setPrimaryId("node-1")
                .setStartSequence(first)
                .setEndSequence(last)
                .addAllEntries(IntStream.range(0, entries)
                        .mapToObj(i -> ReplicationEntryView.newBuilder()
                                .setSequence(first + i)
                                .build())
                        .toList())
                .build();
    }

    @Test
    void the_replication_status_tells_each_copy_and_its_lag_worst_first() {
        try (var grpc = new GrpcFixture(spaces, cluster)) {
            var status = await(grpc.engram.getReplicationStatus(ReplicationStatusRequest.getDefaultInstance()));
            assertThat(status.getOmitted()).isZero();
            assertThat(status.getReplicasList())
                    .containsExactly(
                            ReplicaLagView.newBuilder()
                                    .setSpaceId("tenant-a")
                                    .setReplica("node-2")
                                    .setLocalSequence(7)
                                    .setReplicatedSequence(2)
                                    .setLag(5)
                                    .setAdopted(true)
                                    .setLagBytes(512)
                                    .setLagMs(1_500)
                                    .build(),
                            ReplicaLagView.newBuilder()
                                    .setSpaceId("tenant-a")
                                    .setReplica("node-1")
                                    .setLocalSequence(7)
                                    .setReplicatedSequence(7)
                                    .setAdopted(true)
                                    .setLagBytes(0)
                                    .setLastAcknowledgedMs(ANSWERED.toEpochMilli())
                                    .build());

            lags = CompletableFuture.completedFuture(IntStream.range(0, ClusterCalls.MAX_REPLICAS + 5)
                    .mapToObj(i -> new Lag(
                            "s".repeat(58) + i,
                            "n".repeat(128),
                            i,
                            0,
                            true,
                            OptionalLong.empty(),
                            Optional.empty(),
                            Optional.empty()))
                    .toList());
            var bounded = await(grpc.engram.getReplicationStatus(ReplicationStatusRequest.getDefaultInstance()));
            assertThat(bounded.getReplicasCount()).isEqualTo(ClusterCalls.MAX_REPLICAS);
            assertThat(bounded.getOmitted()).isEqualTo(5);
            assertThat(bounded.getSerializedSize()).isLessThan(4 << 20);

            lags = CompletableFuture.failedFuture(new IllegalStateException("a shard has failed"));
            assertThat(failure(grpc.engram.getReplicationStatus(ReplicationStatusRequest.getDefaultInstance()))
                            .getCode())
                    .isEqualTo(Code.UNAVAILABLE);
        }
    }

    @Test
    void a_batch_from_outside_changes_nothing_and_is_refused_with_the_reason() {
        try (var grpc = new GrpcFixture(spaces, cluster)) {
            var refused = failure(grpc.engram.applyReplicationBatch(batch("tenant-a", 8, 9, 2)));
            assertThat(refused.getCode()).isEqualTo(Code.FAILED_PRECONDITION);
            assertThat(refused.getDescription())
                    .startsWith("nothing was applied")
                    .endsWith("the primary of 'tenant-a' is node-1");
            assertThat(failure(grpc.engram.applyReplicationBatch(batch("unknown", 1, 1, 1)))
                            .getDescription())
                    .endsWith("'unknown' has no primary");
            for (var nonsense : List.of(
                    batch("tenant-a", 8, 9, 0),
                    batch("tenant-a", 0, 1, 2),
                    batch("tenant-a", 9, 8, 2),
                    batch("tenant-a", 8, 20, 2),
                    batch("tenant-a", 1, -1, 2),
                    batch("NO", 1, 1, 1))) {
                assertThat(failure(grpc.engram.applyReplicationBatch(nonsense)).getCode())
                        .as(nonsense.toString())
                        .isEqualTo(Code.INVALID_ARGUMENT);
            }
            assertThat(await(spaces.spaces())).isEmpty();
        }
    }

    @Test
    void moving_spaces_by_hand_is_not_built_and_says_so() {
        try (var grpc = new GrpcFixture(spaces, cluster)) {
            var rebalance = failure(grpc.engram.rebalanceSpaces(RebalanceRequest.getDefaultInstance()));
            assertThat(rebalance.getCode()).isEqualTo(Code.UNIMPLEMENTED);
            assertThat(rebalance.getDescription()).contains("RebalanceSpaces");
            var migrate = failure(grpc.engram.migrateSpace(
                    MigrateSpaceRpcRequest.newBuilder().setSpaceId("tenant-a").build()));
            assertThat(migrate.getCode()).isEqualTo(Code.UNIMPLEMENTED);
            assertThat(migrate.getDescription()).contains("MigrateSpace");
        }
    }

    @Test
    void a_node_on_its_own_has_no_cluster() {
        try (var grpc = new GrpcFixture(spaces, List.of(), GrpcSettings.DEFAULTS)) {
            for (var answer : List.of(
                    grpc.engram.getReplicationStatus(ReplicationStatusRequest.getDefaultInstance()),
                    grpc.engram.applyReplicationBatch(batch("tenant-a", 1, 1, 1)),
                    grpc.engram.rebalanceSpaces(RebalanceRequest.getDefaultInstance()),
                    grpc.engram.migrateSpace(MigrateSpaceRpcRequest.getDefaultInstance()))) {
                var status = failure(answer);
                assertThat(status.getCode()).isEqualTo(Code.FAILED_PRECONDITION);
                assertThat(status.getDescription()).isEqualTo("this node does not run in cluster mode");
            }
        }
    }
}
