package io.engram.log;

import java.io.IOException;
import java.nio.file.FileStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that changes logs. It takes whatever waits, up to a batch's bounds, checks each request against what
 * it knows of the log, forces all of it at once, and answers. While it forces, callers encode and queue the next batch.
 *
 * <p>It ends when it is closed, after what waits; or at once when a write fails, because nothing can be assumed of the
 * disk or of LevelDB's state after that.
 */
final class LogWriter {
    /** Requests without records (queries, truncations, drops) that may wait beyond the records' bound. */
    private static final int MAX_QUEUED_CONTROLS = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

    /** Receives what was removed logically, after that is durable. */
    interface Removals {
        /** A prefix of a log is gone, up to a sequence. */
        void truncated(long number, long from, long to);

        /** All records of a log are gone; completes the future when their space is free. */
        void dropped(long number, long from, long to, CompletableFuture<Void> freed);
    }

    private final LogStoreSettings settings;
    private final OrderedStore store;
    private final LogDirectory directory;
    private final Removals removals;
    private final LogMetrics metrics;
    private final FileStore fileStore;
    private final LinkedBlockingQueue<LogRequest> queue = new LinkedBlockingQueue<>();
    private final AtomicInteger queuedRecords;
    private final AtomicInteger queuedControls = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final CompletableFuture<LogFailedException> failed = new CompletableFuture<>();
    private final Thread thread;
    private long highestNumber;
    private volatile boolean closing;
    private volatile boolean full;
    private volatile @Nullable Throwable poison;
    private boolean ended;
    private @Nullable LogException endReason;

