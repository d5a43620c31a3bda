package io.engram.catalog;

/**
 * How large the document may become. An edit that would make it larger is refused; so is what comes over the wire.
 *
 * @param documentBytes of its encoded form
 * @param nodes how many
 * @param shards how many
 * @param pins how many
 * @param operations how many, finished ones included
 * @param originators of how many the last edits are remembered
 */
public record CatalogLimits(int documentBytes, int nodes, int shards, int pins, int operations, int originators) {
    /** A document of some megabytes: enough for a thousand nodes and sixteen thousand shards. */
    public static final CatalogLimits DEFAULT = new CatalogLimits(8 << 20, 1_024, 1 << 16, 1 << 14, 4_096, 1_024);

    /** The most voters that a generation may have. More make every change slower and hardly any failure survivable. */
    public static final int VOTERS = 5;
    /** Members of one shard: the primary and its replicas. */
    public static final int MEMBERS = 16;
    /** Addresses of a node, details of an operation. */
    public static final int DETAILS = 32;
    /** Steps of an operation that are kept; older ones are dropped. */
    public static final int STEPS = 64;
    /** Of any text, in characters. */
    public static final int TEXT = 1_024;
    /** Edits in one batch: a node with all its shards, and room. */
    public static final int BATCH = 1 << 17;

    public CatalogLimits {
        if (documentBytes < 1 || nodes < 1 || shards < 1 || pins < 0 || operations < 0 || originators < 1) {
            throw new IllegalArgumentException("limits below one");
        }
    }

    static String text(String what, String value) {
        if (value.length() > TEXT) {
            throw new IllegalArgumentException(what + " has " + value.length() + " characters, at most " + TEXT);
        }
        if (!isWhole(value)) {
            throw new IllegalArgumentException(what + " holds half a character");
        }
        return value;
    }

    /** Half a surrogate pair has no UTF-8, and would be read back as another text than was written. */
    private static boolean isWhole(String value) {
        for (var i = 0; i < value.length(); i++) {
            if (Character.isHighSurrogate(value.charAt(i))) {
                i++;
                if (i == value.length() || !Character.isLowSurrogate(value.charAt(i))) {
                    return false;
                }
            } else if (Character.isLowSurrogate(value.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static String name(String what, String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException(what + " is empty");
        }
        return text(what, value);
    }

    static void atMost(String what, int count, int most) {
        if (count > most) {
            throw new IllegalArgumentException(what + ": " + count + ", at most " + most);
        }
    }
}
