package io.engram.replication;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** All shards of a node as its simulated disk holds them; an immutable value. */
record StoredNode(SortedMap<String, StoredShard> shards) {
    static final StoredNode EMPTY = new StoredNode(Collections.emptySortedMap());

    StoredShard shard(ShardId id) {
        return shards.getOrDefault(id.name(), StoredShard.EMPTY);
    }

    StoredNode with(ShardId id, StoredShard shard) {
        var changed = new TreeMap<>(shards);
        changed.put(id.name(), shard);
        return new StoredNode(Collections.unmodifiableSortedMap(changed));
    }
}
