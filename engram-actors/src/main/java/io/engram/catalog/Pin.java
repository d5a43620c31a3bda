package io.engram.catalog;

import java.util.Optional;

/**
 * The wish that a space stays on a chosen node, in a shard of its own.
 *
 * @param space its name
 * @param shard the shard that was made for it
 * @param home id of the node that should be its primary
 * @param reason in the operator's words
 * @param expiresAtMillis when it ends by itself, in milliseconds since 1970; absent if it does not
 */
public record Pin(String space, long shard, String home, String reason, Optional<Long> expiresAtMillis) {
    public Pin {
        CatalogLimits.name("a space", space);
        CatalogLimits.name("a node's id", home);
        CatalogLimits.text("a reason", reason);
    }
}
