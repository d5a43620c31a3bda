package io.engram.log;

import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that forces changes of logs. Callers stage their changes into the batch that is being gathered, in the
 * order in which they get the lock; the thread takes that batch as soon as it is free, forces it, and answers. So the next
 * batch is encoded and gathered while one is being forced, and a lone write waits for nobody.
 *
 * <p>It ends when it is closed, after what waits; or at once when a write fails, because nothing can be assumed of the
 * disk or of LevelDB's state after that. A disk without room is the exception: then the database is opened anew once there
 * is room, and what it holds is the truth.
 */
final class LogWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
    private static final long ROOM_POLL_MILLIS = 250;
    /** Questions that may wait for a forced write; they take no room in it. */
    private static final int MAX_OBSERVERS = 65_536;
    /** A database that is found damaged again so soon after it was set right is not tried a third time. */
    private static final long REPAIR_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Receives what was removed logically, after that is durable. */
    interface Removals {
        /** A prefix of a log is gone, up to an index. */
        void truncated(long number, long from, long to);

        /** A log is gone with all its entries; completes the future when their space is free. */
        void dropped(LogHandle handle, long from, long to, CompletableFuture<Void> freed);
    }

    private final LogStoreSettings settings;
    private final OrderedStore store;
    private final LogDirectory directory;
    private final LogStaging staging;
    private final Removals removals;
    private final Quarantines quarantines;
    private final LogMetrics metrics;
    private final DiskRoom room;
    private final AtomicInteger queuedRecords;
    private final CompletableFuture<LogFailedException> failed = new CompletableFuture<>();
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final ArrayDeque<StagedBatch> waiting = new ArrayDeque<>();
    private @Nullable StagedBatch inFlight;
    private boolean closing;
    private Optional<LogException> suspended = Optional.empty();
    private @Nullable Throwable poison;
    private @Nullable LogException endReason;
    private volatile long queuedBytes;

    /** These are the writer's own. */
    private Values.Commit lastCommit;

    private long repairedAt = System.nanoTime() - REPAIR_PAUSE_NANOS;

    LogWriter(
            LogStoreSettings settings,
            OrderedStore store,
            LogDirectory directory,
            LogStaging staging,
            Removals removals,
            Quarantines quarantines,
            LogMetrics metrics,
            DiskRoom room,
            AtomicInteger queuedRecords) {
        this.settings = settings;
        this.store = store;
        this.directory = directory;
        this.staging = staging;
        this.removals = removals;
        this.quarantines = quarantines;
        this.metrics = metrics;
        this.room = room;
        this.queuedRecords = queuedRecords;
        this.lastCommit = directory.lastCommit();
        this.thread = Thread.ofPlatform().daemon().name("engram-log-writer").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /**
     * Stages changes for the next forced write. The pins of their handles are given back with the answer, or at once if this
     * throws.
     *
     * @throws LogException if they are refused; then nothing has happened
     */
    void submit(List<LogStaging.Prepared> changes, int records, long bytes, CompletableFuture<Void> result) {
        lock.lock();
        try {
            requireOpen();
            requireRoom(changes, records, bytes);
            var outcome = staging.check(changes);
            var batch = batchFor(records, bytes);
            outcome.into(batch);
            addWaiting(
                    batch,
                    new StagedBatch.Waiting(
                            changes.stream().map(LogStaging.Prepared::handle).toList(),
                            records,
                            bytes,
                            result,
                            () -> result.complete(null)));
        } finally {
            lock.unlock();
        }
    }

    /** Completes with a log's state after everything that was staged before. Takes over the pin. */
    void observe(LogHandle handle, CompletableFuture<LogState> result) {
        lock.lock();
        try {
            requireOpen();
            var last = waiting.isEmpty() ? inFlight : waiting.getLast();
            if (last != null) {
                if (last.waiting.size() > MAX_OBSERVERS) {
                    throw new LogOverloadedException("too many requests wait for the log");
                }
                last.addWaiting(new StagedBatch.Waiting(
                        List.of(handle), 0, 0, result, () -> result.complete(handle.published())));
                return;
            }
        } finally {
            lock.unlock();
        }
        var state = handle.published();
        directory.unpin(handle);
        result.complete(state);
    }

    private void requireOpen() {
        var reason = endReason;
        if (reason != null) {
            throw reason;
        }
        if (closing) {
            throw new LogClosedException("the log is closed");
        }
    }

    private void requireRoom(List<LogStaging.Prepared> changes, int records, long bytes) {
        refusal(changes.stream().anyMatch(LogWriter::grows)).ifPresent(refused -> {
            throw refused;
        });
        var present = queuedRecords.get();
        // One write alone always fits, however the record bound is set: otherwise it could never be written.
        if ((present > 0 && present + records > settings.maxQueueRecords())
                || queuedBytes + bytes > settings.maxQueueBytes()) {
            throw overloaded();
        }
    }

    private LogOverloadedException overloaded() {
        return new LogOverloadedException(
                "%d records with %d bytes wait for the log already".formatted(queuedRecords.get(), queuedBytes));
    }

    private static boolean grows(LogStaging.Prepared change) {
        return change instanceof LogStaging.Prepared.Append
                || change instanceof LogStaging.Prepared.Mend
                || change instanceof LogStaging.Prepared.Cell cell && cell.value() != null;
    }

    private Optional<LogException> refusal(boolean grows) {
        if (suspended.isPresent()) {
            return suspended;
        }
        var refused = grows ? room.isFull() : room.isExhausted();
        return refused
                ? Optional.of(new LogFullException("the log's file system is nearly full: " + room.describe()))
                : Optional.empty();
    }

    /** What an append would be refused with just now. */
    Optional<LogException> refusal() {
        lock.lock();
        try {
            var reason = endReason;
            if (reason != null) {
                return Optional.of(reason);
            }
            if (closing) {
                return Optional.of(new LogClosedException("the log is closed"));
            }
            var full = refusal(true);
            if (full.isPresent()) {
                return full;
            }
            if (queuedRecords.get() >= settings.maxQueueRecords() || queuedBytes >= settings.maxQueueBytes()) {
                return Optional.of(overloaded());
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private StagedBatch batchFor(int records, long bytes) {
        var last = waiting.peekLast();
        if (last == null || !last.hasRoomFor(records, bytes, settings)) {
            last = new StagedBatch(store.newBatch());
            waiting.add(last);
        }
        return last;
    }

    private void addWaiting(StagedBatch batch, StagedBatch.Waiting who) {
        batch.addWaiting(who);
        queuedRecords.addAndGet(who.records());
        queuedBytes += who.bytes();
        work.signal();
    }

    long queuedBytes() {
        return queuedBytes;
    }

    CompletableFuture<LogFailedException> failed() {
        return failed;
    }

    /** Somebody else's write to the database failed: this writer may write no more either. */
    void poison(Throwable reason) {
        lock.lock();
        try {
            poison = reason;
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Finishes what waits and ends. */
    void close() {
        lock.lock();
        try {
            closing = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        Threads.joinUninterruptibly(thread);
    }

    private void run() {
        try {
            for (var batch = next(); batch != null; batch = next()) {
                write(batch);
            }
            end(new LogClosedException("the log is closed"));
        } catch (Throwable e) {
            LOG.error(
                    "The log's writer has ended. Find out what is wrong with the disk, then start the node again.", e);
            if (DatabaseException.isCorruption(e)) {
                directory.askForTableCheck();
            }
            var reason = new LogFailedException(
                    "a write of the log failed; its outcome is unknown and nothing more is accepted: " + e, e);
            end(reason);
            failed.complete(reason);
        }
    }

    /** The next batch, which is in flight then; null when closing and nothing waits. */
    private @Nullable StagedBatch next() {
        lock.lock();
        try {
            while (true) {
                var poisoned = poison;
                if (poisoned != null) {
                    throw new IllegalStateException("removing entries failed", poisoned);
                }
                var batch = waiting.poll();
                if (batch != null) {
                    inFlight = batch;
                    return batch;
                }
                if (closing) {
                    return null;
                }
                work.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void write(StagedBatch batch) {
        room.look();
        var refusal = batch.grows ? refusal(true) : Optional.<LogException>empty();
        if (refusal.isPresent()) {
            refuseAll(batch, refusal.get());
            return;
        }
        try {
            force(batch);
        } catch (RuntimeException e) {
            if (DatabaseException.isNoRoom(e)) {
                suspend(batch, e);
            } else if (DatabaseException.isCorruption(e) && System.nanoTime() - repairedAt > REPAIR_PAUSE_NANOS) {
                repair(batch, e);
            } else {
                throw e;
            }
            return;
        }
        List<StagedBatch.Waiting> answered;
        lock.lock();
        try {
            batch.after().forEach(LogHandle::publish);
            batch.heals.forEach(heal -> heal.apply(quarantines));
            inFlight = null;
            answered = List.copyOf(batch.waiting);
            // Room is given back first: whoever is answered may want to write again at once.
            answered.forEach(this::release);
        } finally {
            lock.unlock();
        }
        for (var removal : batch.removals) {
            if (removal.dropped()) {
                directory.forget(removal.handle());
                removals.dropped(removal.handle(), removal.from(), removal.to(), removal.freed());
            } else {
                removals.truncated(removal.handle().number, removal.from(), removal.to());
            }
        }
        answered.forEach(who -> who.answer().run());
    }

    private void force(StagedBatch batch) {
        try (batch) {
            if (batch.isEmpty()) {
                return;
            }
            var commit = new Values.Commit(lastCommit.number() + 1, lastCommit.own(), batch.touched());
            batch.changes.put(Keys.COMMIT, Values.commit(commit));
            var start = System.nanoTime();
            store.write(batch.changes, settings.sync());
            lastCommit = commit;
            metrics.forced(System.nanoTime() - start, batch.records, batch.bytes);
        }
    }

    private void release(StagedBatch.Waiting who) {
        who.pinned().forEach(directory::unpin);
        queuedRecords.addAndGet(-who.records());
        queuedBytes -= who.bytes();
    }

    /** Nothing of this batch, nor of those staged on top of it, will be written. */
    private void refuseAll(StagedBatch batch, LogException reason) {
        var refused = new ArrayList<>(unstage());
        refused.addAll(batch.waiting);
        batch.close();
        answerFailure(refused, reason);
    }

    /** Forgets what is staged, the batch in flight included, and returns those who wait behind it. */
    private List<StagedBatch.Waiting> unstage() {
        var left = new ArrayList<StagedBatch.Waiting>();
        lock.lock();
        try {
            var begun = inFlight;
            if (begun != null) {
                unstage(begun);
                inFlight = null;
            }
            for (var batch = waiting.poll(); batch != null; batch = waiting.poll()) {
                unstage(batch);
                left.addAll(batch.waiting);
                batch.close();
            }
        } finally {
            lock.unlock();
        }
        return left;
    }

    private void unstage(StagedBatch batch) {
        batch.after().keySet().forEach(handle -> handle.staged = handle.published());
        batch.waiting.forEach(this::release);
    }

    /** The disk took no more. Waits until it does, and goes on from what is there. */
    private void suspend(StagedBatch batch, RuntimeException cause) {
        LOG.warn(
                "The log's disk takes no more ({}): writes are refused until there is room, reads go on.",
                cause.getMessage());
        interrupt(batch, cause, new LogFullException("the log's file system takes no more: " + room.describe()));
        if (awaitRoom()) {
            goOn();
            LOG.info("The log's disk takes writes again.");
        }
    }

    /** A compaction met damage, and LevelDB takes no more writes: has the damage taken out, and goes on without it. */
    private void repair(StagedBatch batch, RuntimeException cause) {
        LOG.error("The log's database met damage in its files ({}); it is opened anew without it.", cause.getMessage());
        directory.askForTableCheck();
        interrupt(batch, cause, new LogOverloadedException("the log's database is being opened anew"));
        goOn();
        repairedAt = System.nanoTime();
    }

    /** Writes nothing of what is staged: the batch's outcome is not known, and what waits behind it is refused. */
    private void interrupt(StagedBatch batch, RuntimeException cause, LogException behind) {
        lock.lock();
        try {
            suspended = Optional.of(behind);
        } finally {
            lock.unlock();
        }
        var refused = unstage();
        answerFailure(
                batch.waiting,
                new LogOutcomeUnknownException(
                        "whether this write is on the disk is not known: " + cause.getMessage(), cause));
        answerFailure(refused, behind);
    }

    private void goOn() {
        store.reopen();
        // First this: the notes are held against what was known before, which a lost tail falls short of.
        quarantines.load(store, directory);
        TailCheck.run(store, directory, quarantines);
        lock.lock();
        try {
            directory.reload(quarantines);
            lastCommit = directory.lastCommit();
            suspended = Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is room; not when closing. */
    private boolean awaitRoom() {
        lock.lock();
        try {
            while (!room.takesWrites()) {
                if (closing) {
                    return false;
                }
                work.await(ROOM_POLL_MILLIS, TimeUnit.MILLISECONDS);
            }
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the log's writer", e);
        } finally {
            lock.unlock();
        }
    }

    private void end(LogException reason) {
        lock.lock();
        try {
            endReason = reason;
        } finally {
            lock.unlock();
        }
        var begun = inFlight;
        var left = new ArrayList<StagedBatch.Waiting>();
        if (begun != null) {
            left.addAll(begun.waiting);
        }
        left.addAll(unstage());
        answerFailure(left, reason);
    }

    private void answerFailure(List<StagedBatch.Waiting> left, LogException reason) {
        for (var who : left) {
            if (who.records() > 0) {
                metrics.failed();
            }
            who.result().completeExceptionally(reason);
        }
    }
}
