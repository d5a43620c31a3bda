package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A block of a table: keys in their order with values, then the places where a key stands in full ("restarts").
 *
 * <pre>
 * for each: bytes that the key shares with the one before (varint)  its other bytes (varint)  value's length (varint)
 *           the key's other bytes  the value
 * offset of each restart (4 each, little-endian)  their number (4)
 * </pre>
 *
 * In the file each block is followed by its compression (1, always 0 here) and a masked CRC-32C (4) over block and compression.
 */
final class Block {
    static final int TRAILER_BYTES = 1 + 4;

    private static final int RESTART_EVERY = 16;

    /** A key with its value, both as they stand in the block. */
    record Slot(byte[] key, byte[] value) {}

    private Block() {}

    static List<Slot> read(byte[] block) throws BadBytesException {
        var buffer = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        var restarts = block.length < 4 ? -1 : buffer.getInt(block.length - 4);
        if (restarts < 0 || restarts > block.length / 4 - 1) {
            throw new BadBytesException(0, "a block without the places of its keys");
        }
        buffer.limit(block.length - 4 - 4 * restarts);
        var slots = new ArrayList<Slot>();
        var before = new byte[0];
        try {
            while (buffer.hasRemaining()) {
                var shared = Varints.read(buffer);
                var others = Varints.length(buffer);
                var valueBytes = Varints.length(buffer);
                if (shared < 0 || shared > before.length || (long) others + valueBytes > buffer.remaining()) {
                    throw new BufferUnderflowException();
                }
                var key = Arrays.copyOf(before, (int) shared + others);
                buffer.get(key, (int) shared, others);
                var value = new byte[valueBytes];
                buffer.get(value);
                slots.add(new Slot(key, value));
                before = key;
            }
        } catch (BufferUnderflowException e) {
            throw new BadBytesException(0, "a block whose key %d cannot be read".formatted(slots.size() + 1));
        }
        return slots;
    }

    /** The changes in a data block. */
    static List<Op> ops(byte[] block) throws BadBytesException {
        var ops = new ArrayList<Op>();
        for (var slot : read(block)) {
            var key = InternalKey.of(slot.key());
            ops.add(
                    switch (key.type()) {
                        case WriteBatch.PUT -> Op.put(key.sequence(), key.user(), slot.value());
                        case WriteBatch.DELETE -> Op.delete(key.sequence(), key.user());
                        default -> throw new BadBytesException(0, "a key of unknown kind %d".formatted(key.type()));
                    });
        }
        return ops;
    }

    /**
     * An entry in a damaged block that passes its own checks.
     *
     * @param op with the sequence as found, which proves nothing
     * @param isCertain whether it stands right behind another such entry or at the block's beginning. If not, a delete of its key,
     *     which would stand there, may be among what is damaged
     */
    record Found(Op op, boolean isCertain) {}

    /**
     * The entries of a damaged block that pass their own checks. Each value says where it belongs, so the keys, which the damage
     * may have reached, are not needed.
     */
    static List<Found> entriesIn(byte[] damaged) {
        var found = new ArrayList<Found>();
        var buffer = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
        var behindLast = 0;
        for (var position = 0; position < damaged.length; ) {
            buffer.limit(damaged.length).position(position);
            var op = entryAt(buffer);
            if (op.isPresent()) {
                found.add(new Found(op.get(), position == behindLast));
                behindLast = buffer.position();
                position = behindLast;
            } else {
                position++;
            }
        }
        return found;
    }

    private static Optional<Op> entryAt(ByteBuffer buffer) {
        try {
            var shared = Varints.read(buffer);
            var others = Varints.length(buffer);
            var valueBytes = Varints.length(buffer);
            if (shared < 0
                    || shared + others != Keys.ENTRY_BYTES + InternalKey.TRAILER_BYTES
                    || others < InternalKey.TRAILER_BYTES
                    || valueBytes < EntryCodec.OVERHEAD_BYTES
                    || others + (long) valueBytes > buffer.remaining()) {
                return Optional.empty();
            }
            var trailer = buffer.getLong(buffer.position() + others - InternalKey.TRAILER_BYTES);
            var value = new byte[valueBytes];
            buffer.position(buffer.position() + others).get(value);
            var entry = EntryCodec.read(value);
            return Optional.of(Op.put(trailer >>> 8, Keys.entry(entry.log(), entry.index()), value));
        } catch (BufferUnderflowException | BadValueException e) {
            return Optional.empty();
        }
    }

    /** A data block of these changes, which must be in order. */
    static byte[] ofOps(List<Op> ops) {
        return write(
                ops.stream()
                        .map(op -> new Slot(
                                new InternalKey(
                                                op.key(),
                                                op.sequence(),
                                                op.isPut() ? WriteBatch.PUT : WriteBatch.DELETE)
                                        .bytes(),
                                op.value()))
                        .toList(),
                RESTART_EVERY);
    }

    /** An index block, in which every key stands in full. */
    static byte[] ofIndex(List<Slot> slots) {
        return write(slots, 1);
    }

    private static byte[] write(List<Slot> slots, int restartEvery) {
        var block = new ByteArrayOutputStream();
        var restarts = new ArrayList<Integer>();
        // LevelDB's readers want one restart even in an empty block.
        restarts.add(0);
        var before = new byte[0];
        for (var i = 0; i < slots.size(); i++) {
            var slot = slots.get(i);
            var shared = 0;
            if (i % restartEvery != 0) {
                var mismatch = Arrays.mismatch(before, slot.key());
                shared = mismatch < 0 ? before.length : mismatch;
            } else if (i > 0) {
                restarts.add(block.size());
            }
            Varints.write(block, shared);
            Varints.write(block, slot.key().length - shared);
            Varints.write(block, slot.value().length);
            block.write(slot.key(), shared, slot.key().length - shared);
            block.writeBytes(slot.value());
            before = slot.key();
        }
        var places = ByteBuffer.allocate(4 * restarts.size() + 4).order(ByteOrder.LITTLE_ENDIAN);
        restarts.forEach(places::putInt);
        block.writeBytes(places.putInt(restarts.size()).array());
        return block.toByteArray();
    }

    /** A block with its trailer, as it stands in the file. */
    static byte[] sealed(byte[] block) {
        var stored = ByteBuffer.allocate(block.length + TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        stored.put(block).put((byte) 0);
        return stored.putInt(Fragments.maskedSum(stored.array(), 0, block.length + 1))
                .array();
    }

    /** The block in its stored form. */
    static byte[] unsealed(byte[] stored) throws BadBytesException {
        var block = stored.length - TRAILER_BYTES;
        var buffer = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
        if (Fragments.maskedSum(stored, 0, block + 1) != buffer.getInt(block + 1)) {
            throw new BadBytesException(0, "the checksum of a block is wrong");
        }
        if (stored[block] != 0) {
            throw new BadBytesException(0, "a block is compressed, which this database never does");
        }
        return Arrays.copyOf(stored, block);
    }
}
