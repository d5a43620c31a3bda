package io.engram.catalog;

/**
 * Where the content of a shard comes from that was made for a single space.
 *
 * @param shard that had the space before
 * @param space its name
 * @param log which of the logs that the name had over time: the index of the space's creation in the shard's directory
 */
public record ShardSource(long shard, String space, long log) {
    public ShardSource {
        CatalogLimits.name("a space", space);
        if (shard < 0 || log < 0) {
            throw new IllegalArgumentException("source %d, %d".formatted(shard, log));
        }
    }
}
