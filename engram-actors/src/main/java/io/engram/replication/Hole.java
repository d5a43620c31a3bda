package io.engram.replication;

/** Entries of a log that cannot be read, from the first to the last index. There may be others within that are good. */
public record Hole(long first, long last) {
    public Hole {
        if (first < 1 || last < first) {
            throw new IllegalArgumentException("a hole from %d to %d".formatted(first, last));
        }
    }

    Hole and(Hole other) {
        return new Hole(Math.min(first, other.first), Math.max(last, other.last));
    }
}
