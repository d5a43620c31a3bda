package io.engram.space;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.engram.memory.EngineSnapshot;
import io.engram.memory.StoredMemory;
import io.engram.memory.image.ImageSource;
import io.engram.snapshot.Position;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Events and snapshots to bytes and back: CBOR of the {@link Wire} forms, each under a manifest {@code name/version};
 * snapshots of spaces are the exception, see {@link SpaceImages}. A version that was ever written is read for ever; fixtures of each version's bytes hold that promise.
 */
final class SpaceCodec {
    static final String CREATED = "space-created/1";
    static final String REMEMBERED = "remembered/1";
    static final String FOUND_DUPLICATE = "found-duplicate/1";
    static final String EMBEDDED = "embedded/1";
    static final String FORGOTTEN = "forgotten/1";
    static final String REGISTERED = "space-registered/1";
    static final String REMOVED = "space-removed/1";
    static final String PURGED = "space-purged/1";
    static final String SPACE_SNAPSHOT = "space-snapshot/1";
    static final String DIRECTORY_SNAPSHOT = "directory-snapshot/1";

    private static final CBORMapper MAPPER = mapper(CBORMapper.builder());
    private static final Map<Class<?>, ObjectReader> READERS = new HashMap<>();
    private static final ObjectWriter WRITER = MAPPER.writer();

    static {
        for (Class<?> form : Wire.class.getDeclaredClasses()) {
            READERS.put(form, MAPPER.readerFor(form));
        }
    }

    private SpaceCodec() {}

    private static CBORMapper mapper(MapperBuilder<CBORMapper, CBORMapper.Builder> builder) {
        return builder.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .build();
    }

    /** The same bytes for the same request, whatever order its metadata came in. */
    static byte[] canonical(RememberRequest request) {
        return write(List.of(
                Wire.WireBody.of(request.body()), request.overwrite(), request.deduplicate(), request.autoLink()));
    }

    static String manifest(Object value) {
        return switch (value) {
            case SpaceEvent.Created e -> CREATED;
            case SpaceEvent.Remembered e -> REMEMBERED;
            case SpaceEvent.FoundDuplicate e -> FOUND_DUPLICATE;
            case SpaceEvent.Embedded e -> EMBEDDED;
            case SpaceEvent.Forgotten e -> FORGOTTEN;
            case DirectoryEvent.Registered e -> REGISTERED;
            case DirectoryEvent.Removed e -> REMOVED;
            case DirectoryEvent.Purged e -> PURGED;
            case SpaceSnapshot s -> SPACE_SNAPSHOT;
            case SpaceImage s -> SpaceImages.MANIFEST;
            case DirectoryState.Snapshot s -> DIRECTORY_SNAPSHOT;
            default -> throw new IllegalArgumentException("no wire form for " + value.getClass());
        };
    }

    static byte[] encode(Object value) {
        // Streamed where the snapshot store can do that; other stores take it as a whole.
        return value instanceof SpaceImage image ? bytes(image) : write(form(value));
    }

    private static byte[] bytes(SpaceImage image) {
        var bytes = new ByteArrayOutputStream();
        try {
            image.write(Position.of(0), piece -> {
                var some = new byte[piece.remaining()];
                piece.get(some);
                bytes.writeBytes(some);
            });
        } catch (IOException e) {
            throw new IllegalStateException("cannot encode a snapshot", e);
        }
        return bytes.toByteArray();
    }

    private static Object form(Object value) {
        return switch (value) {
            case SpaceEvent.Created e -> new Wire.WireCreated(e.space().value(), e.incarnation(), e.at().toString());
            case SpaceEvent.Remembered e ->
                new Wire.WireRemembered(
                        Wire.WireMemory.of(e.memory()),
                        e.request().map(Wire.WireKey::of).orElse(null));
            case SpaceEvent.FoundDuplicate e ->
                new Wire.WireFoundDuplicate(
                        e.memoryId(), e.duplicateOf(), Wire.WireKey.of(e.request()), e.at().toString());
            case SpaceEvent.Embedded e ->
                new Wire.WireEmbedded(e.memoryId(), e.version(), Wire.WireVector.of(e.vector()), e.at().toString());
            case SpaceEvent.Forgotten e ->
                new Wire.WireForgotten(e.memoryId(), e.mode().name(), Wire.WireKey.of(e.request()), e.at().toString());
            case DirectoryEvent.Registered e -> entry(e.space(), e.incarnation(), e.at());
            case DirectoryEvent.Removed e -> entry(e.space(), e.incarnation(), e.at());
            case DirectoryEvent.Purged e -> entry(e.space(), e.incarnation(), e.at());
            case SpaceSnapshot s -> snapshot(s);
            case DirectoryState.Snapshot s ->
                new Wire.WireDirectory(
                        s.spaces().stream().map(Wire.WireDirectoryEntry::of).toList(),
                        s.toPurge().stream().map(Wire.WireDirectoryEntry::of).toList(),
                        s.lastIncarnation(),
                        s.lastTime().toString());
            default -> throw new IllegalArgumentException("no wire form for " + value.getClass());
        };
    }

