package io.engram.catalog;

import java.util.List;

/**
 * A node's agreement to found a cluster, which it gives once and for ever.
 *
 * @param founding the first document
 * @param named everybody who has to agree; sorted
 */
public record FoundingVote(Document founding, List<Incarnation> named) {
    public FoundingVote {
        named = List.copyOf(named);
    }
}
