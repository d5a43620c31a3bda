package io.engram.log;

import io.engram.health.HealthCheck;
import io.engram.log.Values.BadValueException;
import io.engram.log.files.TornTail;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logs in one LevelDB database. This class reads and hands over; the writer writes, the cleaner removes. */
final class LevelLogStore implements LogStore {
    private static final Logger LOG = LoggerFactory.getLogger(LevelLogStore.class);

    private final LogStoreSettings settings;
    private final FolderLock lock;
    private final OrderedStore store;
    private final LogDirectory directory;
    private final LogWriter writer;
    private final LogCleaner cleaner;
    private final LogMetrics metrics;
    private final AtomicInteger queuedRecords = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    private LevelLogStore(
            LogStoreSettings settings, FolderLock lock, OrderedStore store, long nextNumber, MeterRegistry meters)
            throws IOException {
        this.settings = settings;
        this.lock = lock;
        this.store = store;
        directory = new LogDirectory(store, nextNumber);
        metrics = new LogMetrics(meters, queuedRecords);
        var writerOnFailure = new AtomicReference<LogWriter>();
        cleaner = new LogCleaner(
                store,
                settings.compactAfterBytes(),
                reason -> writerOnFailure.get().poison(reason));
        writer = new LogWriter(
                settings,
                store,
                directory,
                nextNumber,
                cleaner,
                metrics,
                queuedRecords,
                Files.getFileStore(settings.folder()));
        writerOnFailure.set(writer);
        writer.start();
        cleaner.start();
    }

    static LevelLogStore open(LogStoreSettings settings, MeterRegistry meters) {
        return open(settings, meters, UnaryOperator.identity());
    }

    /** Opens with something put between the log and its database. */
    static LevelLogStore open(LogStoreSettings settings, MeterRegistry meters, UnaryOperator<OrderedStore> between) {
        var folder = settings.folder();
        FolderLock lock = null;
        OrderedStore store = null;
        try {
            Files.createDirectories(folder);
            lock = FolderLock.take(folder);
            if (settings.nativeFolder().isPresent()) {
                NativeLibrary.unpackTo(settings.nativeFolder().get());
            }
            cutTornTails(folder);
            store = between.apply(LevelDb.open(folder, settings.writeBufferBytes()));
            var nextNumber = readHeader(store, folder);
            return new LevelLogStore(settings, lock, store, nextNumber, meters);
        } catch (IOException | RuntimeException | LinkageError e) {
            closeQuietly(store);
            closeQuietly(lock);
            if (e instanceof LogException known) {
                throw known;
            }
            throw new LogOpenException("the log in %s cannot be opened: %s".formatted(folder, e.getMessage()), e);
        }
    }

    private static void cutTornTails(Path folder) throws IOException {
        var files = new ArrayList<Path>();
        TornTail.newestLog(folder).ifPresent(files::add);
        TornTail.manifest(folder).ifPresent(files::add);
        for (var file : files) {
            TornTail.cut(file)
                    .ifPresent(cut -> LOG.warn(
                            "{} ended in a half-written record, as a killed process leaves it: dropped its {} bytes.",
                            cut.file(),
                            cut.droppedBytes()));
        }
    }

    /** Reads the next log number; a new folder gets its header and its guard first. */
    private static long readHeader(OrderedStore store, Path folder) {
        try {
            var header = store.get(Keys.HEADER);
            if (header.isPresent()) {
                return Values.numbers(Keys.HEADER, header.get(), 1)[0];
            }
        } catch (BadValueException e) {
            throw new LogOpenException(
                    "the header of the log in %s is damaged: %s".formatted(folder, e.getMessage()), e);
        }
        store.scan(new byte[0], Keys.GUARD, (key, value) -> {
            throw new LogOpenException("%s holds a database, but it is no log of Engram".formatted(folder), null);
        });
        var batch = new Batch();
        batch.put(Keys.HEADER, Values.numbers(Keys.HEADER, 1));
        batch.put(Keys.GUARD, Values.numbers(Keys.GUARD));
        store.write(batch, true);
        return 1;
    }

