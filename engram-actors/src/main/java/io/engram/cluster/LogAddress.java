package io.engram.cluster;

import io.engram.replication.LogName;
import io.engram.replication.ShardId;
import java.util.Optional;

/** Which shard's log a persistence id names: it is the name under which the node's store keeps the log. */
record LogAddress(ShardId shard, LogName log) {
    private static final String PREFIX = "shard/";

    /** The address of a space's log; empty for any other persistence id. */
    static Optional<LogAddress> parse(String persistenceId) {
        var parts = persistenceId.split("/", 4);
        if (!persistenceId.startsWith(PREFIX) || parts.length != 4) {
            return Optional.empty();
        }
        try {
            var name = new LogName(parts[3], Long.parseLong(parts[2]));
            return name.isDirectory() ? Optional.empty() : Optional.of(new LogAddress(new ShardId(parts[1]), name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    String persistenceId() {
        return log.stored(shard);
    }
}
