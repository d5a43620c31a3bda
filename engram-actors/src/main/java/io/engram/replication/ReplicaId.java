package io.engram.replication;

/**
 * One copy's identity: the incarnation of the data folder that holds it, not the node's name. An emptied disk is another
 * incarnation, because it promised nothing and holds nothing.
 */
public record ReplicaId(String incarnation) implements Comparable<ReplicaId> {
    public ReplicaId {
        if (incarnation.isEmpty()) {
            throw new IllegalArgumentException("an incarnation has a name");
        }
    }

    @Override
    public int compareTo(ReplicaId other) {
        return incarnation.compareTo(other.incarnation);
    }

    @Override
    public String toString() {
        return incarnation;
    }
}
