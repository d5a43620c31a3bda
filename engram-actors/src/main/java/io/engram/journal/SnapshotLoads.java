package io.engram.journal;

import io.engram.log.LogDamagedException;
import io.engram.log.LogStore;
import io.engram.snapshot.DamagedSnapshotException;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotDecoder;
import io.engram.snapshot.SnapshotId;
import io.engram.snapshot.SnapshotSource;
import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.jspecify.annotations.Nullable;

/**
 * Loads snapshots, each held against its log. A damaged one is passed over in favour of an older one, as long as the log
 * still has every event since. Methods block on the disk, and are safe for any thread.
 */
final class SnapshotLoads {
    private final LogStore store;
    private final EventLogs logs;
    private final SnapshotArchive archive;
    private final SnapshotReports reports;
    private final EngramJournal.PayloadCodec codec;
    private final Map<String, SnapshotDecoder> decoders;

    SnapshotLoads(
            LogStore store,
            EventLogs logs,
            SnapshotArchive archive,
            SnapshotReports reports,
            EngramJournal.PayloadCodec codec,
            Map<String, SnapshotDecoder> decoders) {
        this.store = store;
        this.logs = logs;
        this.archive = archive;
        this.reports = reports;
        this.codec = codec;
        this.decoders = decoders;
    }

    /**
     * The newest good one.
     *
     * @param proven up to where the log can prove that a snapshot is of it
     * @throws LogDamagedException if the log lacks what no good snapshot covers
     */
    Optional<SelectedSnapshot> newest(String persistenceId, SnapshotSelectionCriteria criteria, long proven)
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
        var truncatedTo = store.base(persistenceId).index();
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

    private SelectedSnapshot decode(String persistenceId, SnapshotId id, Position position, SnapshotSource source)
            throws IOException {
        var metadata = new SnapshotMetadata(persistenceId, id.index(), id.timestamp());
        var content = new PrefixedSource(source);
        var kind = content.take(1).get();
        if ((kind & ~(EngramSnapshotStore.WITH_METADATA | EngramSnapshotStore.STREAM)) != 0) {
            throw new NotSerializableException(
                    "a snapshot of the kind %d; was it written by a newer version?".formatted(kind));
        }
        try {
            var head = (kind & EngramSnapshotStore.STREAM) == 0
                    ? content.rest()
                    : content.take(content.take(4).getInt());
            if ((kind & EngramSnapshotStore.WITH_METADATA) != 0) {
                metadata = metadata.withMetadata(codec.deserialize(EventFrame.readPayload(head)));
            }
            if ((kind & EngramSnapshotStore.STREAM) == 0) {
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

    static boolean matches(SnapshotSelectionCriteria criteria, SnapshotId id) {
        return id.index() <= criteria.maxSequenceNr()
                && id.index() >= criteria.minSequenceNr()
                && id.timestamp() <= criteria.maxTimestamp()
                && id.timestamp() >= criteria.minTimestamp();
    }
}