    @Override
    public CompletionStage<Void> append(String log, long firstSequence, List<byte[]> records) {
        checkName(log);
        if (firstSequence < 1 || records.isEmpty()) {
            throw new IllegalArgumentException("an append needs a positive sequence and at least one record");
        }
        var bytes = 0L;
        for (var record : records) {
            bytes += record.length + Values.RECORD_OVERHEAD_BYTES + Keys.RECORD_BYTES;
        }
        if (bytes > settings.maxQueueBytes()) {
            throw new IllegalArgumentException("an append of %d bytes is larger than the log takes, %d bytes"
                    .formatted(bytes, settings.maxQueueBytes()));
        }
        var total = bytes;
        var result = new CompletableFuture<Void>();
        return withPin(
                () -> Optional.of(directory.pinOrNumber(log)),
                result,
                CompletableFuture.allOf(),
                records.size(),
                total,
                handle -> {
                    var values = new ArrayList<byte[]>(records.size());
                    var sequence = firstSequence;
                    for (var record : records) {
                        values.add(Values.record(handle.number, sequence++, record));
                    }
                    return new LogRequest.Append(handle, firstSequence, values, total, result);
                });
    }

    @Override
    public CompletionStage<Long> highestSequence(String log) {
        checkName(log);
        var result = new CompletableFuture<Long>();
        return withPin(
                () -> directory.pin(log),
                result,
                CompletableFuture.completedStage(0L),
                0,
                0,
                handle -> new LogRequest.Highest(handle, result));
    }

    @Override
    public CompletionStage<Void> deleteTo(String log, long sequence) {
        checkName(log);
        var result = new CompletableFuture<Void>();
        return withPin(
                () -> directory.pin(log),
                result,
                CompletableFuture.allOf(),
                0,
                0,
                handle -> new LogRequest.Truncate(handle, sequence, new LogRequest.Range(), result));
    }

    @Override
    public CompletionStage<Void> drop(String log) {
        checkName(log);
        var result = new CompletableFuture<Void>();
        return withPin(
                () -> directory.pin(log),
                result,
                CompletableFuture.allOf(),
                0,
                0,
                handle -> new LogRequest.Drop(handle, result));
    }

    /**
     * Pins the log, makes the request and hands it to the writer, which gives the pin back with its answer.
     *
     * @param absent the answer for a log that does not exist
     */
    private <T> CompletionStage<T> withPin(
            Supplier<Optional<LogHandle>> pin,
            CompletableFuture<T> result,
            CompletionStage<T> absent,
            int records,
            long bytes,
            Function<LogHandle, LogRequest> make) {
        LogHandle handle = null;
        var submitted = false;
        try {
            if (closed.get()) {
                throw new LogClosedException("the log is closed");
            }
            var pinned = pin.get();
            if (pinned.isEmpty()) {
                return absent;
            }
            handle = pinned.get();
            writer.reserve(records, bytes);
            var reserved = true;
            try {
                var request = make.apply(handle);
                reserved = false;
                submitted = true;
                writer.submit(request);
            } finally {
                if (reserved) {
                    writer.release(records, bytes);
                }
            }
            return result.minimalCompletionStage();
        } catch (LogException e) {
            metrics.failed();
            return CompletableFuture.failedStage(e);
        } finally {
            if (handle != null && !submitted) {
                directory.unpin(handle);
            }
        }
    }

    @Override
    public long truncatedTo(String log) {
        return reading(log, 0L, LogHandle::truncated);
    }

    @Override
    public long read(String log, long from, long to, long max, RecordConsumer consumer) {
        return reading(log, Math.max(1, from), handle -> {
            var first = Math.max(Math.max(1, from), handle.truncated() + 1);
            var last = Math.min(to, handle.high());
            if (first > last || max < 1) {
                return first;
            }
            var scan = new RecordScan(handle, first, last, max, consumer);
            try {
                store.scan(Keys.record(handle.number, first), Keys.record(handle.number, last + 1), scan);
            } catch (LogException e) {
                throw e;
            } catch (DatabaseException e) {
                throw new LogDamagedException(log, scan.next(), "the database cannot read it: " + e.getMessage(), e);
            }
            return scan.end();
        });
    }

