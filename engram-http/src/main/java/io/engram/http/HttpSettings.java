package io.engram.http;

import io.engram.space.SpaceId;
import java.time.Duration;

/**
 * Where the HTTP door listens and what it lets in.
 *
 * @param host address or host name to listen on
 * @param port TCP port, 0 for any that is free
 * @param defaultSpace the space of requests that name none
 * @param maxBodyBytes longest request body, in bytes
 * @param maxBulkItems most items of one bulk request
 * @param maxPageSize most memories of one answer
 * @param maxInFlight requests in work at the same time; more are refused with 429
 * @param maxConnections connections open at the same time
 * @param bodyTimeout longest wait for a request's body, after which it is refused with 408
 * @param requestTimeout longest wait for an answer
 * @param remoteShutdown whether {@code POST /shutdown} is taken from other machines too
 */
public record HttpSettings(
        String host,
        int port,
        SpaceId defaultSpace,
        int maxBodyBytes,
        int maxBulkItems,
        int maxPageSize,
        int maxInFlight,
        int maxConnections,
        Duration bodyTimeout,
        Duration requestTimeout,
        boolean remoteShutdown) {

    /** Loopback, port 7432, and limits that suit one node. */
    public static final HttpSettings DEFAULTS = new HttpSettings(
            "127.0.0.1",
            7432,
            new SpaceId("default"),
            2 << 20,
            1000,
            1000,
            1024,
            1024,
            Duration.ofSeconds(15),
            Duration.ofSeconds(30),
            false);

    public HttpSettings {
        positive(maxBodyBytes, "maxBodyBytes");
        positive(maxBulkItems, "maxBulkItems");
        positive(maxPageSize, "maxPageSize");
        positive(maxInFlight, "maxInFlight");
        positive(maxConnections, "maxConnections");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be between 0 and 65535, not " + port);
        }
        if (!bodyTimeout.isPositive() || !requestTimeout.isPositive()) {
            throw new IllegalArgumentException("timeouts must be above zero");
        }
    }

    private static void positive(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }

    /** The same on another address. */
    public HttpSettings at(String newHost, int newPort) {
        return new HttpSettings(
                newHost,
                newPort,
                defaultSpace,
                maxBodyBytes,
                maxBulkItems,
                maxPageSize,
                maxInFlight,
                maxConnections,
                bodyTimeout,
                requestTimeout,
                remoteShutdown);
    }
}
