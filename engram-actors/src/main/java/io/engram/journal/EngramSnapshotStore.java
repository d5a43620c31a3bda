package io.engram.journal;

import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotId;
import io.engram.snapshot.SnapshotSink;
import io.engram.snapshot.SnapshotTidying;
import io.engram.snapshot.StreamedSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
    static final int STREAM = 2;

    private final JournalRuntime runtime;
    private final SnapshotArchive archive;
    private final SnapshotReports reports;
    private final EngramJournal.PayloadCodec codec;
    private final SnapshotLoads loads;
    private final Executor executor;
    private final SnapshotTidying tidying;
    private final EventLogs logs;

    /** Called by Pekko. */
    public EngramSnapshotStore() {
        var system = context().system();
        runtime = JournalRuntime.get(system);
        archive = runtime.snapshots();
        reports = runtime.snapshotReports();
        codec = runtime.codec();
        loads = runtime.loads();
        executor = system.dispatchers().lookup("engram.snapshot-store.io-dispatcher");
        tidying = runtime.tidying();
        logs = runtime.logs();
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        if (!logs.areReplicated()) {
            return run(() -> loads.newest(persistenceId, criteria, Long.MAX_VALUE));
        }
        return FutureConverters.asScala(logs.last(persistenceId)
                .thenCompose(last -> FutureConverters.asJava(run(() -> begin(persistenceId, criteria, last)))));
    }

    /** What is kept warm of the log, else its newest snapshot. */
    private Optional<SelectedSnapshot> begin(String log, SnapshotSelectionCriteria criteria, long last)
            throws IOException {
        var warm = runtime.warmCopies().flatMap(copies -> copies.take(log, Math.min(last, criteria.maxSequenceNr())));
        return warm.isPresent() ? warm : loads.newest(log, criteria, last);
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
                if (SnapshotLoads.matches(criteria, id)) {
                    archive.delete(persistenceId, id);
                }
            }
        });
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

    private static SnapshotId id(SnapshotMetadata metadata) {
        return new SnapshotId(metadata.sequenceNr(), metadata.timestamp());
    }
}
