package io.engram.shard;

import io.engram.log.LogStore;
import io.engram.replication.Change;
import io.engram.replication.LogName;
import io.engram.replication.LogReader;
import io.engram.replication.ShardId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;

/** The shards of a node in its log store. */
public final class LevelShardStore implements ShardStore {
    private final LogStore store;
    private final ShardSnapshots snapshots;

    public LevelShardStore(LogStore store, ShardSnapshots snapshots) {
        this.store = store;
        this.snapshots = snapshots;
    }

    @Override
    public LogReader reader(ShardId shard) {
        return new StoredShard(store, shard, log -> snapshots.newest(shard, log));
    }

    @Override
    public CompletionStage<Void> write(ShardId shard, List<Change> changes) {
        try {
            return store.write(StoredChanges.of(shard, changes));
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public WriteFailure failure(Throwable failure) {
        return WriteFailure.of(failure);
    }

    @Override
    public List<ShardId> shards() {
        return StoredShard.all(store);
    }

    @Override
    public void onDamage(BiConsumer<ShardId, LogName> listener) {
        store.onQuarantine(found -> StoredShard.shardOf(found.log())
                .ifPresent(
                        shard -> StoredShard.logOf(shard, found.log()).ifPresent(log -> listener.accept(shard, log))));
    }
}
