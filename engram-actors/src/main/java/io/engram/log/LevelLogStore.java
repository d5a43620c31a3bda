package io.engram.log;

import io.engram.health.HealthCheck;
import io.engram.health.Recovery;
import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs in one LevelDB database. This class prepares changes and reads on the callers' threads; {@link LogStaging}
 * holds changes against their logs, {@link LogWriter} forces them, {@link LogCleaner} frees space, {@link LogScrub} looks
 * for damage, and {@link FolderLock} keeps everybody else out.
 */
final class LevelLogStore implements LogStore {
    private static final Logger LOG = LoggerFactory.getLogger(LevelLogStore.class);

    private final LogStoreSettings settings;
    private final FolderLock lock;
    private final OrderedStore store;
    private final LogDirectory directory;
    private final Preparation preparation;
    private final Quarantines quarantines = new Quarantines();
    private final DiskRoom room;
    private final LogWriter writer;
    private final LogCleaner cleaner;
    private final LogScrub scrub;
    private final LogMetrics metrics;
    private final AtomicInteger queuedRecords = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final LogReads evenDamaged;

    private LevelLogStore(
            LogStoreSettings settings, FolderLock lock, OrderedStore store, long nextNumber, MeterRegistry meters)
            throws IOException {
        this.settings = settings;
        this.lock = lock;
        this.store = store;
        directory = new LogDirectory(store, settings.folder(), nextNumber);
        preparation = new Preparation(store, directory, quarantines);
        evenDamaged = new DamagedReads(store, directory, this::quarantine);
        metrics = new LogMetrics(meters, queuedRecords, quarantines);
        room = new DiskRoom(settings.folder(), settings.minFreeBytes());
        var writerOnFailure = new AtomicReference<LogWriter>();
        cleaner = new LogCleaner(
                store,
                settings.compactAfterBytes(),
                room,
                quarantines,
                reason -> writerOnFailure.get().poison(reason));
        writer = new LogWriter(
                settings,
                store,
                directory,
                new LogStaging(nextNumber, quarantines),
                cleaner,
                quarantines,
                metrics,
                room,
                queuedRecords);
        writerOnFailure.set(writer);
        scrub = new LogScrub(this, metrics, settings);
        quarantines.load(store, directory);
        TailCheck.run(store, directory, quarantines);
        writer.start();
        cleaner.start();
        scrub.start();
    }

    static LevelLogStore open(LogStoreSettings settings, MeterRegistry meters, Recovery recovery) {
        return open(settings, meters, recovery, UnaryOperator.identity());
    }

    /** Opens with something put between the log and its database. */
    static LevelLogStore open(LogStoreSettings settings, MeterRegistry meters, UnaryOperator<OrderedStore> between) {
        return open(settings, meters, new Recovery(), between);
    }