    static Object decode(String manifest, byte[] bytes) throws NotSerializableException {
        return switch (manifest) {
            case CREATED -> {
                var w = read(Wire.WireCreated.class, bytes);
                yield new SpaceEvent.Created(new SpaceId(w.space()), w.incarnation(), Instant.parse(w.at()));
            }
            case REMEMBERED -> {
                var w = read(Wire.WireRemembered.class, bytes);
                yield new SpaceEvent.Remembered(
                        w.memory().toDomain(), Optional.ofNullable(w.request()).map(Wire.WireKey::toDomain));
            }
            case FOUND_DUPLICATE -> {
                var w = read(Wire.WireFoundDuplicate.class, bytes);
                yield new SpaceEvent.FoundDuplicate(
                        w.memory(), w.duplicateOf(), w.request().toDomain(), Instant.parse(w.at()));
            }
            case EMBEDDED -> {
                var w = read(Wire.WireEmbedded.class, bytes);
                yield new SpaceEvent.Embedded(
                        w.memory(), w.version(), w.vector().toDomain(), Instant.parse(w.at()));
            }
            case FORGOTTEN -> {
                var w = read(Wire.WireForgotten.class, bytes);
                yield new SpaceEvent.Forgotten(
                        w.memory(),
                        ForgetRequest.Mode.valueOf(w.mode()),
                        w.request().toDomain(),
                        Instant.parse(w.at()));
            }
            case REGISTERED -> {
                SpaceRecord s = read(Wire.WireDirectoryEntry.class, bytes).toDomain();
                yield new DirectoryEvent.Registered(s.id(), s.incarnation(), s.createdAt());
            }
            case REMOVED -> {
                SpaceRecord s = read(Wire.WireDirectoryEntry.class, bytes).toDomain();
                yield new DirectoryEvent.Removed(s.id(), s.incarnation(), s.createdAt());
            }
            case PURGED -> {
                SpaceRecord s = read(Wire.WireDirectoryEntry.class, bytes).toDomain();
                yield new DirectoryEvent.Purged(s.id(), s.incarnation(), s.createdAt());
            }
            case SpaceImages.MANIFEST -> restored(bytes);
            case SPACE_SNAPSHOT -> snapshot(read(Wire.WireSnapshot.class, bytes));
            case DIRECTORY_SNAPSHOT -> {
                var w = read(Wire.WireDirectory.class, bytes);
                var spaces = w.spaces().stream()
                        .map(Wire.WireDirectoryEntry::toDomain)
                        .toList();
                var toPurge = w.toPurge().stream()
                        .map(Wire.WireDirectoryEntry::toDomain)
                        .toList();
                yield w.lastTime() == null
                        ? new DirectoryState.Snapshot(spaces, toPurge, w.lastIncarnation())
                        : new DirectoryState.Snapshot(
                                spaces, toPurge, w.lastIncarnation(), Instant.parse(w.lastTime()));
            }
            default ->
                throw new NotSerializableException("this version of Engram does not know '" + manifest
                        + "'; was the data written by a newer one?");
        };
    }

    private static RestoredSpace restored(byte[] bytes) throws NotSerializableException {
        try {
            return SpaceImages.read(Position.of(0), ImageSource.of(bytes));
        } catch (IOException e) {
            throw damaged(SpaceImages.MANIFEST, e);
        }
    }

    private static Wire.WireDirectoryEntry entry(SpaceId space, long incarnation, Instant at) {
        return new Wire.WireDirectoryEntry(space.value(), incarnation, at.toString());
    }

    private static Wire.WireSnapshot snapshot(SpaceSnapshot s) {
        return new Wire.WireSnapshot(
                s.incarnation(),
                s.lastTime().toString(),
                s.engine().memories().stream()
                        .map(m -> new Wire.WireStored(
                                m.versions().stream().map(Wire.WireMemory::of).toList(),
                                m.suppressed(),
                                m.vector().map(Wire.WireVector::of).orElse(null)))
                        .toList(),
                s.engine().clientDimension(),
                s.answers().stream().map(Wire.WireAnswer::of).toList());
    }

    private static SpaceSnapshot snapshot(Wire.WireSnapshot w) {
        return new SpaceSnapshot(
                w.incarnation(),
                Instant.parse(w.lastTime()),
                new EngineSnapshot(
                        w.memories().stream()
                                .map(m -> new StoredMemory(
                                        m.versions().stream()
                                                .map(Wire.WireMemory::toDomain)
                                                .toList(),
                                        m.suppressed(),
                                        Optional.ofNullable(m.vector()).map(Wire.WireVector::toDomain)))
                                .toList(),
                        w.clientDimension()),
                w.answers().stream().map(Wire.WireAnswer::toDomain).toList());
    }

    private static byte[] write(Object form) {
        try {
            return WRITER.writeValueAsBytes(form);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot encode a " + form.getClass().getSimpleName(), e);
        }
    }

    private static <T> T read(Class<T> form, byte[] bytes) throws NotSerializableException {
        ObjectReader reader = READERS.get(form);
        if (reader == null) {
            throw new IllegalStateException("no reader for " + form);
        }
        try {
            T value = reader.readValue(bytes);
            if (value == null) {
                throw new NotSerializableException("an empty " + form.getSimpleName());
            }
            return value;
        } catch (IOException e) {
            throw damaged(form.getSimpleName(), e);
        }
    }

    private static NotSerializableException damaged(String what, IOException reason) {
        var failure = new NotSerializableException("a damaged " + what + ": " + reason.getMessage());
        failure.initCause(reason);
        return failure;
    }
}
