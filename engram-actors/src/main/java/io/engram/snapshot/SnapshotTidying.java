package io.engram.snapshot;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Removes what newer snapshots make superfluous: older snapshots, and the beginning of the log.
 *
 * <p>Entries go only if two snapshots without damage cover them, the oldest kept one among them, so that one can be lost
 * without losing anything. Of what could go, the latest {@code history} stays: it is what a point in time can be
 * recalled from, and an incremental backup be made. Its length is taken back from the newest entry by the entries' own
 * times; a clock that jumps, and a space at rest for a year, remove nothing.
 */
public final class SnapshotTidying {
    private static final int FEWEST_GOOD = 2;
    private static final long TRUNCATION_TIMEOUT_SECONDS = 60;

    private final SnapshotArchive archive;
    private final int generations;
    private final Duration history;
    private final LogPrefix prefix;
    private final History times;
    private final SnapshotObserver observer;
    /** One log is tidied by one at a time. */
    private final Object[] locks = Stream.generate(Object::new).limit(64).toArray();

    /**
     * @param generations how many snapshots of a log are kept, at least 2; or 0 to keep all, and the whole log
     * @param history how much of the log is kept beyond what recovery needs; 0 for none
     */
    public SnapshotTidying(
            SnapshotArchive archive,
            int generations,
            Duration history,
            LogPrefix prefix,
            History times,
            SnapshotObserver observer) {
        if (generations < 0 || generations == 1) {
            throw new IllegalArgumentException("snapshots are kept in 0 or at least 2 generations");
        }
        this.archive = archive;
        this.generations = generations;
        this.history = history;
        this.prefix = prefix;
        this.times = times;
        this.observer = observer;
    }

    /** Tidies up after a snapshot was saved. What cannot be removed is told and stays. */
    public void tidy(String log) {
        if (generations == 0) {
            return;
        }
        synchronized (locks[Math.floorMod(log.hashCode(), locks.length)]) {
            tidyAlone(log);
        }
    }

    private void tidyAlone(String log) {
        try {
            var covered = prune(log);
            if (covered > 0) {
                truncate(log, Math.min(covered, beforeHistory(log)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            observer.notTidied(log, e);
        } catch (ExecutionException e) {
            observer.notTidied(log, e.getCause() == null ? e : e.getCause());
        } catch (IOException | TimeoutException | RuntimeException e) {
            observer.notTidied(log, e);
        }
    }

    /**
     * Removes the snapshots behind the newest good ones, and damaged ones where a newer one is good: they do not take the
     * place of a good one.
     *
     * @return up to which index every entry is covered by enough good snapshots; 0 for none
     */
    private long prune(String log) throws IOException {
        var good = 0;
        var oldest = 0L;
        var last = prefix.last(log);
        for (var id : archive.list(log)) {
            if (id.index() > last || isOfAnother(log, id)) {
                // It came from elsewhere, for when the log has come so far; until then the others cover the log.
                continue;
            }
            if (good == generations) {
                archive.delete(log, id);
                continue;
            }
            var damage = archive.damage(log, id);
            if (damage.isEmpty()) {
                good++;
                oldest = id.index();
            } else {
                observer.damaged(log, id, damage.get());
                if (good > 0) {
                    archive.delete(log, id);
                }
            }
        }
        return good >= FEWEST_GOOD ? oldest : 0;
    }

    /** Whether the log here says that the snapshot is not of it. */
    private boolean isOfAnother(String log, SnapshotId id) throws IOException {
        var said = archive.position(log, id).orElse(Position.of(id.index()));
        var known = prefix.position(log, id.index());
        return said.checksum() != 0 && known.checksum() != 0 && !said.equals(known);
    }

    /** The last index that is older than the history to be kept. */
    private long beforeHistory(String log) {
        if (history.isZero()) {
            return Long.MAX_VALUE;
        }
        var newest = times.newestTimeMicros(log);
        if (newest.isEmpty()) {
            return 0;
        }
        return times.firstIndexAtOrAfter(log, newest.getAsLong() - TimeUnit.MICROSECONDS.convert(history)) - 1;
    }

    private void truncate(String log, long to) throws InterruptedException, ExecutionException, TimeoutException {
        if (to > prefix.truncatedTo(log)) {
            prefix.truncate(log, to).toCompletableFuture().get(TRUNCATION_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }
}
