package io.engram.snapshot;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which snapshot of a log; the newest is the greatest.
 *
 * @param index of the last entry that it covers, 0 or more
 * @param timestamp when it was taken, in ms since 1970, 0 or more
 */
public record SnapshotId(long index, long timestamp) implements Comparable<SnapshotId> {
    private static final Pattern NAME = Pattern.compile("(\\d{19})-(\\d{19})\\.snapshot");

    @Override
    public int compareTo(SnapshotId other) {
        return Comparator.comparingLong(SnapshotId::index)
                .thenComparingLong(SnapshotId::timestamp)
                .compare(this, other);
    }

    /** The name of its file or cell. */
    String name() {
        return "%019d-%019d.snapshot".formatted(index, timestamp);
    }

    /** The one with that name, if it is the name of one. */
    static Optional<SnapshotId> ofName(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(new SnapshotId(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }
}
