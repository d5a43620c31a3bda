package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What can be read of a damaged {@link Block} with changes. Its lengths lead from one key to the next, and a value vouches for
 * itself and for its key; so what is lost lies between two changes that are known, and mostly its key can be read. Nothing
 * vouches for deletes and for sequences: if all else is right, the damage is among them.
 */
final class BlockSalvage {
    /** A stretch of the block. */
    sealed interface Piece {}

    /**
     * A put whose value passes its own checks.
     *
     * @param op with the sequence as it stands there
     * @param isCertain whether it is known what stands before it; if not, that may be a delete of the same key
     */
    record Put(Op op, boolean isCertain) implements Piece {}

    /** A delete as it stands there. */
    record Delete(Op op) implements Piece {}

    /** A change that cannot be read, though its key can: without a value. */
    record Lost(Op op) implements Piece {}

    /** Bytes that nobody can read. */
    record Unknown() implements Piece {}

    private static final int RESTART_EVERY = 16;
    private static final int MOST_RESTARTS_TRIED = 64;
    private static final byte[] NOTHING = {};

    private final byte[] bytes;
    private final int end;
    private final List<Piece> pieces = new ArrayList<>();
    /** The key before, as it stands there with its trailer; the next one is stored by what it has in common with it. */
    private byte[] before = NOTHING;

    private boolean known = true;
    private int keys;

    private BlockSalvage(byte[] bytes, int end) {
        this.bytes = bytes;
        this.end = end;
    }

    /** The pieces in their order. */
    static List<Piece> of(byte[] block) {
        var said = block.length < 4
                ? 0
                : ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(block.length - 4);
        var first = withRestarts(block, said);
        if (first.isPresent() && first.get().fits(said)) {
            return first.get().result();
        }
        // The places of the keys may be what is damaged, or their number.
        for (var restarts = 1; restarts <= MOST_RESTARTS_TRIED; restarts++) {
            var other = withRestarts(block, restarts);
            if (other.isPresent() && other.get().fits(restarts)) {
                return other.get().result();
            }
        }
        return first.orElseGet(() -> parsed(block, block.length)).result();
    }

    private static Optional<BlockSalvage> withRestarts(byte[] block, int restarts) {
        var end = block.length - 4 - 4L * restarts;
        return restarts < 1 || end < 0 ? Optional.empty() : Optional.of(parsed(block, (int) end));
    }

    private static BlockSalvage parsed(byte[] block, int end) {
        var salvage = new BlockSalvage(block, end);
        salvage.parse();
        return salvage;
    }

    /** Whether so many places belong to so many keys, and the last key ends where they begin. */
    private boolean fits(int restarts) {
        return known && restarts == Math.max(1, Math.ceilDiv(keys, RESTART_EVERY));
    }

    private List<Piece> result() {
        var isLocated = pieces.stream().anyMatch(piece -> piece instanceof Lost || piece instanceof Unknown);
        return isLocated
                ? List.copyOf(pieces)
                : pieces.stream()
                        .map(piece -> piece instanceof Delete delete ? new Lost(delete.op()) : piece)
                        .toList();
    }

    /** A change by its lengths, whatever is in it. */
    private record Slot(byte[] key, InternalKey parts, byte[] value, int to) {
        boolean isPut() {
            return parts.type() == WriteBatch.PUT;
        }

        boolean isRight() {
            return isPut() && SelfCheck.passes(parts.user(), value);
        }

        /** Whether it may be a change that follows upon {@code before}. */
        boolean isPossible(byte[] before) {
            return SelfCheck.isKey(parts.user())
                    && (isPut() || parts.type() == WriteBatch.DELETE && value.length == 0)
                    && (before.length == 0
                            || Arrays.compareUnsigned(
                                            parts.user(),
                                            Arrays.copyOf(before, before.length - InternalKey.TRAILER_BYTES))
                                    >= 0);
        }

        Op op() {
            return isPut() ? Op.put(parts.sequence(), parts.user(), value) : Op.delete(parts.sequence(), parts.user());
        }
    }

