package io.engram.catalog;

/**
 * The wish that a node is given nothing new.
 *
 * @param node its id
 * @param reason in the operator's words
 * @param sinceMillis milliseconds since 1970
 */
public record Cordon(String node, String reason, long sinceMillis) {
    public Cordon {
        CatalogLimits.name("a node's id", node);
        CatalogLimits.text("a reason", reason);
    }
}
