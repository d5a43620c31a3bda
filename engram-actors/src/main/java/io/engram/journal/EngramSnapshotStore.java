package io.engram.journal;

import io.engram.snapshot.SnapshotFiles;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * The Pekko Persistence snapshot store on files beside the log. Its settings are under {@code engram.snapshot-store}.
 *
 * <p>A damaged snapshot is passed over with a warning in favour of an older one, as long as the log still holds every
 * event since; where it does not, loading fails rather than bring back less than there was.
 */
public final class EngramSnapshotStore extends SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(EngramSnapshotStore.class);

    private final JournalRuntime runtime;
    private final EngramJournal.PayloadCodec codec;
    private final Executor executor;
    private final int generations;

    /** Called by Pekko. */
    public EngramSnapshotStore() {
        var system = context().system();
        runtime = JournalRuntime.get(system);
        codec = new EngramJournal.PayloadCodec(system);
        executor = system.dispatchers().lookup("engram.snapshot-store.io-dispatcher");
        generations = system.settings().config().getInt("engram.snapshot-store.keep-generations");
        if (generations < 0 || generations == 1) {
            throw new IllegalArgumentException("engram.snapshot-store.keep-generations must be 0, or at least 2");
        }
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return run(() -> load(persistenceId, criteria));
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        return runAction(() -> {
            runtime.snapshots().save(metadata.persistenceId(), id(metadata), encode(metadata, snapshot));
            if (generations > 0) {
                prune(metadata.persistenceId());
            }
        });
    }

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        return runAction(() -> {
            // A time of 0 means "whichever has the sequence".
            for (var id : runtime.snapshots().list(metadata.persistenceId())) {
                if (id.sequence() == metadata.sequenceNr()
                        && (metadata.timestamp() == 0 || id.timestamp() == metadata.timestamp())) {
                    runtime.snapshots().delete(metadata.persistenceId(), id);
                }
            }
        });
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return runAction(() -> {
            for (var id : runtime.snapshots().list(persistenceId)) {
                if (matches(criteria, id)) {
                    runtime.snapshots().delete(persistenceId, id);
                }
            }
        });
    }

    private Optional<SelectedSnapshot> load(String persistenceId, SnapshotSelectionCriteria criteria)
            throws IOException {
        IOException damage = null;
        for (var id : runtime.snapshots().list(persistenceId)) {
            if (!matches(criteria, id)) {
                continue;
            }
            if (damage != null) {
                checkCovered(persistenceId, id.sequence(), damage);
            }
            try {
                var bytes = runtime.snapshots().load(persistenceId, id);
                if (bytes.isPresent()) {
                    return Optional.of(decode(persistenceId, id, bytes.get()));
                }
            } catch (SnapshotFiles.DamagedSnapshotException e) {
                LOG.warn("{}; looking for an older one.", e.getMessage());
                damage = e;
            }
        }
        if (damage != null) {
            checkCovered(persistenceId, 0, damage);
        }
        return Optional.empty();
    }

    private void checkCovered(String persistenceId, long sequence, IOException damage) throws IOException {
        var truncatedTo = runtime.store().base(persistenceId).index();
        if (truncatedTo > sequence) {
            throw new IOException(
                    "%s, and without it '%s' cannot be recovered: the events up to %d are gone, and the newest whole snapshot is of %d"
                            .formatted(damage.getMessage(), persistenceId, truncatedTo, sequence),
                    damage);
        }
    }

    private void prune(String persistenceId) throws IOException {
        var ids = runtime.snapshots().list(persistenceId);
        for (var old : ids.subList(Math.min(generations, ids.size()), ids.size())) {
            runtime.snapshots().delete(persistenceId, old);
        }
    }

    private byte[] encode(SnapshotMetadata metadata, Object snapshot) throws IOException {
        var bytes = new ByteArrayOutputStream();
        @Nullable Object extra = metadata.metadata().getOrElse(() -> null);
        try (var out = new DataOutputStream(bytes)) {
            out.writeBoolean(extra != null);
            if (extra != null) {
                EventFrame.writePayload(out, codec.serialize(extra));
            }
            EventFrame.writePayload(out, codec.serialize(snapshot));
        }
        return bytes.toByteArray();
    }

    private SelectedSnapshot decode(String persistenceId, SnapshotFiles.Id id, byte[] bytes) throws IOException {
        var in = ByteBuffer.wrap(bytes);
        var metadata = new SnapshotMetadata(persistenceId, id.sequence(), id.timestamp());
        if (in.get() != 0) {
            metadata = metadata.withMetadata(codec.deserialize(EventFrame.readPayload(in)));
        }
        return SelectedSnapshot.create(metadata, codec.deserialize(EventFrame.readPayload(in)));
    }

    /** Something that blocks on files. */
    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private Future<Void> runAction(Action action) {
        var result = new CompletableFuture<Void>();
        executor.execute(() -> {
            try {
                action.run();
                result.complete(null);
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return FutureConverters.asScala(result);
    }

    private <T> Future<T> run(Callable<T> action) {
        var result = new CompletableFuture<T>();
        executor.execute(() -> {
            try {
                result.complete(action.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return FutureConverters.asScala(result);
    }

    private static boolean matches(SnapshotSelectionCriteria criteria, SnapshotFiles.Id id) {
        return id.sequence() <= criteria.maxSequenceNr()
                && id.sequence() >= criteria.minSequenceNr()
                && id.timestamp() <= criteria.maxTimestamp()
                && id.timestamp() >= criteria.minTimestamp();
    }

    private static SnapshotFiles.Id id(SnapshotMetadata metadata) {
        return new SnapshotFiles.Id(metadata.sequenceNr(), metadata.timestamp());
    }
}