    /** Holds the records that a scan meets against what must be there. */
    private static final class RecordScan implements OrderedStore.Visitor {
        private final LogHandle handle;
        private final long last;
        private final RecordConsumer consumer;
        private long left;
        private long next;
        private boolean stopped;

        RecordScan(LogHandle handle, long first, long last, long max, RecordConsumer consumer) {
            this.handle = handle;
            this.next = first;
            this.last = last;
            this.left = max;
            this.consumer = consumer;
        }

        long next() {
            return next;
        }

        @Override
        public boolean visit(byte[] key, byte[] value) {
            var sequence = Keys.sequenceOf(key);
            checkNoneMissingBefore(sequence);
            byte[] payload;
            try {
                payload = Values.payload(value, handle.number, sequence);
            } catch (BadValueException e) {
                throw new LogDamagedException(handle.name, sequence, String.valueOf(e.getMessage()), e);
            }
            next = sequence + 1;
            left--;
            if (!consumer.accept(sequence, payload) || left == 0) {
                stopped = true;
            }
            return !stopped;
        }

        long end() {
            if (!stopped) {
                checkNoneMissingBefore(last + 1);
                next = last + 1;
            }
            return next;
        }

        private void checkNoneMissingBefore(long sequence) {
            // Records may have been truncated, or the log dropped, since the scan began: those are not missing.
            if (next < sequence && !handle.dropped && handle.truncated() + 1 < sequence) {
                throw new LogDamagedException(
                        handle.name, Math.max(next, handle.truncated() + 1), "the record is missing", null);
            }
        }
    }

    @Override
    public Optional<byte[]> firstRecord(String log) {
        var found = new ArrayList<byte[]>(1);
        read(log, 1, Long.MAX_VALUE - 1, 1, (sequence, record) -> found.add(record));
        return found.stream().findFirst();
    }

    @Override
    public List<String> logs(String prefix, String after, int limit) {
        try {
            return directory.names(prefix, after, limit);
        } catch (DatabaseException e) {
            throw new LogDamagedException(prefix, 0, "the names cannot be read: " + e.getMessage(), e);
        }
    }

    private <T> T reading(String log, T absent, Function<LogHandle, T> action) {
        checkName(log);
        var handle = directory.pin(log);
        if (handle.isEmpty()) {
            return absent;
        }
        try {
            return action.apply(handle.get());
        } finally {
            directory.unpin(handle.get());
        }
    }

    @Override
    public long sizeOnDisk() {
        try (var files = Files.walk(settings.folder())) {
            return files.mapToLong(LevelLogStore::sizeOf).sum();
        } catch (IOException | UncheckedIOException e) {
            throw new LogOpenException("the size of %s cannot be read: %s".formatted(settings.folder(), e), e);
        }
    }

    /** LevelDB removes files at any time; one that is gone takes nothing. */
    private static long sizeOf(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public long queuedBytes() {
        return writer.queuedBytes();
    }

    @Override
    public HealthCheck health() {
        return HealthCheck.of("journal", "storage", () -> {
            if (writer.failed().isDone()) {
                return HealthCheck.Result.unhealthy(
                        String.valueOf(writer.failed().join().getMessage()));
            }
            if (closed.get()) {
                return HealthCheck.Result.unhealthy("the log is closed");
            }
            if (writer.full()) {
                return HealthCheck.Result.degraded(
                        "less than %d bytes are free: appends are refused".formatted(settings.minFreeBytes()));
            }
            return HealthCheck.Result.healthy(
                    "%d records with %d bytes wait for the disk".formatted(queuedRecords.get(), writer.queuedBytes()));
        });
    }

    @Override
    public CompletionStage<LogFailedException> failed() {
        return writer.failed().minimalCompletionStage();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        writer.close();
        cleaner.close();
        try {
            store.close();
        } finally {
            metrics.remove();
            closeQuietly(lock);
        }
    }

    private static void checkName(String log) {
        if (log.isEmpty() || log.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("a log's name has 1 to %d bytes of UTF-8".formatted(MAX_NAME_BYTES));
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable resource) {
        if (resource != null) {
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("Letting go of the log's folder failed.", e);
            }
        }
    }
}
