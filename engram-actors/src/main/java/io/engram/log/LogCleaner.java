package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from the disk what was truncated and dropped, behind everybody's back. What is to be removed is noted in the
 * database by the same forced write that truncates or drops; the note goes only when the removal is durable, so a
 * restart finishes what was left.
 *
 * <p>Removals are written unforced and in small batches, so that the writer never waits long behind them. Compaction
 * costs a flush and a rewrite: it runs for every drop, because that promises space, and otherwise when enough has come
 * together.
 */
final class LogCleaner implements LogWriter.Removals {
    private static final Logger LOG = LoggerFactory.getLogger(LogCleaner.class);

    private static final int REMOVALS_IN_A_BATCH = 500;
    private static final int MAX_RANGES_COMPACTED = 64;
    private static final long COMPACT_AT_ONCE_BYTES = 32L * 1024 * 1024;
    private static final long ASSUMED_RECORD_BYTES = 512;
    private static final long ROOM_POLL_MILLIS = 500;

    /** A range of entries to remove, and who waits for its space. */
    private record Removal(long number, long from, long to, Optional<CompletableFuture<Void>> freed) {
        long records() {
            return to - from + 1;
        }
    }

    private final OrderedStore store;
    private final long compactAfterBytes;
    private final DiskRoom room;
    private final Quarantines quarantines;
    private final Consumer<Throwable> onFailure;
    private final Thread thread;
    /** Bounded by what the writer answered, one small entry each; guarded by this. */
    private final ArrayDeque<Removal> waiting = new ArrayDeque<>();

    private boolean closing;

    LogCleaner(
            OrderedStore store,
            long compactAfterBytes,
            DiskRoom room,
            Quarantines quarantines,
            Consumer<Throwable> onFailure) {
        this.store = store;
        this.compactAfterBytes = compactAfterBytes;
        this.room = room;
        this.quarantines = quarantines;
        this.onFailure = onFailure;
        this.thread = Thread.ofPlatform().daemon().name("engram-log-cleaner").unstarted(this::run);
    }

    /** Starts, with what an earlier run left. */
    void start() {
        var left = new ArrayList<Removal>();
        store.scan(Keys.start(Keys.PENDING_KIND), Keys.start(Keys.PENDING_KIND + 1), (key, value) -> {
            try {
                var from = Values.numbers(key, value, 1)[0];
                left.add(new Removal(Keys.numberOf(key), from, Keys.indexOf(key), Optional.empty()));
            } catch (BadValueException e) {
                LOG.warn("A note of entries to remove is damaged ({}); their space stays taken.", e.getMessage());
            }
            return true;
        });
        synchronized (this) {
            waiting.addAll(left);
        }
        thread.start();
    }

    @Override
    public void truncated(long number, long from, long to) {
        add(new Removal(number, from, to, Optional.empty()));
    }

    @Override
    public void dropped(LogHandle handle, long from, long to, CompletableFuture<Void> freed) {
        quarantines.remove(handle.name);
        add(new Removal(handle.number, from, to, Optional.of(freed)));
    }

