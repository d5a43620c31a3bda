package io.engram.replication;

/** A shard's name, which is never used again once the shard is gone. */
public record ShardId(String name) {
    public ShardId {
        if (name.isEmpty() || name.indexOf('/') >= 0) {
            throw new IllegalArgumentException("a shard's name is not empty and has no slash: " + name);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
