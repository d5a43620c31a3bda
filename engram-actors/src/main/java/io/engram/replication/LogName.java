package io.engram.replication;

import java.util.Comparator;

/**
 * A log of a shard. A space's log is named by the space and by the place of its creation in the shard's directory, so that
 * a space that is deleted and created again has another log, and nothing of the old one can come back in it.
 *
 * @param space the space's name; empty for the directory
 * @param created index of the directory's entry that created it; 0 for the directory
 */
public record LogName(String space, long created) implements Comparable<LogName> {
    /** The log that says which spaces the shard has. */
    public static final LogName DIRECTORY = new LogName("", 0);

    private static final Comparator<LogName> ORDER =
            Comparator.comparingLong(LogName::created).thenComparing(LogName::space);

    public LogName {
        if (created < 0 || space.isEmpty() != (created == 0)) {
            throw new IllegalArgumentException("space '%s' created at %d".formatted(space, created));
        }
    }

    public boolean isDirectory() {
        return created == 0;
    }

    /** Under which name the node's store keeps it. */
    public String stored(ShardId shard) {
        return isDirectory()
                ? "shard/%s/directory".formatted(shard)
                : "shard/%s/%d/%s".formatted(shard, created, space);
    }

    /** The log under whose name the node's store keeps a shard's {@link ShardState}. */
    public static String storedState(ShardId shard) {
        return "shard/%s/state".formatted(shard);
    }

    @Override
    public int compareTo(LogName other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return isDirectory() ? "directory" : space + "@" + created;
    }
}
