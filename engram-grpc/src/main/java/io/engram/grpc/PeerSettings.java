package io.engram.grpc;

import java.time.Duration;

/**
 * How nodes speak with each other; all nodes of a cluster should have the same sizes.
 *
 * @param maxMessageBytes largest message, request, answer or piece, in bytes
 * @param batchBytes how much of what waits goes out as one frame, in bytes; a larger message goes alone
 * @param queueBytes how much may wait for one peer, in bytes, before the oldest is dropped
 * @param backOffMin shortest wait before a peer that could not be reached is tried again
 * @param backOffMax longest such wait
 * @param connectTimeout how long opening a connection may take
 * @param pieceTimeout how long the next piece of a fetch may be in coming
 */
public record PeerSettings(
        int maxMessageBytes,
        int batchBytes,
        long queueBytes,
        Duration backOffMin,
        Duration backOffMax,
        Duration connectTimeout,
        Duration pieceTimeout) {

    /** Messages up to 16 MiB, 64 MiB waiting, a new try after 100 ms to 2 s. */
    public static final PeerSettings DEFAULTS = new PeerSettings(
            16 * 1024 * 1024,
            256 * 1024,
            64L * 1024 * 1024,
            Duration.ofMillis(100),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(60));

    public PeerSettings {
        if (maxMessageBytes < 1024 || batchBytes < 1024 || batchBytes > maxMessageBytes) {
            throw new IllegalArgumentException(
                    "maxMessageBytes and batchBytes must be 1024 or more, and batchBytes not above maxMessageBytes");
        }
        if (queueBytes < maxMessageBytes) {
            throw new IllegalArgumentException("queueBytes must not be below maxMessageBytes");
        }
        if (!backOffMin.isPositive() || backOffMax.compareTo(backOffMin) < 0) {
            throw new IllegalArgumentException("backOffMin must be positive and not above backOffMax");
        }
        if (!connectTimeout.isPositive() || !pieceTimeout.isPositive()) {
            throw new IllegalArgumentException("connectTimeout and pieceTimeout must be positive");
        }
    }

    public PeerSettings withSizes(int newMaxMessageBytes, int newBatchBytes, long newQueueBytes) {
        return new PeerSettings(
                newMaxMessageBytes, newBatchBytes, newQueueBytes, backOffMin, backOffMax, connectTimeout, pieceTimeout);
    }

    public PeerSettings withPieceTimeout(Duration timeout) {
        return new PeerSettings(
                maxMessageBytes, batchBytes, queueBytes, backOffMin, backOffMax, connectTimeout, timeout);
    }

    /** Room for what surrounds a message of the largest size. */
    int maxFrameBytes() {
        return maxMessageBytes + 4096;
    }
}
