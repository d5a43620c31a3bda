package io.engram.log;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the log is kept.
 *
 * @param folder where the log lives; made if missing
 * @param nativeFolder where the native library is unpacked; it must allow execution. Empty: the JVM's temp folder
 * @param writeBufferBytes LevelDB's write buffer; larger means fewer and larger files, and a longer start after a crash
 * @param maxBatchRecords the most records that one forced write takes (a single larger append goes alone)
 * @param maxBatchBytes the most bytes that one forced write takes (a single larger append goes alone)
 * @param maxQueueRecords the most records that may wait for the writer
 * @param maxQueueBytes the most bytes that may wait for the writer; no append may be larger
 * @param minFreeBytes appends are refused while the file system has less room than this
 * @param compactAfterBytes after about so many bytes of truncated records their ranges are compacted
 * @param scrubPeriod how often everything is read back to find damage; zero: never
 * @param scrubBytesPerSecond how fast that is done at the most
 * @param sync whether writes are forced; {@code false} loses acknowledged writes on power loss and is for trials only
 */
public record LogStoreSettings(
        Path folder,
        Optional<Path> nativeFolder,
        int writeBufferBytes,
        int maxBatchRecords,
        int maxBatchBytes,
        int maxQueueRecords,
        long maxQueueBytes,
        long minFreeBytes,
        long compactAfterBytes,
        Duration scrubPeriod,
        long scrubBytesPerSecond,
        boolean sync) {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    public LogStoreSettings {
        check(
                writeBufferBytes >= 64 * KIB && writeBufferBytes <= 1024 * MIB,
                "writeBufferBytes must be 64 KiB to 1 GiB");
        check(maxBatchRecords >= 1 && maxBatchRecords <= 1_000_000, "maxBatchRecords must be 1 to 1,000,000");
        check(maxBatchBytes >= KIB && maxBatchBytes <= 512 * MIB, "maxBatchBytes must be 1 KiB to 512 MiB");
        check(maxQueueRecords >= maxBatchRecords, "maxQueueRecords must be at least maxBatchRecords");
        check(
                maxQueueBytes >= maxBatchBytes && maxQueueBytes <= 1024L * MIB,
                "maxQueueBytes must be at least maxBatchBytes and at most 1 GiB");
        check(minFreeBytes >= 0, "minFreeBytes must not be negative");
        check(compactAfterBytes >= 0, "compactAfterBytes must not be negative");
        check(!scrubPeriod.isNegative(), "scrubPeriod must not be negative");
        check(scrubBytesPerSecond >= 1, "scrubBytesPerSecond must be at least 1");
    }

    /** The defaults for a folder. */
    public static LogStoreSettings of(Path folder) {
        return new LogStoreSettings(
                folder,
                Optional.empty(),
                64 * MIB,
                4096,
                8 * MIB,
                65_536,
                64L * MIB,
                256L * MIB,
                64L * MIB,
                Duration.ofDays(7),
                16L * MIB,
                true);
    }

    public LogStoreSettings withNativeFolder(Path value) {
        return new LogStoreSettings(
                folder,
                Optional.of(value),
                writeBufferBytes,
                maxBatchRecords,
                maxBatchBytes,
                maxQueueRecords,
                maxQueueBytes,
                minFreeBytes,
                compactAfterBytes,
                scrubPeriod,
                scrubBytesPerSecond,
                sync);
    }

    public LogStoreSettings withWriteBufferBytes(int value) {
        return new LogStoreSettings(
                folder,
                nativeFolder,
                value,
                maxBatchRecords,
                maxBatchBytes,
                maxQueueRecords,
                maxQueueBytes,
                minFreeBytes,
                compactAfterBytes,
                scrubPeriod,
                scrubBytesPerSecond,
                sync);
    }

    public LogStoreSettings withMaxBatch(int records, int bytes) {
        return new LogStoreSettings(
                folder,
                nativeFolder,
                writeBufferBytes,
                records,
                bytes,
                maxQueueRecords,
                maxQueueBytes,
                minFreeBytes,
                compactAfterBytes,
                scrubPeriod,
                scrubBytesPerSecond,
                sync);
    }

    public LogStoreSettings withMaxQueue(int records, long bytes) {
        return new LogStoreSettings(
                folder,
                nativeFolder,
                writeBufferBytes,
                maxBatchRecords,
                maxBatchBytes,
                records,
                bytes,
                minFreeBytes,
                compactAfterBytes,
                scrubPeriod,
                scrubBytesPerSecond,
                sync);
    }

    public LogStoreSettings withMinFreeBytes(long value) {
        return new LogStoreSettings(
                folder,
                nativeFolder,
                writeBufferBytes,
                maxBatchRecords,
                maxBatchBytes,
                maxQueueRecords,
                maxQueueBytes,
                value,
                compactAfterBytes,
                scrubPeriod,
                scrubBytesPerSecond,
                sync);
    }

    public LogStoreSettings withCompactAfterBytes(long value) {
        return new LogStoreSettings(
                folder,
                nativeFolder,
                writeBufferBytes,
                maxBatchRecords,
                maxBatchBytes,
                maxQueueRecords,
                maxQueueBytes,
                minFreeBytes,
                value,
                scrubPeriod,
                scrubBytesPerSecond,
                sync);
    }

    public LogStoreSettings withScrub(Duration every, long bytesPerSecond) {
        return new LogStoreSettings(
                folder,
                nativeFolder,
                writeBufferBytes,
                maxBatchRecords,
                maxBatchBytes,
                maxQueueRecords,
                maxQueueBytes,
                minFreeBytes,
                compactAfterBytes,
                every,
                bytesPerSecond,
                sync);
    }

    public LogStoreSettings withSync(boolean value) {
        return new LogStoreSettings(
                folder,
                nativeFolder,
                writeBufferBytes,
                maxBatchRecords,
                maxBatchBytes,
                maxQueueRecords,
                maxQueueBytes,
                minFreeBytes,
                compactAfterBytes,
                scrubPeriod,
                scrubBytesPerSecond,
                value);
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
