package io.engram.cluster;

/** Other nodes could not be looked up. The message is one line; the next try may work. */
public final class DiscoveryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DiscoveryException(String message) {
        super(message, null, false, false);
    }
}
