package io.engram.log;

import io.engram.health.HealthCheck;
import io.engram.log.format.EntryCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads everything back once in a while, slowly, so that damage is found while there is still somebody to heal it from.
 * What is damaged is quarantined by the reading itself.
 */
final class LogScrub {
    private static final Logger LOG = LoggerFactory.getLogger(LogScrub.class);
    private static final int LOGS_AT_ONCE = 1_000;
    private static final int ENTRIES_AT_ONCE = 256;
    private static final Duration AFTER_START = Duration.ofMinutes(1);

    private final LogStore store;
    private final LogMetrics metrics;
    private final Duration period;
    private final long bytesPerSecond;
    private final List<Scrubbed> others = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private boolean closing;
    private volatile @Nullable Pass lastPass;

    /** What a pass came to. */
    private record Pass(Instant ended, long bytes, long logs, long damaged) {}

    LogScrub(LogStore store, LogMetrics metrics, LogStoreSettings settings) {
        this.store = store;
        this.metrics = metrics;
        this.period = settings.scrubPeriod();
        this.bytesPerSecond = settings.scrubBytesPerSecond();
        this.thread = Thread.ofPlatform()
                .daemon()
                .priority(Thread.MIN_PRIORITY)
                .name("engram-log-scrub")
                .unstarted(this::run);
    }

    void start() {
        if (!period.isZero()) {
            thread.start();
        }
    }

    /** Reads this back, too, log by log. */
    void also(Scrubbed other) {
        others.add(other);
    }

    void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        Threads.joinUninterruptibly(thread);
    }

    HealthCheck health() {
        return HealthCheck.of("journal_scrub", "storage", () -> {
            var last = lastPass;
            if (last == null) {
                return HealthCheck.Result.healthy(
                        period.isZero() ? "the log is not read back" : "the log has not been read back yet");
            }
            var text = "%d logs with %d bytes were read back until %s, %d of them damaged"
                    .formatted(last.logs(), last.bytes(), last.ended(), last.damaged());
            return last.damaged() == 0 ? HealthCheck.Result.healthy(text) : HealthCheck.Result.degraded(text);
        });
    }

    private void run() {
        var pause = period.compareTo(AFTER_START) < 0 ? period : AFTER_START;
        while (sleep(pause)) {
            var start = System.nanoTime();
            try {
                if (!pass()) {
                    return;
                }
            } catch (LogClosedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("Reading the log back failed; the next try is in {}.", period, e);
            }
            pause = period.minusNanos(System.nanoTime() - start);
        }
    }

    /** Reads all logs once; whether it came to the end. */
    private boolean pass() {
        var pace = new Pace();
        var logs = 0L;
        var damaged = 0L;
        var after = "";
        List<String> names;
        do {
            names = store.logs("", after, LOGS_AT_ONCE);
            for (var name : names) {
                logs++;
                if (store.quarantined(name).isPresent()) {
                    damaged++;
                } else if (!read(name, pace) || !readOthers(name, pace)) {
                    return false;
                } else if (store.quarantined(name).isPresent()) {
                    damaged++;
                }
                after = name;
            }
        } while (names.size() == LOGS_AT_ONCE);
        lastPass = new Pass(Instant.now(), pace.bytes, logs, damaged);
        metrics.scrubbed();
        LOG.info("Read the log back: {} logs, {} bytes, {} logs damaged.", logs, pace.bytes, damaged);
        return true;
    }

    private boolean read(String log, Pace pace) {
        var next = 1L;
        while (true) {
            var seen = new int[1];
            try {
                next = store.read(log, next, Long.MAX_VALUE - 1, ENTRIES_AT_ONCE, entry -> {
                    seen[0]++;
                    pace.add(entry.content().length + EntryCodec.OVERHEAD_BYTES);
                    return true;
                });
            } catch (LogDamagedException | LogQuarantinedException e) {
                return true;
            }
            if (!pace.keep()) {
                return false;
            }
            if (seen[0] < ENTRIES_AT_ONCE) {
                return true;
            }
        }
    }

    /** Reads what is kept for a log elsewhere; whether to go on. */
    private boolean readOthers(String log, Pace pace) {
        for (var other : others) {
            try {
                other.readBack(log, bytes -> {
                    pace.add(bytes);
                    return pace.keep();
                });
            } catch (LogDamagedException | LogQuarantinedException e) {
                return true;
            }
        }
        return pace.keep();
    }

    /** How much was read, and how long that should have taken. */
    private final class Pace {
        private final long start = System.nanoTime();
        private long bytes;
        private long told;

        void add(long more) {
            bytes += more;
        }

        /** Waits until this was slow enough; whether to go on. */
        boolean keep() {
            metrics.scrubbedBytes(bytes - told);
            told = bytes;
            var due = Duration.ofNanos((long) (1e9 * bytes / bytesPerSecond));
            return sleep(due.minusNanos(System.nanoTime() - start));
        }
    }

    /** Whether to go on afterwards. */
    private synchronized boolean sleep(Duration duration) {
        var until = System.nanoTime() + duration.toNanos();
        try {
            for (var left = until - System.nanoTime(); left > 0 && !closing; left = until - System.nanoTime()) {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        } catch (InterruptedException e) {
            return false;
        }
        return !closing;
    }
}
