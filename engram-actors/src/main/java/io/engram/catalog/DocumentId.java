package io.engram.catalog;

/**
 * Which document it is. The version says how many documents came before it; of the documents of one version, which compete
 * until one is chosen, only the id tells one from another. A document keeps its id when others propose it again.
 *
 * @param generation in which it was proposed first; 0 for the one that founded the cluster
 * @param ballot at which it was proposed first
 */
public record DocumentId(long generation, Ballot ballot) {
    public DocumentId {
        if (generation < 0) {
            throw new IllegalArgumentException("generation " + generation);
        }
    }

    @Override
    public String toString() {
        return "g" + generation + "/" + ballot;
    }
}
