package io.engram.grpc;

import io.engram.space.SpaceId;
import java.time.Duration;

/**
 * How the door is set up.
 *
 * @param host the interface to listen on
 * @param port the port to listen on; 0 takes a free one
 * @param defaultSpace the space of a request that names none
 * @param maxMessageBytes largest request message, after decompression
 * @param maxResults most memories that one recall may ask for
 * @param maxInFlightPerStream items of one stream that are worked on at the same time; further ones wait at the sender
 * @param idleTimeout how long a connection may stay silent; open streams are kept awake by pings
 */
public record GrpcSettings(
        String host,
        int port,
        SpaceId defaultSpace,
        int maxMessageBytes,
        int maxResults,
        int maxInFlightPerStream,
        Duration idleTimeout) {

    /** Loopback, port 50051, space {@code default}, messages up to 4 MiB as gRPC clients expect. */
    public static final GrpcSettings DEFAULTS = new GrpcSettings(
            "127.0.0.1", 50051, new SpaceId("default"), 4 * 1024 * 1024, 1000, 32, Duration.ofSeconds(60));

    public GrpcSettings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be between 0 and 65535, not " + port);
        }
        if (maxMessageBytes < 1024 || maxResults < 1 || maxInFlightPerStream < 1) {
            throw new IllegalArgumentException(
                    "maxMessageBytes must be 1024 or more, maxResults and maxInFlightPerStream 1 or more");
        }
        if (idleTimeout.toSeconds() < 2) {
            throw new IllegalArgumentException("idleTimeout must be 2 s or more");
        }
    }

    public GrpcSettings withAddress(String newHost, int newPort) {
        return new GrpcSettings(
                newHost, newPort, defaultSpace, maxMessageBytes, maxResults, maxInFlightPerStream, idleTimeout);
    }

    public GrpcSettings withDefaultSpace(SpaceId space) {
        return new GrpcSettings(host, port, space, maxMessageBytes, maxResults, maxInFlightPerStream, idleTimeout);
    }

    public GrpcSettings withMaxMessageBytes(int bytes) {
        return new GrpcSettings(host, port, defaultSpace, bytes, maxResults, maxInFlightPerStream, idleTimeout);
    }

    public GrpcSettings withMaxInFlightPerStream(int items) {
        return new GrpcSettings(host, port, defaultSpace, maxMessageBytes, maxResults, items, idleTimeout);
    }
}
