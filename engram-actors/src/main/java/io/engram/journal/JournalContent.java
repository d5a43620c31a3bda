package io.engram.journal;

import io.engram.snapshot.Cells;
import io.engram.snapshot.DamagedSnapshotException;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotSource;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What a persistent actor's log and snapshots hold, for tools that have no actor system to read and write them. */
public final class JournalContent {
    /**
     * An object as Pekko's serialization wrote it.
     *
     * @param serializerId of the serializer
     * @param manifest tells the serializer what it is
     */
    public record Stored(int serializerId, String manifest, byte[] bytes) {}

    /** @param index of the last entry that it covers */
    public record StoredSnapshot(long index, Stored state) {}

    private JournalContent() {}

    /**
     * The event in an entry's content; empty where one was refused.
     *
     * @throws IllegalArgumentException if it is no content of a known version
     */
    public static Optional<Stored> event(byte[] content) {
        return EventFrame.decode(content).map(frame -> stored(frame.event()));
    }

    /** The content of an entry for an event without tags, adapter and metadata. */
    public static byte[] contentOf(Stored event) {
        var payload = new EventFrame.Payload(event.serializerId(), event.manifest(), event.bytes());
        return new EventFrame("", "", payload, List.of(), Optional.empty()).encode();
    }

    /**
     * The newest snapshot of a log that is not damaged and is one object.
     *
     * @param folder where the snapshots are
     * @param cells what is kept with the log
     */
    public static Optional<StoredSnapshot> newestSnapshot(Path folder, String log, Map<String, byte[]> cells)
            throws IOException {
        var archive = new SnapshotArchive(folder, Optional.of(readOnly(cells)));
        for (var id : archive.list(log)) {
            try {
                var read = archive.load(log, id, (position, source) -> object(source));
                if (read.isPresent()) {
                    return Optional.of(new StoredSnapshot(id.index(), read.get()));
                }
            } catch (DamagedSnapshotException | BufferUnderflowException e) {
                // An older one is better than none.
                continue;
            }
        }
        return Optional.empty();
    }

    /** Removes the files of all snapshots of a log. */
    public static void deleteSnapshotFiles(Path folder, String log) throws IOException {
        new SnapshotArchive(folder, Optional.empty()).deleteAll(log);
    }

    private static Stored object(SnapshotSource source) throws IOException {
        var content = new PrefixedSource(source);
        var kind = content.take(1).get();
        if ((kind & ~EngramSnapshotStore.WITH_METADATA) != 0) {
            throw new DamagedSnapshotException("it is of the kind %d, and no object".formatted(kind));
        }
        var rest = content.rest();
        if ((kind & EngramSnapshotStore.WITH_METADATA) != 0) {
            EventFrame.readPayload(rest);
        }
        return stored(EventFrame.readPayload(rest));
    }

    private static Stored stored(EventFrame.Payload payload) {
        return new Stored(payload.serializerId(), payload.manifest(), payload.bytes());
    }

    private static Cells readOnly(Map<String, byte[]> cells) {
        return new Cells() {
            @Override
            public Optional<byte[]> get(String log, String name) {
                return Optional.ofNullable(cells.get(name));
            }

            @Override
            public List<String> names(String log) {
                return List.copyOf(cells.keySet());
            }

            @Override
            public CompletionStage<Void> put(String log, String name, byte[] value) {
                return CompletableFuture.failedStage(new UnsupportedOperationException("cells are only read here"));
            }

            @Override
            public CompletionStage<Void> remove(String log, String name) {
                return put(log, name, new byte[0]);
            }
        };
    }
}