    private static LevelLogStore open(
            LogStoreSettings settings, MeterRegistry meters, Recovery recovery, UnaryOperator<OrderedStore> between) {
        var folder = settings.folder();
        FolderLock lock = null;
        OrderedStore store = null;
        try {
            Files.createDirectories(folder);
            lock = FolderLock.take(folder);
            if (settings.nativeFolder().isPresent()) {
                NativeLibrary.unpackTo(settings.nativeFolder().get());
            }
            LogFolder.create(folder, settings.writeBufferBytes());
            LogFolder.check(folder, recovery);
            LogFolder.requireRoom(folder);
            store = between.apply(
                    LevelDb.open(folder, settings.writeBufferBytes(), () -> LogFolder.check(folder, recovery)));
            var nextNumber = LogFolder.nextNumberOrRepaired(store, folder);
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

    // ---- writing ----

    @Override
    public CompletionStage<Void> write(List<LogChange> changes) {
        if (changes.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to write");
        }
        var bytes = 0L;
        var records = 0;
        for (var change : changes) {
            checkName(change.log());
            bytes += change.bytes();
            records += change.records();
        }
        if (bytes > settings.maxQueueBytes()) {
            throw new IllegalArgumentException("a write of %d bytes is larger than the log takes, %d bytes"
                    .formatted(bytes, settings.maxQueueBytes()));
        }
        return submit(changes, records, bytes, new CompletableFuture<>());
    }

    @Override
    public CompletionStage<Void> drop(String log) {
        checkName(log);
        var freed = new CompletableFuture<Void>();
        submit(List.of(new LogChange.Drop(log)), 1, LogChange.SMALL_CHANGE_BYTES, freed)
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        freed.completeExceptionally(failure);
                    }
                });
        return freed.minimalCompletionStage();
    }

    /** @param freed completes when the space of what is dropped is free */
    private CompletionStage<Void> submit(
            List<LogChange> changes, int records, long bytes, CompletableFuture<Void> freed) {
        var pinned = new ArrayList<LogHandle>();
        var result = new CompletableFuture<Void>();
        var submitted = false;
        try {
            requireOpen();
            var prepared = new ArrayList<LogStaging.Prepared>(changes.size());
            var healing = new HashSet<String>();
            for (var change : changes) {
                if (change.heals()) {
                    healing.add(change.log());
                }
                // What comes behind a change that may heal the log is held against what that leaves.
                var evenDamaged = healing.contains(change.log());
                if (!evenDamaged) {
                    quarantines.check(change.log());
                }
                preparation.of(change, evenDamaged, freed, pinned).ifPresent(prepared::add);
            }
            if (prepared.isEmpty()) {
                freed.complete(null);
                return CompletableFuture.completedStage(null);
            }
            writer.submit(prepared, records, bytes, result);
            submitted = true;
            // What was prepared takes its pin along; a handle that needed no change gives it back here.
            prepared.forEach(p -> pinned.remove(p.handle()));
            return result.minimalCompletionStage();
        } catch (LogDamagedException e) {
            metrics.failed();
            quarantine(e);
            return CompletableFuture.failedStage(e);
        } catch (LogException e) {
            metrics.failed();
            return CompletableFuture.failedStage(e);
        } finally {
            if (!submitted || !pinned.isEmpty()) {
                pinned.forEach(directory::unpin);
            }
        }
    }

    // ---- damage ----

    /** Takes a log out of use for what was met in it, and notes that for later starts. */
    private void quarantine(LogDamagedException damage) {
        var lost = quarantines.add(damage);
        if (lost.isEmpty()) {
            return;
        }
        if (damage.getCause() instanceof DatabaseException) {
            // Reading its neighbours' keys can bring a log here. The check knows whose they are, and writes the notes.
            directory.askForTableCheck();
            return;
        }
        try {
            directory.pinEvenDamaged(damage.log()).ifPresent(handle -> note(handle, lost));
        } catch (LogException e) {
            LOG.debug("The damage of log '{}' is met again at the next start: {}", damage.log(), e.getMessage());
        }
    }

    private void note(LogHandle handle, List<Values.Lost> lost) {
        try {
            writer.submit(
                    List.of(new LogStaging.Prepared.Damage(handle, lost)),
                    1,
                    LogChange.SMALL_CHANGE_BYTES,
                    new CompletableFuture<>());
        } catch (LogException e) {
            directory.unpin(handle);
            throw e;
        }
    }

    @Override
    public Optional<LogException> refusal() {
        return closed.get() ? Optional.of(new LogClosedException("the log is closed")) : writer.refusal();
    }

    @Override
    public List<Quarantine> quarantined() {
        return quarantines.all();
    }

    @Override
    public Optional<Quarantine> quarantined(String log) {
        return quarantines.of(log);
    }

    @Override
    public List<Values.Lost> lost(String log) {
        return quarantines.lost(log);
    }

    @Override
    public void onQuarantine(Consumer<Quarantine> listener) {
        quarantines.listen(listener);
    }

    // ---- reading ----

    @Override
    public CompletionStage<LogPoint> last(String log) {
        checkName(log);
        try {
            requireOpen();
            quarantines.check(log);
            var handle = directory.pin(log);
            if (handle.isEmpty()) {
                return CompletableFuture.completedStage(LogPoint.START);
            }
            var result = new CompletableFuture<LogState>();
            try {
                writer.observe(handle.get(), result);
            } catch (LogException e) {
                directory.unpin(handle.get());
                throw e;
            }
            return result.<LogPoint>thenApply(state -> state.dropped() ? LogPoint.START : state.last())
                    .minimalCompletionStage();
        } catch (LogDamagedException e) {
            quarantine(e);
            return CompletableFuture.failedStage(e);
        } catch (LogException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    @Override
    public LogPoint base(String log) {
        return reading(log, LogPoint.START, handle -> handle.published().base());
    }

    @Override
    public LogPoint end(String log) {
        return reading(log, LogPoint.START, handle -> handle.published().last());
    }

    @Override
    public Optional<LogPoint> point(String log, long index) {
        return reading(log, LogPoints.atStart(index), handle -> LogPoints.at(store, handle, index));
    }

    @Override
    public LogReads evenDamaged() {
        return evenDamaged;
    }

    @Override
    public long firstIndexAtOrAfter(String log, long timeMicros) {
        return reading(log, 1L, handle -> {
            var state = handle.published();
            var low = state.base().index() + 1;
            var high = state.last().index() + 1;
            while (low < high) {
                var middle = low + (high - low) / 2;
                var entry = EntryScan.entry(store, handle, middle);
                if (entry == null || entry.timeMicros() < timeMicros) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        });
    }

    @Override
    public Values.Meta meta(String log) {
        return reading(log, Values.Meta.NONE, handle -> handle.published().meta());
    }

    @Override
    public Optional<byte[]> cell(String log, String cell) {
        return reading(log, Optional.empty(), handle -> {
            var key = Keys.cell(handle.number, LogDirectory.utf8(cell));
            try {
                var value = store.get(key);
                if (value.isEmpty()) {
                    return Optional.empty();
                }
                var body = Values.unwrap(key, value.get());
                var bytes = new byte[body.remaining()];
                body.get(bytes);
                return Optional.of(bytes);
            } catch (BadValueException | DatabaseException e) {
                if (DatabaseException.isCorruption(e)) {
                    directory.askForTableCheck();
                }
                // A cell can be made again from the log, so that its loss is its owner's business.
                throw new DamagedCellException(log, cell, String.valueOf(e.getMessage()), e);
            }
        });
    }

    @Override
    public List<String> cells(String log) {
        return reading(
                log,
                List.of(),
                handle -> handle.published().cells().stream().sorted().toList());
    }

    @Override
    public long read(String log, long from, long to, long max, EntryConsumer consumer) {
        return reading(log, Math.max(1, from), handle -> EntryScan.read(store, handle, from, to, max, consumer));
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
        quarantines.check(log);
        try {
            var handle = directory.pin(log);
            if (handle.isEmpty()) {
                return absent;
            }
            try {
                return action.apply(handle.get());
            } finally {
                directory.unpin(handle.get());
            }
        } catch (LogDamagedException e) {
            quarantine(e);
            throw e;
        }
    }

    // ---- the whole ----

    @Override
    public long sizeOnDisk() {
        return LogFolder.size(settings.folder());
    }

    @Override
    public long queuedBytes() {
        return writer.queuedBytes();
    }

    @Override
    public List<HealthCheck> health() {
        var journal = HealthCheck.of("journal", "storage", () -> {
            if (writer.failed().isDone()) {
                return HealthCheck.Result.unhealthy(
                        String.valueOf(writer.failed().join().getMessage()));
            }
            return refusal()
                    .map(reason -> reason instanceof LogOverloadedException || reason instanceof LogFullException
                            ? HealthCheck.Result.degraded("writes are refused: " + reason.getMessage())
                            : HealthCheck.Result.unhealthy(String.valueOf(reason.getMessage())))
                    .orElseGet(() -> HealthCheck.Result.healthy("%d records with %d bytes wait for the disk; %s"
                            .formatted(queuedRecords.get(), writer.queuedBytes(), lastForced())));
        });
        return List.of(journal, scrub.health());
    }

    private String lastForced() {
        var last = metrics.lastForcedNanos();
        return last.isEmpty()
                ? "nothing was written since the start"
                : String.format(
                        Locale.ROOT,
                        "the last forced write was %.1f s ago",
                        (System.nanoTime() - last.getAsLong()) / 1e9);
    }

    @Override
    public void alsoScrub(Scrubbed other) {
        scrub.also(other);
    }

    @Override
    public CompletionStage<LogFailedException> failed() {
        return writer.failed().minimalCompletionStage();
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new LogClosedException("the log is closed");
        }
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        scrub.close();
        writer.close();
        cleaner.close();
        try {
            store.close();
        } finally {
            metrics.remove();
            closeQuietly(lock);
        }
    }

    static void checkName(String log) {
        if (log.isEmpty() || LogDirectory.utf8(log).length > MAX_NAME_BYTES) {
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
