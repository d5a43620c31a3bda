package io.engram.cluster;

import io.engram.catalog.Document;
import io.engram.catalog.Incarnation;
import io.engram.peer.Channel;
import io.engram.peer.PeerException;
import io.engram.peer.PeerLinks;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Who has the snapshots of this node's spaces, or is to have them, and the way there. */
record SnapshotPeers(
        Incarnation self, Supplier<Optional<Document>> document, PeerBook peers, Supplier<Optional<PeerLinks>> links)
        implements SnapshotExchange.Surroundings {
    @Override
    public List<ReplicaId> followers(ShardId shard) {
        return document.get()
                .flatMap(known -> ShardMap.entry(known, shard))
                .map(entry -> entry.configuration())
                .filter(configuration -> configuration.primary().equals(self))
                .map(configuration ->
                        configuration.replicas().stream().map(ShardMap::replica).toList())
                .orElse(List.of());
    }

    @Override
    public void send(ReplicaId to, byte[] name) {
        var peer = peers.find(ShardMap.incarnation(to).id());
        peer.ifPresent(known -> links.get().ifPresent(way -> way.send(known, Channel.SNAPSHOTS, name)));
    }

    @Override
    public CompletionStage<Void> fetch(ReplicaId from, byte[] request, Consumer<byte[]> piece) {
        var peer = peers.find(ShardMap.incarnation(from).id());
        var way = links.get();
        return peer.isEmpty() || way.isEmpty()
                ? CompletableFuture.failedFuture(new PeerException("nobody knows where it is", true))
                : way.get().fetch(peer.get(), SnapshotExchange.WHAT, request, piece);
    }
}
