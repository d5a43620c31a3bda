package io.engram.journal;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A Pekko event as the bytes of a record. Big-endian; a text is its length in bytes (4) and its UTF-8; an object is its
 * serializer's id (4), its manifest (a text), its length (4) and its bytes.
 *
 * <pre>
 * version (1)  kind (1: 0 nothing, 1 an event)
 * flags (1: 1 tags, 2 metadata)
 * writer's id (text)  event adapter's manifest (text)
 * the event (object)
 * tags: count (4), texts        if flagged
 * metadata (object)             if flagged
 * </pre>
 *
 * A record of the kind "nothing" stands where an event was refused because it could not be serialized: Pekko has spent
 * the sequence on it, and a log has no holes. When the event was written is the entry's own time.
 */
record EventFrame(
        String writerUuid, String adapterManifest, Payload event, List<String> tags, Optional<Payload> metadata) {
    private static final byte VERSION = 1;
    private static final byte NOTHING = 0;
    private static final byte EVENT = 1;
    private static final int TAGGED = 1;
    private static final int WITH_METADATA = 2;

    /** A serialized object. */
    record Payload(int serializerId, String manifest, byte[] bytes) {}

    static byte[] nothing() {
        return new byte[] {VERSION, NOTHING};
    }

    byte[] encode() {
        var bytes = new ByteArrayOutputStream(event.bytes().length + 128);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeByte(EVENT);
            out.writeByte((tags.isEmpty() ? 0 : TAGGED) | (metadata.isPresent() ? WITH_METADATA : 0));
            writeText(out, writerUuid);
            writeText(out, adapterManifest);
            writePayload(out, event);
            if (!tags.isEmpty()) {
                out.writeInt(tags.size());
                for (var tag : tags) {
                    writeText(out, tag);
                }
            }
            if (metadata.isPresent()) {
                writePayload(out, metadata.get());
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a record back; empty for "nothing".
     *
     * @throws IllegalArgumentException if the bytes are no frame of a known version
     */
    static Optional<EventFrame> decode(byte[] record) {
        try {
            var in = ByteBuffer.wrap(record);
            var version = in.get();
            if (version != VERSION) {
                throw new IllegalArgumentException(
                        "the event's frame has version %d, this program knows %d".formatted(version, VERSION));
            }
            var kind = in.get();
            if (kind == NOTHING) {
                return Optional.empty();
            }
            if (kind != EVENT) {
                throw new IllegalArgumentException("the event's frame has the unknown kind %d".formatted(kind));
            }
            var flags = in.get();
            var writerUuid = readText(in);
            var adapterManifest = readText(in);
            var event = readPayload(in);
            var tags = new ArrayList<String>();
            if ((flags & TAGGED) != 0) {
                for (var left = in.getInt(); left > 0; left--) {
                    tags.add(readText(in));
                }
            }
            var metadata =
                    (flags & WITH_METADATA) != 0 ? Optional.of(readPayload(in)) : Optional.<EventFrame.Payload>empty();
            return Optional.of(new EventFrame(writerUuid, adapterManifest, event, List.copyOf(tags), metadata));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("the event's frame is cut short", e);
        }
    }

    static void writePayload(DataOutputStream out, Payload payload) throws IOException {
        out.writeInt(payload.serializerId());
        writeText(out, payload.manifest());
        out.writeInt(payload.bytes().length);
        out.write(payload.bytes());
    }

    static Payload readPayload(ByteBuffer in) {
        return new Payload(in.getInt(), readText(in), readBytes(in));
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        var utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    private static String readText(ByteBuffer in) {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(ByteBuffer in) {
        var length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        var bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
