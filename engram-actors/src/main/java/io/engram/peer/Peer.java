package io.engram.peer;

import java.util.UUID;

/**
 * Another node, as it is reached.
 *
 * @param nodeId its name
 * @param incarnation of its data folder; whoever is reached there and is another one refuses
 * @param host where it is reached, never a wildcard
 * @param port of its gRPC door
 */
public record Peer(String nodeId, UUID incarnation, String host, int port) {
    @Override
    public String toString() {
        return "%s (%s:%d)".formatted(nodeId, host, port);
    }
}
