package io.engram.replication;

/**
 * The bounds and times of replication.
 *
 * @param retryMicros after so long without an answer something is sent again
 * @param maxRetryMicros the longest pause that repeated failures lead to
 * @param leaseMicros length of a lease at the replica that gives it; 0: no leases, every read asks
 * @param clockRateError by how much a node's clock may be too fast or too slow, as a fraction of 1
 * @param maxMessageEntries the most entries in a message
 * @param maxMessageBytes the most bytes of entries in a message; a single larger entry goes alone
 * @param maxInFlightMessages the most unanswered messages with entries to one replica
 * @param maxInFlightBytes the most bytes in them
 * @param pageLogs the most logs in one list of tails or targets, and in one fetch
 * @param maxUncommittedEntries the most entries of a shard that may wait to be committed
 * @param maxUncommittedBytes the most bytes of them
 * @param windowBytes how much of what is committed is kept in memory for replicas that are a little behind
 * @param maxWaitingReads the most reads that may wait for a confirmation
 * @param commitNoticeMicros after so long a replica is told of a commit if nothing else is sent to it
 */
public record ReplicationSettings(
        long retryMicros,
        long maxRetryMicros,
        long leaseMicros,
        double clockRateError,
        int maxMessageEntries,
        long maxMessageBytes,
        int maxInFlightMessages,
        long maxInFlightBytes,
        int pageLogs,
        int maxUncommittedEntries,
        long maxUncommittedBytes,
        long windowBytes,
        int maxWaitingReads,
        long commitNoticeMicros) {
    private static final long MILLI = 1_000;
    private static final long KIB = 1024;

    public static final ReplicationSettings DEFAULTS = new ReplicationSettings(
            200 * MILLI,
            2_000 * MILLI,
            2_000 * MILLI,
            0.01,
            4_096,
            1_024 * KIB,
            8,
            4_096 * KIB,
            256,
            16_384,
            16_384 * KIB,
            4_096 * KIB,
            10_000,
            20 * MILLI);

    public ReplicationSettings {
        check(retryMicros >= 1 && maxRetryMicros >= retryMicros, "1 <= retryMicros <= maxRetryMicros");
        check(leaseMicros >= 0, "leaseMicros >= 0");
        check(clockRateError >= 0 && clockRateError < 0.5, "0 <= clockRateError < 0.5");
        check(maxMessageEntries >= 1 && maxMessageBytes >= 1, "a message holds something");
        check(maxInFlightMessages >= 1 && maxInFlightBytes >= maxMessageBytes, "a message may be in flight");
        check(pageLogs >= 1, "pageLogs >= 1");
        check(maxUncommittedEntries >= 1 && maxUncommittedBytes >= 1, "an entry may wait");
        check(windowBytes >= 0 && maxWaitingReads >= 1 && commitNoticeMicros >= 0, "bounds are not negative");
    }

    /** With other bounds of a message, and what may be on its way in so many of them. */
    public ReplicationSettings withMaxMessageBytes(long bytes) {
        return new ReplicationSettings(
                retryMicros,
                maxRetryMicros,
                leaseMicros,
                clockRateError,
                maxMessageEntries,
                bytes,
                maxInFlightMessages,
                Math.max(bytes, maxInFlightBytes),
                pageLogs,
                maxUncommittedEntries,
                maxUncommittedBytes,
                windowBytes,
                maxWaitingReads,
                commitNoticeMicros);
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
