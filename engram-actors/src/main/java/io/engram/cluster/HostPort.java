package io.engram.cluster;

/**
 * Where something listens.
 *
 * @param host a name or an address, IPv6 without brackets; not empty
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) implements Comparable<HostPort> {
    private static final int LONGEST = 255;

    public HostPort {
        if (host.isEmpty() || host.length() > LONGEST || host.contains("[") || host.contains("]")) {
            throw new IllegalArgumentException("'" + host + "' is not a host");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not one from 0 to 65535");
        }
    }

    /**
     * Reads {@code host:port}, an IPv6 address in brackets.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + text + "' has no port; it must be host:port");
        }
        var host = text.substring(0, colon);
        var isBracketed = host.startsWith("[") && host.endsWith("]");
        if (!isBracketed && host.contains(":")) {
            throw new IllegalArgumentException("'" + text + "' must have its IPv6 address in brackets: [address]:port");
        }
        try {
            return new HostPort(
                    isBracketed ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("'" + text + "' has no port; it must be host:port");
        }
    }

    /** By host, as text, then by port: an order that all nodes agree on, and no more than that. */
    @Override
    public int compareTo(HostPort other) {
        int byHost = host.compareTo(other.host);
        return byHost != 0 ? byHost : Integer.compare(port, other.port);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
