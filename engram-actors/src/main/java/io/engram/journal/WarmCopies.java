package io.engram.journal;

import io.engram.log.LogException;
import io.engram.log.LogStore;
import io.engram.log.format.Entry;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotId;
import io.engram.snapshot.WarmState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the logs add up to of which this node has a copy and no actor: kept up with what is committed, so that an actor that
 * takes over begins with it and reads only what came last.
 *
 * <p>A log becomes warm when something new of it is committed, or when somebody reads it here, and cools down when neither has
 * happened for a while. All of them together stay within a budget, counted in the bytes of the snapshots and entries they were
 * made of; beyond it those that nothing happened to for longest go first.
 *
 * <p>Only committed entries are ever in a warm copy, and those stay as they are under every later epoch; so it needs no proof
 * against the log, as a snapshot does.
 */
public final class WarmCopies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WarmCopies.class);
    /** What is committed meanwhile is read in one go. */
    private static final long GATHER_MS = 100;

    private static final int ENTRIES_AT_ONCE = 512;
    private static final long SWEEP_MS = 5_000;
    /** A copy for which there was no room is not made again at once, only to push out another one. */
    private static final long NO_ROOM_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long TAKEN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LogStore store;
    private final SnapshotArchive archive;
    private final SnapshotLoads loads;
    private final EngramJournal.PayloadCodec codec;
    private final WarmState.Kind kind;
    private final long budgetBytes;
    private final long idleNanos;
    private final Map<String, Copy> copies = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong warm = new AtomicLong();
    private final Counter taken;
    private final ScheduledExecutorService executor;

    /** A log of which this node has a copy. Guarded by itself, but for what is said to be otherwise. */
    private static final class Copy {
        final String log;
        /** Told by the shard, read by anybody. */
        volatile long committed;

        volatile long touchedNanos = System.nanoTime();
        volatile boolean scheduled;
        private @Nullable WarmState state;
        private long index;
        private long weight;
        private long refusedUntilNanos = touchedNanos;

        Copy(String log) {
            this.log = log;
        }
    }

    /**
     * What may be read of a copy.
     *
     * @param state what {@link WarmState#view} gave
     * @param index up to where it goes
     */
    public record View(Object state, long index) {}

    WarmCopies(
            LogStore store,
            SnapshotArchive archive,
            SnapshotLoads loads,
            EngramJournal.PayloadCodec codec,
            WarmState.Kind kind,
            long budgetBytes,
            Duration idle,
            MeterRegistry meters) {
        this.store = store;
        this.archive = archive;
        this.loads = loads;
        this.codec = codec;
        this.kind = kind;
        this.budgetBytes = budgetBytes;
        this.idleNanos = idle.toNanos();
        taken = Counter.builder("engram_cluster_warm_copies_taken_total")
                .description("Spaces that began with a warm copy when this node took them over")
                .register(meters);
        Gauge.builder("engram_cluster_warm_copies", warm, AtomicLong::get)
                .description("Spaces led by other nodes that this node keeps ready to be taken over")
                .register(meters);
        Gauge.builder("engram_cluster_warm_copies_bytes", bytes, AtomicLong::get)
                .description("Bytes of the snapshots and log entries that the warm copies were made of")
                .baseUnit("bytes")
                .register(meters);
        executor = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("engram-warm").daemon().factory());
        executor.scheduleWithFixedDelay(this::sweep, SWEEP_MS, SWEEP_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * Entries up to here are committed and on this node's disk. Returns at once. What is told of a log first says only where it
     * stands: it becomes warm with what is committed after that.
     */
    public void committed(String log, long index) {
        if (budgetBytes == 0) {
            return;
        }
        var copy = copies.get(log);
        if (copy == null) {
            var first = copies.computeIfAbsent(log, Copy::new);
            first.committed = Math.max(first.committed, index);
            return;
        }
        if (index > copy.committed) {
            copy.committed = index;
            copy.touchedNanos = System.nanoTime();
            schedule(copy);
        }
    }

    private void schedule(Copy copy) {
        if (!copy.scheduled) {
            copy.scheduled = true;
            try {
                executor.schedule(() -> keepUp(copy), GATHER_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // Closed.
            }
        }
    }

    /** The log is gone from this node's disk, or may begin anew with other entries. */
    public void dropped(String log) {
        var copy = copies.remove(log);
        if (copy != null) {
            synchronized (copy) {
                cool(copy);
            }
        }
    }

    private void keepUp(Copy copy) {
        copy.scheduled = false;
        try {
            synchronized (copy) {
                if (copies.get(copy.log) != copy || System.nanoTime() - copy.refusedUntilNanos < 0) {
                    return;
                }
                warmUp(copy);
                read(copy, ENTRIES_AT_ONCE);
                if (copy.index < copy.committed && !copy.scheduled) {
                    copy.scheduled = true;
                    executor.execute(() -> keepUp(copy));
                }
            }
            makeRoom();
        } catch (IOException | LogException e) {
            // Whoever opens the space meets the same, and deals with it.
            LOG.info("no warm copy of '{}' can be kept: {}", copy.log, e.getMessage());
            coolFor(copy, NO_ROOM_NANOS);
        } catch (RuntimeException e) {
            LOG.warn("no warm copy of '{}' can be kept", copy.log, e);
            coolFor(copy, NO_ROOM_NANOS);
        }
    }

    private void warmUp(Copy copy) throws IOException {
        if (copy.state != null) {
            return;
        }
        var found = loads.newest(copy.log, SnapshotSelectionCriteria.latest(), copy.committed);
        if (found.isPresent()) {
            var metadata = found.get().metadata();
            copy.state = kind.of(found.get().snapshot());
            copy.index = metadata.sequenceNr();
            copy.weight = size(copy.log, new SnapshotId(metadata.sequenceNr(), metadata.timestamp()));
        } else {
            copy.state = kind.empty();
            copy.index = 0;
            copy.weight = 0;
        }
        copy.touchedNanos = System.nanoTime();
        warm.incrementAndGet();
        bytes.addAndGet(copy.weight);
    }

    private long size(String log, SnapshotId id) throws IOException {
        var stored = archive.open(log, id);
        if (stored.isEmpty()) {
            return 0;
        }
        try (var file = stored.get()) {
            return file.bytes();
        }
    }

    private void read(Copy copy, long atMost) {
        var state = copy.state;
        if (state == null || copy.index >= copy.committed) {
            return;
        }
        store.read(copy.log, copy.index + 1, copy.committed, atMost, entry -> {
            if (entry.index() != copy.index + 1) {
                // The log was cut behind a newer snapshot.
                cool(copy);
                return false;
            }
            apply(copy, state, entry);
            return true;
        });
    }

    private void apply(Copy copy, WarmState state, Entry entry) {
        try {
            var frame = EventFrame.decode(entry.content());
            if (frame.isPresent()) {
                state.apply(codec.deserialize(frame.get().event()));
            }
        } catch (NotSerializableException | RuntimeException e) {
            // Nobody knows how much of it is in the state now.
            cool(copy);
            throw new IllegalStateException(
                    "log '%s', index %d: the event cannot be applied".formatted(copy.log, entry.index()), e);
        }
        copy.index = entry.index();
        copy.weight += entry.content().length;
        bytes.addAndGet(entry.content().length);
    }

    /**
     * Gives a copy away to the actor that leads the log from now on.
     *
     * @param last how far it may go
     */
    Optional<SelectedSnapshot> take(String log, long last) {
        var copy = copies.get(log);
        if (copy == null) {
            return Optional.empty();
        }
        WarmState state;
        long index;
        synchronized (copy) {
            state = copy.state;
            index = copy.index;
            var base = store.base(log).index();
            if (state != null) {
                cool(copy);
                // A look that is under way must not make it warm once more beside the actor.
                copy.refusedUntilNanos = System.nanoTime() + TAKEN_NANOS;
            }
            if (state == null || index == 0 || index > last || index < base) {
                return Optional.empty();
            }
        }
        taken.increment();
        state.notInSnapshot(index - newestSnapshot(log));
        return Optional.of(
                SelectedSnapshot.create(new SnapshotMetadata(log, index, System.currentTimeMillis()), state));
    }

    private long newestSnapshot(String log) {
        try {
            return archive.list(log).stream()
                    .mapToLong(SnapshotId::index)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * What is committed of a log as far as this node knows; made warm for it if need be. Blocks on the disk.
     *
     * @param committed up to where it is known to be
     * @throws LogException if the log cannot be read
     * @throws UncheckedIOException if its snapshots cannot
     */
    public View view(String log, long committed) {
        var copy = copies.computeIfAbsent(log, Copy::new);
        synchronized (copy) {
            copy.committed = Math.max(copy.committed, committed);
            copy.touchedNanos = System.nanoTime();
            try {
                for (var attempt = 0; attempt < 2; attempt++) {
                    warmUp(copy);
                    var before = -1L;
                    while (copy.state != null && copy.index < copy.committed && copy.index > before) {
                        before = copy.index;
                        read(copy, ENTRIES_AT_ONCE);
                    }
                    if (copy.state != null) {
                        return new View(copy.state.view(), copy.index);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("the snapshots of '%s' cannot be read".formatted(log), e);
            }
        }
        throw new IllegalStateException("the log of '%s' is being cut again and again".formatted(log));
    }

    private void coolFor(Copy copy, long nanos) {
        synchronized (copy) {
            copy.refusedUntilNanos = System.nanoTime() + nanos;
            cool(copy);
        }
    }

    /** To be called with the copy's lock held. */
    private void cool(Copy copy) {
        if (copy.state != null) {
            copy.state = null;
            warm.decrementAndGet();
            bytes.addAndGet(-copy.weight);
            copy.weight = 0;
        }
    }

    private void makeRoom() {
        while (bytes.get() > budgetBytes) {
            var oldest = copies.values().stream()
                    .filter(WarmCopies::isWarm)
                    .min(Comparator.comparingLong(copy -> copy.touchedNanos));
            if (oldest.isEmpty()) {
                return;
            }
            coolFor(oldest.get(), NO_ROOM_NANOS);
        }
    }

    boolean isWarm(String log) {
        var copy = copies.get(log);
        return copy != null && isWarm(copy);
    }

    private static boolean isWarm(Copy copy) {
        synchronized (copy) {
            return copy.state != null;
        }
    }

    private void sweep() {
        var now = System.nanoTime();
        for (var copy : copies.values()) {
            if (now - copy.touchedNanos > idleNanos) {
                synchronized (copy) {
                    cool(copy);
                }
            }
        }
        makeRoom();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
