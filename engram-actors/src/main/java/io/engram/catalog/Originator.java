package io.engram.catalog;

/**
 * Who numbers edits: one process of a node. Started again it is another one, since it has forgotten its numbers.
 *
 * @param incarnation of the node
 * @param bootNonce drawn by each start
 */
public record Originator(Incarnation incarnation, long bootNonce) implements Comparable<Originator> {
    @Override
    public int compareTo(Originator other) {
        var byIncarnation = incarnation.compareTo(other.incarnation);
        return byIncarnation != 0 ? byIncarnation : Long.compare(bootNonce, other.bootNonce);
    }
}
