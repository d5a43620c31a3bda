package io.engram.cluster;

import io.engram.space.SpaceId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What a node can be asked about its cluster. Nothing here blocks, and nothing asks another node. */
public interface ClusterReport {
    /** What this node can say of the cluster now. */
    ClusterView view();

    /** How far the copies have come of the spaces that this node leads; fails if one of its shards cannot be asked. */
    CompletionStage<List<ClusterView.Lag>> lags();

    /** What this node did for requests that belong elsewhere or here. */
    ClusterView.Router router();

    /** The id of the node that leads a space, by the catalog; empty if the space's shard was never touched. */
    Optional<String> leader(SpaceId space);
}
