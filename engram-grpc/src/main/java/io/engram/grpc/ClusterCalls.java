package io.engram.grpc;

import io.engram.cluster.ClusterReport;
import io.engram.cluster.ClusterView.Lag;
import io.engram.grpc.v1.ApplyReplicationBatchRequest;
import io.engram.grpc.v1.ApplyReplicationBatchResponse;
import io.engram.grpc.v1.MigrateSpaceRpcResponse;
import io.engram.grpc.v1.RebalanceResponse;
import io.engram.grpc.v1.ReplicaLagView;
import io.engram.grpc.v1.ReplicationStatusResponse;
import io.engram.space.EngramException;
import io.engram.space.SpaceId;
import io.grpc.Status;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The calls that are about the node's cluster. Without one they are FAILED_PRECONDITION. */
final class ClusterCalls {
    /** Copies in an answer at most: about 2 MiB where names are as long as they may be. */
    static final int MAX_REPLICAS = 10_000;

    private static final Comparator<Lag> WORST_FIRST = Comparator.comparingLong(Lag::lag)
            .reversed()
            .thenComparing(Lag::space)
            .thenComparing(Lag::replica);

    private final Optional<? extends ClusterReport> cluster;

    ClusterCalls(Optional<? extends ClusterReport> cluster) {
        this.cluster = cluster;
    }

    private ClusterReport report() {
        return cluster.orElseThrow(
                () -> Statuses.failure(Status.FAILED_PRECONDITION, "this node does not run in cluster mode"));
    }

    CompletionStage<ReplicationStatusResponse> replicationStatus() {
        return report().lags().handle((lags, failure) -> {
            if (failure != null) {
                throw Statuses.failure(
                        Status.UNAVAILABLE, "a shard of this node cannot be asked how far its copies are");
            }
            return status(lags);
        });
    }

    private static ReplicaLagView.Builder view(Lag lag) {
        var view = ReplicaLagView.newBuilder()
                .setSpaceId(lag.space())
                .setReplica(lag.replica())
                .setLocalSequence(lag.localSequence())
                .setReplicatedSequence(lag.replicatedSequence())
                .setLag(lag.lag())
                .setAdopted(lag.isAdopted());
        lag.bytes().ifPresent(view::setLagBytes);
        lag.age().ifPresent(age -> view.setLagMs(age.toMillis()));
        lag.lastAnswer().ifPresent(at -> view.setLastAcknowledgedMs(at.toEpochMilli()));
        return view;
    }

    private static ReplicationStatusResponse status(List<Lag> lags) {
        var answer = ReplicationStatusResponse.newBuilder();
        lags.stream().sorted(WORST_FIRST).limit(MAX_REPLICAS).forEach(lag -> answer.addReplicas(view(lag)));
        return answer.setOmitted(lags.size() - answer.getReplicasCount()).build();
    }

    /**
     * Refuses whatever comes: between nodes entries travel by another way, which knows the epoch that they belong to and
     * compares checksums, and a batch of this kind has neither.
     */
    CompletionStage<ApplyReplicationBatchResponse> applyBatch(ApplyReplicationBatchRequest request) {
        var report = report();
        var space = SpaceId.parse(request.getSpaceId());
        if (request.getEntriesCount() == 0) {
            throw EngramException.invalid("entries is empty: the batch holds nothing");
        }
        if (request.getStartSequence() == 0
                || Long.compareUnsigned(request.getEndSequence(), request.getStartSequence()) < 0
                || request.getEndSequence() - request.getStartSequence() + 1 != request.getEntriesCount()) {
            throw EngramException.invalid(
                    "start_sequence and end_sequence must be those of the first and last of %d entries, from 1 on"
                            .formatted(request.getEntriesCount()));
        }
        throw Statuses.failure(
                Status.FAILED_PRECONDITION,
                "nothing was applied: entries of a space are taken from the primary of its shard alone, over the stream"
                        + " between the nodes; "
                        + report.leader(space)
                                .map(leader -> "the primary of '%s' is %s".formatted(space.value(), leader))
                                .orElseGet(() -> "'%s' has no primary".formatted(space.value())));
    }

    CompletionStage<RebalanceResponse> rebalance() {
        var _ = report();
        throw EngramException.notImplemented(
                "moving memory spaces between nodes (RebalanceSpaces) is not implemented yet;"
                        + " the lead of a space moves by itself when a node stops or is lost");
    }

    CompletionStage<MigrateSpaceRpcResponse> migrate() {
        var _ = report();
        throw EngramException.notImplemented(
                "moving a memory space to another node (MigrateSpace) is not implemented yet;"
                        + " the lead of a space moves by itself when a node stops or is lost");
    }
}