    private void parse() {
        for (var position = 0; position < end; ) {
            var slot = slotAt(position, before);
            if (slot.isPresent() && (slot.get().isRight() || isWhole(slot.get()))) {
                position = take(slot.get());
                continue;
            }
            var entry = entryAt(position);
            if (entry.isPresent()) {
                position = take(entry.get());
            } else if (slot.isPresent() && slot.get().isPossible(before) && isFollowed(slot.get())) {
                pieces.add(new Lost(slot.get().op()));
                before = slot.get().key();
                keys++;
                position = slot.get().to();
            } else {
                position = next(position + 1);
                pieces.add(new Unknown());
                known = false;
            }
        }
    }

    /** A delete that stands where one can be. */
    private boolean isWhole(Slot slot) {
        return !slot.isPut() && known && slot.isPossible(before) && isFollowed(slot);
    }

    /** Whether the end or another change comes behind it. */
    private boolean isFollowed(Slot slot) {
        if (slot.to() == end) {
            return true;
        }
        return slotAt(slot.to(), slot.key())
                        .filter(next -> next.isRight() || next.isPossible(slot.key()))
                        .isPresent()
                || entryAt(slot.to()).isPresent();
    }

    private int take(Slot slot) {
        pieces.add(slot.isPut() ? new Put(slot.op(), known) : new Delete(slot.op()));
        before = slot.key();
        known = true;
        keys++;
        return slot.to();
    }

    /** The next place where a change stands that is right, or the end. */
    private int next(int from) {
        for (var position = from; position < end; position++) {
            if (slotAt(position, before).filter(Slot::isRight).isPresent()
                    || entryAt(position).isPresent()) {
                return position;
            }
        }
        return end;
    }

    private Optional<Slot> slotAt(int position, byte[] keyBefore) {
        try {
            var buffer = ByteBuffer.wrap(bytes, position, end - position).order(ByteOrder.LITTLE_ENDIAN);
            var shared = Varints.read(buffer);
            var others = Varints.length(buffer);
            var valueBytes = Varints.length(buffer);
            if (shared < 0
                    || shared > keyBefore.length
                    || shared + others <= InternalKey.TRAILER_BYTES
                    || (long) others + valueBytes > buffer.remaining()) {
                return Optional.empty();
            }
            var key = Arrays.copyOf(keyBefore, (int) shared + others);
            buffer.get(key, (int) shared, others);
            var parts = InternalKey.of(key);
            if (!SelfCheck.isKey(parts.user())) {
                return Optional.empty();
            }
            var value = new byte[valueBytes];
            buffer.get(value);
            return Optional.of(new Slot(key, parts, value, buffer.position()));
        } catch (BufferUnderflowException | BadBytesException e) {
            return Optional.empty();
        }
    }

    /** An entry, whose value says where it belongs, so that its key is not needed. */
    private Optional<Slot> entryAt(int position) {
        try {
            var buffer = ByteBuffer.wrap(bytes, position, end - position).order(ByteOrder.LITTLE_ENDIAN);
            var shared = Varints.read(buffer);
            var others = Varints.length(buffer);
            var valueBytes = Varints.length(buffer);
            if (shared < 0
                    || shared + others != Keys.ENTRY_BYTES + InternalKey.TRAILER_BYTES
                    || others < InternalKey.TRAILER_BYTES
                    || valueBytes < EntryCodec.OVERHEAD_BYTES
                    || (long) others + valueBytes > buffer.remaining()) {
                return Optional.empty();
            }
            var trailer = buffer.getLong(buffer.position() + others - InternalKey.TRAILER_BYTES);
            var value = new byte[valueBytes];
            buffer.position(buffer.position() + others).get(value);
            var entry = EntryCodec.read(value);
            var parts = new InternalKey(Keys.entry(entry.log(), entry.index()), trailer >>> 8, WriteBatch.PUT);
            return Optional.of(new Slot(parts.bytes(), parts, value, buffer.position()));
        } catch (BufferUnderflowException | BadValueException e) {
            return Optional.empty();
        }
    }
}