    LogWriter(
            LogStoreSettings settings,
            OrderedStore store,
            LogDirectory directory,
            long nextNumber,
            Removals removals,
            LogMetrics metrics,
            AtomicInteger queuedRecords,
            FileStore fileStore) {
        this.settings = settings;
        this.store = store;
        this.directory = directory;
        this.highestNumber = nextNumber - 1;
        this.removals = removals;
        this.metrics = metrics;
        this.queuedRecords = queuedRecords;
        this.fileStore = fileStore;
        this.thread = Thread.ofPlatform().daemon().name("engram-log-writer").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Reserves room in the queue, or says why there is none. Whoever reserved must {@link #submit} or {@link #release}. */
    void reserve(int records, long bytes) {
        if (records == 0) {
            if (queuedControls.incrementAndGet() > MAX_QUEUED_CONTROLS) {
                queuedControls.decrementAndGet();
                throw new LogOverloadedException("too many requests wait for the log");
            }
            return;
        }
        var waitingRecords = queuedRecords.addAndGet(records);
        var waitingBytes = queuedBytes.addAndGet(bytes);
        // One append alone always fits, however the record bound is set: otherwise it could never be written.
        if ((waitingRecords > settings.maxQueueRecords() && waitingRecords > records)
                || waitingBytes > settings.maxQueueBytes()) {
            release(records, bytes);
            throw new LogOverloadedException("%d records with %d bytes wait for the log already"
                    .formatted(waitingRecords - records, waitingBytes - bytes));
        }
    }

    void release(int records, long bytes) {
        if (records == 0) {
            queuedControls.decrementAndGet();
        } else {
            queuedRecords.addAndGet(-records);
            queuedBytes.addAndGet(-bytes);
        }
    }

    /** Queues a request for which room was reserved. */
    void submit(LogRequest request) {
        queue.add(request);
        // The writer may have ended between any check and the line above, and nobody else would answer.
        if (isEnded()) {
            drainWith(endReason());
        }
    }

    long queuedBytes() {
        return queuedBytes.get();
    }

    boolean full() {
        return full;
    }

    CompletableFuture<LogFailedException> failed() {
        return failed;
    }

    /** Somebody else's write to the database failed: this writer may write no more either. */
    void poison(Throwable reason) {
        poison = reason;
        thread.interrupt();
    }

    /** Finishes what waits and ends. */
    void close() {
        closing = true;
        thread.interrupt();
        var interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        var requests = new ArrayList<LogRequest>();
        LogRequest next = null;
        try {
            while (true) {
                var first = next == null ? take() : next;
                if (first == null) {
                    break;
                }
                requests.clear();
                next = gather(first, requests);
                checkPoison();
                process(requests);
            }
            end(null);
        } catch (Throwable e) {
            var reason = new LogFailedException(
                    "a write of the log failed; its outcome is unknown and nothing more is accepted: " + e, e);
            LOG.error(
                    "The log's writer has ended. Find out what is wrong with the disk, then start the node again.", e);
            end(reason);
            requests.forEach(request -> answerFailure(request, reason));
            if (next != null) {
                answerFailure(next, reason);
            }
            drainWith(reason);
            failed.complete(reason);
            return;
        }
        drainWith(new LogClosedException("the log is closed"));
    }

    /** The next request; null when closing and nothing waits. */
    private @Nullable LogRequest take() {
        while (true) {
            checkPoison();
            var waiting = queue.poll();
            if (waiting != null || closing) {
                return waiting;
            }
            try {
                return queue.take();
            } catch (InterruptedException e) {
                // Only closing and poisoning interrupt this thread, and both are looked at next.
                continue;
            }
        }
    }

    private void checkPoison() {
        var poisoned = poison;
        if (poisoned != null) {
            throw new IllegalStateException("removing records failed", poisoned);
        }
    }

    /** Fills a batch; returns a request that did not fit and opens the next one. */
    private @Nullable LogRequest gather(LogRequest first, List<LogRequest> requests) {
        requests.add(first);
        var records = first.records();
        var bytes = first.bytes();
        while (requests.size() < settings.maxBatchRecords()) {
            var next = queue.poll();
            if (next == null) {
                return null;
            }
            if (records > 0
                    && (records + next.records() > settings.maxBatchRecords()
                            || bytes + next.bytes() > settings.maxBatchBytes())) {
                return next;
            }
            requests.add(next);
            records += next.records();
            bytes += next.bytes();
        }
        return null;
    }

    private void process(List<LogRequest> requests) {
        var batch = new Batch();
        var refusals = new ArrayList<@Nullable LogException>(requests.size());
        var records = 0;
        var bytes = 0L;
        checkRoom();
        for (var request : requests) {
            var refusal = stage(request, batch);
            refusals.add(refusal);
            if (refusal == null) {
                records += request.records();
                bytes += request.bytes();
            }
        }
        if (!batch.isEmpty()) {
            var start = System.nanoTime();
            store.write(batch, settings.sync());
            metrics.forced(System.nanoTime() - start, records, bytes);
        }
        for (var i = 0; i < requests.size(); i++) {
            var refusal = refusals.get(i);
            if (refusal == null) {
                requests.get(i).handle().publish();
                answer(requests.get(i));
            } else {
                answerFailure(requests.get(i), refusal);
            }
        }
    }

    private @Nullable LogException stage(LogRequest request, Batch batch) {
        return switch (request) {
            case LogRequest.Append append -> stageAppend(append, batch);
            case LogRequest.Highest highest -> null;
            case LogRequest.Truncate truncate -> stageTruncate(truncate, batch);
            case LogRequest.Drop drop -> stageDrop(drop, batch);
        };
    }

    private @Nullable LogException stageAppend(LogRequest.Append append, Batch batch) {
        var handle = append.handle();
        if (handle.dropped) {
            return new StaleWriterException("log '%s' was dropped".formatted(handle.name));
        }
        if (append.first() != handle.stagedHigh + 1) {
            return new StaleWriterException("an append to log '%s' begins at sequence %d, but its last is %d"
                    .formatted(handle.name, append.first(), handle.stagedHigh));
        }
        if (full) {
            return new LogFullException(
                    "the log's file system has less than %d bytes free".formatted(settings.minFreeBytes()));
        }
        if (!handle.stagedBorn) {
            highestNumber = Math.max(highestNumber, handle.number);
            var name = Keys.name(handle.name);
            batch.put(name, Values.numbers(name, handle.number));
            batch.put(Keys.HEADER, Values.numbers(Keys.HEADER, highestNumber + 1));
            handle.stagedBorn = true;
        }
        var sequence = append.first();
        for (var value : append.values()) {
            batch.put(Keys.record(handle.number, sequence++), value);
        }
        handle.stagedHigh = sequence - 1;
        return null;
    }

    private @Nullable LogException stageTruncate(LogRequest.Truncate truncate, Batch batch) {
        var handle = truncate.handle();
        var to = Math.min(truncate.to(), handle.stagedHigh);
        if (handle.dropped || !handle.stagedBorn || to <= handle.stagedTruncated) {
            return null;
        }
        truncate.range().from = handle.stagedTruncated + 1;
        truncate.range().to = to;
        notePending(batch, handle.number, handle.stagedTruncated + 1, to);
        handle.stagedTruncated = to;
        var mark = Keys.mark(handle.number);
        batch.put(mark, Values.numbers(mark, to, handle.stagedHigh));
        return null;
    }

    private @Nullable LogException stageDrop(LogRequest.Drop drop, Batch batch) {
        var handle = drop.handle();
        if (handle.dropped || !handle.stagedBorn) {
            return null;
        }
        handle.dropped = true;
        batch.delete(Keys.name(handle.name));
        batch.delete(Keys.mark(handle.number));
        notePending(batch, handle.number, handle.stagedTruncated + 1, handle.stagedHigh);
        return null;
    }

    /** Notes that records up to here are still to be removed, so that a restart goes on with it. */
    private static void notePending(Batch batch, long number, long from, long to) {
        var pending = Keys.pending(number, to);
        batch.put(pending, Values.numbers(pending, from));
    }

    private void answer(LogRequest request) {
        var handle = request.handle();
        // Room is given back first: whoever is answered may want to write again at once.
        finish(request);
        switch (request) {
            case LogRequest.Append append -> append.result().complete(null);
            case LogRequest.Highest highest -> highest.result().complete(handle.dropped ? 0 : handle.stagedHigh);
            case LogRequest.Truncate truncate -> {
                if (truncate.range().to > 0) {
                    removals.truncated(handle.number, truncate.range().from, truncate.range().to);
                }
                truncate.result().complete(null);
            }
            case LogRequest.Drop drop -> {
                directory.forget(handle);
                removals.dropped(handle.number, handle.truncated() + 1, handle.high(), drop.result());
            }
        }
    }

    private void answerFailure(LogRequest request, LogException reason) {
        if (request.result().isDone()) {
            return;
        }
        if (request.records() > 0) {
            metrics.failed();
        }
        finish(request);
        request.result().completeExceptionally(reason);
    }

    private void finish(LogRequest request) {
        directory.unpin(request.handle());
        release(request.records(), request.bytes());
    }

    private void checkRoom() {
        if (settings.minFreeBytes() == 0) {
            return;
        }
        boolean nowFull;
        try {
            nowFull = fileStore.getUsableSpace() < settings.minFreeBytes();
        } catch (IOException e) {
            // Not knowing is no reason to refuse: the write itself will tell.
            nowFull = false;
        }
        if (nowFull && !full) {
            LOG.warn(
                    "Less than {} bytes are free for the log: appends are refused until there is room.",
                    settings.minFreeBytes());
        } else if (full && !nowFull) {
            LOG.info("There is room for the log again.");
        }
        full = nowFull;
    }

    private synchronized void end(@Nullable LogException reason) {
        ended = true;
        endReason = reason;
    }

    private synchronized boolean isEnded() {
        return ended;
    }

    private synchronized LogException endReason() {
        return endReason == null ? new LogClosedException("the log is closed") : endReason;
    }

    private void drainWith(LogException reason) {
        for (var request = queue.poll(); request != null; request = queue.poll()) {
            answerFailure(request, reason);
        }
    }
}