    /** Stops after the batch or the compaction step at hand; the rest is for the next start. */
    void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        Threads.joinUninterruptibly(thread);
    }

    private synchronized void add(Removal removal) {
        if (closing) {
            removal.freed().ifPresent(freed -> freed.completeExceptionally(closed()));
            return;
        }
        waiting.add(removal);
        notifyAll();
    }

    private void run() {
        var uncompacted = new ArrayList<Removal>();
        try {
            while (true) {
                var removals = take();
                if (removals.isEmpty()) {
                    break;
                }
                // What was not finished stays in the list with those who wait for it.
                uncompacted.addAll(removals);
                for (var removal : removals) {
                    remove(removal);
                }
                if (worthCompacting(uncompacted) && !isClosing() && awaitRoom()) {
                    compact(uncompacted);
                    uncompacted.clear();
                }
            }
            fail(uncompacted, closed());
        } catch (RuntimeException e) {
            LOG.error("Removing entries from the log failed.", e);
            var reason = new LogFailedException("removing entries from the log failed: " + e, e);
            onFailure.accept(e);
            fail(uncompacted, reason);
            synchronized (this) {
                closing = true;
                fail(List.copyOf(waiting), reason);
                waiting.clear();
            }
        }
    }

    /** Everything that waits; nothing when closing. */
    private synchronized List<Removal> take() {
        while (waiting.isEmpty() && !closing) {
            try {
                wait();
            } catch (InterruptedException e) {
                // Nobody but closing ends this thread.
                continue;
            }
        }
        var taken = List.copyOf(waiting);
        waiting.clear();
        if (closing) {
            fail(taken, closed());
            return List.of();
        }
        return taken;
    }

    private void remove(Removal removal) {
        var index = removal.from();
        while (index <= removal.to() && !isClosing()) {
            var end = Math.min(removal.to(), index + REMOVALS_IN_A_BATCH - 1);
            try (var batch = store.newBatch()) {
                for (; index <= end; index++) {
                    batch.delete(Keys.entry(removal.number(), index));
                }
                if (!awaitRoom()) {
                    return;
                }
                store.write(batch, false);
            }
        }
    }

    /** Waits while the disk is too full for even this; not when closing. */
    private synchronized boolean awaitRoom() {
        while (room.isFull() && !closing) {
            try {
                wait(ROOM_POLL_MILLIS);
            } catch (InterruptedException e) {
                // Nobody but closing ends this thread.
                continue;
            }
        }
        return !closing;
    }

    private boolean worthCompacting(List<Removal> removals) {
        var bytes = 0L;
        for (var removal : removals) {
            if (removal.freed().isPresent()) {
                return true;
            }
            bytes += removal.records() * ASSUMED_RECORD_BYTES;
        }
        return bytes >= compactAfterBytes;
    }

    /** The largest ranges are rewritten; the compaction's flush makes the removal of the others durable, too. */
    private void compact(List<Removal> removals) {
        record Sized(Removal removal, long bytes) {}
        var largest = removals.stream()
                .map(removal -> new Sized(removal, store.approximateBytes(start(removal), end(removal))))
                .sorted(Comparator.comparingLong(Sized::bytes).reversed())
                .limit(MAX_RANGES_COMPACTED)
                .toList();
        for (var sized : largest) {
            var removal = sized.removal();
            // In steps, so that closing need not wait for the whole.
            var steps = Math.min(removal.records(), 1 + sized.bytes() / COMPACT_AT_ONCE_BYTES);
            var stepRecords = Math.ceilDiv(Math.max(1, removal.records()), Math.max(1, steps));
            for (var from = removal.from(); from <= removal.to(); from += stepRecords) {
                if (isClosing()) {
                    fail(removals, closed());
                    return;
                }
                var to = Math.min(removal.to(), from + stepRecords - 1);
                store.compact(Keys.entry(removal.number(), from), Keys.entry(removal.number(), to));
            }
        }
        try (var batch = store.newBatch()) {
            for (var removal : removals) {
                batch.delete(Keys.pending(removal.number(), removal.to()));
            }
            store.write(batch, false);
        }
        for (var removal : removals) {
            removal.freed().ifPresent(freed -> freed.complete(null));
        }
    }

    private synchronized boolean isClosing() {
        return closing;
    }

    private static byte[] start(Removal removal) {
        return Keys.entry(removal.number(), removal.from());
    }

    private static byte[] end(Removal removal) {
        return Keys.entry(removal.number(), removal.to());
    }

    private static LogClosedException closed() {
        return new LogClosedException("the log is closed; the space is freed after the next start");
    }

    private static void fail(List<Removal> removals, LogException reason) {
        removals.forEach(removal -> removal.freed().ifPresent(freed -> freed.completeExceptionally(reason)));
    }
}
