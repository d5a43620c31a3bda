package io.engram.log.files;

import io.engram.log.files.Table.BlockAt;
import io.engram.log.files.Table.Place;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds the data blocks of a table whose index cannot be read. They stand one behind the other from the beginning of the file,
 * and a block shows its own end: behind its last key come as many restarts as its number of keys wants, and then a checksum that
 * is right. The first block without keys is the index of filters, behind which there are no more.
 */
final class TableScan {
    private static final int RESTART_EVERY = 16;
    private static final byte[] NOTHING = {};
    private static final byte[] BEHIND_ALL = {(byte) 0xFF, (byte) 0xFF};

    private final ByteBuffer file;
    private final List<BlockAt> blocks = new ArrayList<>();
    private byte[] last = NOTHING;

    private TableScan(byte[] file) {
        this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The blocks in order. What is between them and is none is among them, as a block with a wrong checksum. */
    static List<BlockAt> blocksIn(byte[] file) {
        var scan = new TableScan(file);
        scan.run();
        return scan.blocks;
    }

    /** @param ops empty for the index of filters */
    private record Found(int bytes, List<Op> ops) {}

    private void run() {
        var position = 0;
        while (position < file.capacity()) {
            var from = position;
            var found = blockAt(position);
            while (found.isEmpty() && ++position < file.capacity()) {
                found = blockAt(position);
            }
            var isLast = found.isEmpty() || found.get().ops().isEmpty();
            if (from < position) {
                addDamaged(
                        from,
                        position,
                        isLast ? BEHIND_ALL : found.get().ops().getFirst().key());
            }
            if (isLast) {
                return;
            }
            var block = found.get();
            var upTo = block.ops().getLast().key();
            blocks.add(new BlockAt(new Place(position, block.bytes()), last, upTo, NOTHING));
            last = upTo;
            position += block.bytes() + Block.TRAILER_BYTES;
        }
    }

    private void addDamaged(int from, int to, byte[] upTo) {
        blocks.add(new BlockAt(new Place(from, Math.max(0, to - from - Block.TRAILER_BYTES)), last, upTo, NOTHING));
        last = upTo;
    }

    private Optional<Found> blockAt(int position) {
        // The first key of a block stands in full. Without any the first thing is the first restart.
        if (file.get(position) != 0) {
            return Optional.empty();
        }
        var end = position;
        for (var keys = 0; end >= 0; end = behindKeyAt(end)) {
            var found = endingWith(position, end, keys++);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** Where the key with its value that stands here ends, or -1. */
    private int behindKeyAt(int position) {
        try {
            var buffer = file.duplicate().position(position);
            Varints.read(buffer);
            var key = Varints.length(buffer);
            var value = Varints.length(buffer);
            var end = buffer.position() + (long) key + value;
            return end <= file.capacity() ? (int) end : -1;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return -1;
        }
    }

    /** The block of so many keys that ends here, if it is one. */
    private Optional<Found> endingWith(int position, int end, int keys) {
        var restarts = Math.max(1, (keys + RESTART_EVERY - 1) / RESTART_EVERY);
        var behind = end + 4L * restarts + 4;
        if (behind + Block.TRAILER_BYTES > file.capacity()
                || file.getInt(end) != 0
                || file.getInt((int) behind - 4) != restarts) {
            return Optional.empty();
        }
        try {
            var block = Block.unsealed(Arrays.copyOfRange(file.array(), position, (int) behind + Block.TRAILER_BYTES));
            var ops = Block.ops(block);
            // The index of a table with a single block has the same shape, but holds places.
            return ops.stream().allMatch(op -> SelfCheck.isKey(op.key()))
                            && ops.stream()
                                    .filter(Op::isPut)
                                    .limit(1)
                                    .allMatch(op -> SelfCheck.passes(op.key(), op.value()))
                    ? Optional.of(new Found(block.length, ops))
                    : Optional.empty();
        } catch (BadBytesException e) {
            return Optional.empty();
        }
    }
}
