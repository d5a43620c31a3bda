package io.engram.node;

import io.engram.health.HealthCheck;
import io.engram.health.HealthCheck.Result;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every few seconds how much room the log's file system has, and says so before it is too late: once in the log
 * each time a mark is crossed, always in the health report and the figures. It refuses nothing itself; the log does.
 */
final class DiskWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);

    /** Free and total bytes of a file system. */
    record Room(long freeBytes, long totalBytes) {
        static Room of(Path folder) throws IOException {
            var store = Files.getFileStore(folder);
            return new Room(store.getUsableSpace(), store.getTotalSpace());
        }
    }

    /** How to look. */
    interface Look {
        Room now() throws IOException;
    }

    private enum Level {
        ENOUGH,
        LITTLE,
        NONE,
        UNKNOWN
    }

    private final Look look;
    private final long warnFreeBytes;
    private final long minFreeBytes;
    private final ScheduledExecutorService thread;
    private volatile Room latest = new Room(0, 0);
    private volatile String trouble = "";
    private volatile Level level = Level.ENOUGH;

    /**
     * @param warnFreeBytes below it there is a warning; 0 for none
     * @param minFreeBytes below it the log refuses appends; 0 if it never does
     */
    DiskWatch(Look look, long warnFreeBytes, long minFreeBytes, MeterRegistry meters) {
        this.look = look;
        this.warnFreeBytes = Math.max(warnFreeBytes, minFreeBytes);
        this.minFreeBytes = minFreeBytes;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("engram-disk-watch").factory());
        Gauge.builder("engram_disk_free_bytes", this, watch -> watch.latest.freeBytes())
                .description("Room that the node may use on the file system of its log")
                .register(meters);
        Gauge.builder("engram_disk_total_bytes", this, watch -> watch.latest.totalBytes())
                .description("Size of the file system of the node's log")
                .register(meters);
        look();
    }

    void start() {
        var unused =
                thread.scheduleWithFixedDelay(this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Looks now. */
    final synchronized void look() {
        Level now;
        try {
            latest = look.now();
            now = latest.freeBytes() < minFreeBytes
                    ? Level.NONE
                    : latest.freeBytes() < warnFreeBytes ? Level.LITTLE : Level.ENOUGH;
        } catch (IOException | RuntimeException e) {
            trouble = e.toString();
            now = Level.UNKNOWN;
        }
        if (now == level) {
            return;
        }
        level = now;
        switch (now) {
            case ENOUGH -> LOG.info("there is room on the disk again: {}", figures());
            case LITTLE ->
                LOG.warn("the disk fills up: {}; below {} bytes writes are refused", figures(), minFreeBytes);
            case NONE -> LOG.warn("the disk is full: {}; writes are answered 507 until there is room", figures());
            case UNKNOWN -> LOG.warn("the room on the disk cannot be told: {}", trouble);
        }
    }

    private String figures() {
        var room = latest;
        return "%d of %d bytes are free (warn_free_bytes is %d, min_free_bytes is %d)"
                .formatted(room.freeBytes(), room.totalBytes(), warnFreeBytes, minFreeBytes);
    }

    HealthCheck health() {
        return HealthCheck.of("disk", "storage", () -> switch (level) {
            case ENOUGH -> Result.healthy(figures());
            case LITTLE -> Result.degraded("the disk fills up: " + figures());
            case NONE ->
                Result.unhealthyForWrites(
                        "writes are answered 507 and reads go on, because the disk is full: " + figures());
            case UNKNOWN -> Result.degraded("the room on the disk cannot be told: " + trouble);
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
