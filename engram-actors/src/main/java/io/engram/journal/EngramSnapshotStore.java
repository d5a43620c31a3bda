package io.engram.journal;

import io.engram.log.LogDamagedException;
import io.engram.snapshot.DamagedSnapshotException;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotDecoder;
import io.engram.snapshot.SnapshotId;
import io.engram.snapshot.SnapshotSink;
import io.engram.snapshot.SnapshotSource;
import io.engram.snapshot.SnapshotTidying;
import io.engram.snapshot.StreamedSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * The Pekko Persistence snapshot store on files beside the log. Its settings are under {@code engram.snapshot-store}.
 *
 * <p>A {@link StreamedSnapshot} is acknowledged when it is taken, and written after that: Pekko lets an actor do nothing
 * while a snapshot of it is being saved. Whether it could be written shows in the log of events and in figures; the log
 * it stands for is removed only when it could. Anything else goes through Pekko's serialization and is acknowledged when
 * it is durable.
 *
 * <p>A damaged snapshot is passed over with a warning in favour of an older one, as long as the log still holds every
 * event since; where it does not, loading fails rather than bring back less than there was.
 *
 * <p>The content of a snapshot, big-endian:
 *
 * <pre>
 * kind (1): 0 an object, 1 metadata and an object, 2 a stream, 3 metadata and a stream
 * after 0 and 1: [metadata (object)] state (object), see {@link EventFrame}
 * after 2 and 3: length of what comes before the stream (4), [metadata (object)] manifest's length (4), manifest; stream
 * </pre>
 */
public final class EngramSnapshotStore extends SnapshotStore {
    static final int WITH_METADATA = 1;
    private static final int STREAM = 2;

    private final JournalRuntime runtime;
    private final SnapshotArchive archive;
    private final SnapshotReports reports;
    private final EngramJournal.PayloadCodec codec;
    private final Map<String, SnapshotDecoder> decoders;
    private final Executor executor;
    private final SnapshotTidying tidying;
    private final EventLogs logs;

    /** Called by Pekko. */
    public EngramSnapshotStore() {
        var system = context().system();
        var config = system.settings().config().getConfig("engram.snapshot-store");
        runtime = JournalRuntime.get(system);
        archive = runtime.snapshots();
        reports = runtime.snapshotReports();
        codec = new EngramJournal.PayloadCodec(system);
        decoders = SnapshotDecoders.load(
                config.getStringList("decoders"), getClass().getClassLoader());
        executor = system.dispatchers().lookup("engram.snapshot-store.io-dispatcher");
        tidying = runtime.tidying();
        logs = runtime.logs();
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        if (!logs.areReplicated()) {
            return run(() -> load(persistenceId, criteria, Long.MAX_VALUE));
        }
        return FutureConverters.asScala(logs.last(persistenceId)
                .thenCompose(last -> FutureConverters.asJava(run(() -> load(persistenceId, criteria, last)))));
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        if (snapshot instanceof StreamedSnapshot streamed) {
            logs.settle(metadata.persistenceId(), metadata.sequenceNr()).whenComplete((settled, failure) -> {
                if (failure == null) {
                    runtime.saves().offer(metadata.persistenceId(), () -> stream(metadata, streamed));
                } else {
                    reports.notSaved(metadata.persistenceId(), id(metadata), failure);
                }
            });
            return FutureConverters.asScala(CompletableFuture.<Void>completedFuture(null));
        }
        var saved = new CompletableFuture<Void>();
        executor.execute(() -> {
            try {
                var content = encode(metadata, snapshot);
                save(metadata, Position.of(metadata.sequenceNr()), sink -> sink.write(ByteBuffer.wrap(content)));
                saved.complete(null);
            } catch (Throwable e) {
                saved.completeExceptionally(e);
                return;
            }
            tidying.tidy(metadata.persistenceId());
        });
        return FutureConverters.asScala(saved);
    }

    private void stream(SnapshotMetadata metadata, StreamedSnapshot snapshot) {
        var log = metadata.persistenceId();
        try {
            var position = position(log, metadata.sequenceNr());
            save(metadata, position, sink -> {
                writeHead(metadata, snapshot.manifest(), sink);
                snapshot.write(position, sink);
            });
        } catch (Throwable e) {
            reports.notSaved(log, id(metadata), e);
            return;
        }
        logs.snapshotKept(log, metadata.sequenceNr());
        tidying.tidy(log);
    }

    private Position position(String log, long index) throws IOException {
        var position = SnapshotBindings.prefix(runtime.store(), logs).position(log, index);
        if (logs.areReplicated() && position.checksum() == 0) {
            throw new IOException("the log does not say any more what was at %d".formatted(index));
        }
        return position;
    }

