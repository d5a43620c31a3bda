package io.engram.space;

import java.time.Duration;

/**
 * The limits of spaces.
 *
 * @param maxContentBytes longest text of a memory, in UTF-8 bytes
 * @param maxDimension longest client vector
 * @param maxBatchCommands most commands that share one forced write
 * @param maxBatchBytes size at which a batch is closed, in bytes of text and vectors
 * @param writesInFlightPerSpace writes of one space that may wait; beyond it they are refused
 * @param writesInFlight writes of all spaces that may wait
 * @param readsWaiting reads that may wait for a thread
 * @param readThreads threads that reads run on
 * @param writeTimeout after which a write's outcome is reported as unknown
 * @param openTimeout longest wait for a space to be opened
 * @param idempotencyWindow how long answers are kept for retries
 * @param idempotencyKeysPerSpace most answers kept for one space
 * @param snapshotEvery events between two snapshots
 * @param idleTimeout after which an unused space leaves memory
 * @param maxOpen most spaces held in memory
 * @param embeddingsInFlightPerSpace texts of one space that may wait for the model
 */
public record SpaceSettings(
        int maxContentBytes,
        int maxDimension,
        int maxBatchCommands,
        int maxBatchBytes,
        int writesInFlightPerSpace,
        int writesInFlight,
        int readsWaiting,
        int readThreads,
        Duration writeTimeout,
        Duration openTimeout,
        Duration idempotencyWindow,
        int idempotencyKeysPerSpace,
        int snapshotEvery,
        Duration idleTimeout,
        int maxOpen,
        int embeddingsInFlightPerSpace) {

    /** What a careful operator would start with. */
    public static final SpaceSettings DEFAULTS = new SpaceSettings(
            100_000,
            4096,
            256,
            4 << 20,
            1024,
            8192,
            1024,
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofHours(24),
            100_000,
            5_000,
            Duration.ofMinutes(5),
            10_000,
            16);

    public SpaceSettings {
        requirePositive(maxContentBytes, "maxContentBytes");
        requirePositive(maxDimension, "maxDimension");
        requirePositive(maxBatchCommands, "maxBatchCommands");
        requirePositive(maxBatchBytes, "maxBatchBytes");
        requirePositive(writesInFlightPerSpace, "writesInFlightPerSpace");
        requirePositive(writesInFlight, "writesInFlight");
        requirePositive(readsWaiting, "readsWaiting");
        requirePositive(readThreads, "readThreads");
        requirePositive(idempotencyKeysPerSpace, "idempotencyKeysPerSpace");
        requirePositive(snapshotEvery, "snapshotEvery");
        requirePositive(maxOpen, "maxOpen");
        requirePositive(embeddingsInFlightPerSpace, "embeddingsInFlightPerSpace");
    }

    private static void requirePositive(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