    private void save(SnapshotMetadata metadata, Position position, SnapshotArchive.Content content)
            throws IOException {
        var bytes = archive.save(metadata.persistenceId(), position, metadata.timestamp(), content);
        reports.saved(metadata.persistenceId(), id(metadata), bytes);
    }

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        return runAction(() -> {
            // A time of 0 means "whichever has the sequence".
            for (var id : archive.list(metadata.persistenceId())) {
                if (id.index() == metadata.sequenceNr()
                        && (metadata.timestamp() == 0 || id.timestamp() == metadata.timestamp())) {
                    archive.delete(metadata.persistenceId(), id);
                }
            }
        });
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return runAction(() -> {
            for (var id : archive.list(persistenceId)) {
                if (matches(criteria, id)) {
                    archive.delete(persistenceId, id);
                }
            }
        });
    }

    /** @param proven up to where the log can prove that a snapshot is of it */
    private Optional<SelectedSnapshot> load(String persistenceId, SnapshotSelectionCriteria criteria, long proven)
            throws IOException {
        @Nullable IOException damage = null;
        for (var id : archive.list(persistenceId)) {
            if (!matches(criteria, id) || id.index() > proven) {
                continue;
            }
            checkCovered(persistenceId, criteria, id.index(), damage);
            try {
                var found = archive.load(persistenceId, id, (position, source) -> {
                    checkAgainstLog(persistenceId, position);
                    return decode(persistenceId, id, position, source);
                });
                if (found.isPresent()) {
                    return found;
                }
            } catch (DamagedSnapshotException e) {
                reports.foundDamaged(persistenceId, id, String.valueOf(e.getMessage()));
                damage = e;
            }
        }
        checkCovered(persistenceId, criteria, 0, damage);
        return Optional.empty();
    }

    /** The log must hold every entry since a snapshot, or since its beginning where there is none. */
    private void checkCovered(
            String persistenceId, SnapshotSelectionCriteria criteria, long index, @Nullable IOException damage) {
        var truncatedTo = runtime.store().base(persistenceId).index();
        if (truncatedTo > index && criteria.maxSequenceNr() >= truncatedTo) {
            throw new LogDamagedException(
                    persistenceId,
                    index + 1,
                    "%s, the events up to %d are gone, and the newest whole snapshot is of %d"
                            .formatted(
                                    damage == null ? "a snapshot is missing" : damage.getMessage(), truncatedTo, index),
                    damage);
        }
    }

    /**
     * A snapshot that says to which point of the log it belongs must belong to this log: otherwise the log has lost its end,
     * or another one was put in its place.
     */
    private void checkAgainstLog(String persistenceId, Position position) throws DamagedSnapshotException {
        if (position.checksum() == 0) {
            if (logs.areReplicated()) {
                throw new DamagedSnapshotException("it does not say at which point of the log it stands");
            }
            return;
        }
        var store = runtime.store();
        var last = store.last(persistenceId).toCompletableFuture().join().index();
        if (position.index() > last) {
            throw new LogDamagedException(
                    persistenceId,
                    last + 1,
                    "a snapshot covers the events up to %d, and the log ends at %d: its end is lost"
                            .formatted(position.index(), last),
                    null);
        }
        var point = store.point(persistenceId, position.index());
        if (point.isPresent() && point.get().checksum() != 0 && point.get().checksum() != position.checksum()) {
            throw new DamagedSnapshotException(
                    "it is of another log: the sum up to there is %016x, and the log's is %016x"
                            .formatted(position.checksum(), point.get().checksum()));
        }
    }

    private void writeHead(SnapshotMetadata metadata, String manifest, SnapshotSink sink) throws IOException {
        var head = new ByteArrayOutputStream();
        @Nullable Object extra = metadata.metadata().getOrElse(() -> null);
        try (var out = new DataOutputStream(head)) {
            if (extra != null) {
                EventFrame.writePayload(out, codec.serialize(extra));
            }
            var utf8 = manifest.getBytes(StandardCharsets.UTF_8);
            out.writeInt(utf8.length);
            out.write(utf8);
        }
        sink.write(ByteBuffer.allocate(1 + 4 + head.size())
                .put((byte) (STREAM | (extra != null ? WITH_METADATA : 0)))
                .putInt(head.size())
                .put(head.toByteArray())
                .flip());
    }

    private byte[] encode(SnapshotMetadata metadata, Object snapshot) throws IOException {
        var bytes = new ByteArrayOutputStream();
        @Nullable Object extra = metadata.metadata().getOrElse(() -> null);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(extra != null ? WITH_METADATA : 0);
            if (extra != null) {
                EventFrame.writePayload(out, codec.serialize(extra));
            }
            EventFrame.writePayload(out, codec.serialize(snapshot));
        }
        return bytes.toByteArray();
    }

    private SelectedSnapshot decode(String persistenceId, SnapshotId id, Position position, SnapshotSource source)
            throws IOException {
        var metadata = new SnapshotMetadata(persistenceId, id.index(), id.timestamp());
        var content = new PrefixedSource(source);
        var kind = content.take(1).get();
        if ((kind & ~(WITH_METADATA | STREAM)) != 0) {
            throw new NotSerializableException(
                    "a snapshot of the kind %d; was it written by a newer version?".formatted(kind));
        }
        try {
            var head = (kind & STREAM) == 0
                    ? content.rest()
                    : content.take(content.take(4).getInt());
            if ((kind & WITH_METADATA) != 0) {
                metadata = metadata.withMetadata(codec.deserialize(EventFrame.readPayload(head)));
            }
            if ((kind & STREAM) == 0) {
                return SelectedSnapshot.create(metadata, codec.deserialize(EventFrame.readPayload(head)));
            }
            var manifest = new byte[head.getInt()];
            head.get(manifest);
            var name = new String(manifest, StandardCharsets.UTF_8);
            var decoder = decoders.get(name);
            if (decoder == null) {
                throw new NotSerializableException(
                        "nobody here reads snapshots of the kind '%s'; were they written by a newer version?"
                                .formatted(name));
            }
            return SelectedSnapshot.create(metadata, decoder.read(position, content));
        } catch (BufferUnderflowException e) {
            throw new DamagedSnapshotException("its beginning is cut short");
        }
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

    private static boolean matches(SnapshotSelectionCriteria criteria, SnapshotId id) {
        return id.index() <= criteria.maxSequenceNr()
                && id.index() >= criteria.minSequenceNr()
                && id.timestamp() <= criteria.maxTimestamp()
                && id.timestamp() >= criteria.minTimestamp();
    }

    private static SnapshotId id(SnapshotMetadata metadata) {
        return new SnapshotId(metadata.sequenceNr(), metadata.timestamp());
    }
}
