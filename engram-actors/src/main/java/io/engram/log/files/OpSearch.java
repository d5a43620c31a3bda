package io.engram.log.files;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds puts in bytes of which nothing else is certain: whatever parses as one (see {@link WriteBatch}) and passes its own
 * checks. Batch headers, damaged changes and deletes, which have nothing that could be checked, are passed over.
 */
final class OpSearch {
    /** Type, two lengths, the shortest key and the shortest value. */
    private static final int SHORTEST = 1 + 1 + 1 + 1 + 5;

    private final byte[] bytes;

    private OpSearch(byte[] bytes) {
        this.bytes = bytes;
    }

    /** All puts that are whole, in their order, without sequences. */
    static List<Op> in(byte[] bytes) {
        return new OpSearch(bytes).all();
    }

    private List<Op> all() {
        var found = new ArrayList<Op>();
        var position = 0;
        while (position + SHORTEST <= bytes.length) {
            var shape = shapeAt(position);
            if (shape.isEmpty()) {
                position++;
                continue;
            }
            var op = read(shape.get());
            if (op.isPresent()) {
                found.add(op.get());
            }
            // What is in a damaged value is not looked at if its length is right: it may hold anything, even bytes that
            // look
            // like a put.
            position =
                    op.isPresent() || isBoundary(shape.get().to()) ? shape.get().to() : position + 1;
        }
        return found;
    }

    private record Shape(int key, int keyBytes, int value, int to) {}

    private Optional<Shape> shapeAt(int position) {
        if (bytes[position] != WriteBatch.PUT) {
            return Optional.empty();
        }
        try {
            var buffer = ByteBuffer.wrap(bytes);
            buffer.position(position + 1);
            var keyBytes = Varints.length(buffer);
            var key = buffer.position();
            if (keyBytes == 0 || !SelfCheck.isKey(bytes[key], keyBytes)) {
                return Optional.empty();
            }
            buffer.position(key + keyBytes);
            var valueBytes = Varints.length(buffer);
            return Optional.of(new Shape(key, keyBytes, buffer.position(), buffer.position() + valueBytes));
        } catch (BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    private boolean isBoundary(int position) {
        return position == bytes.length
                || position + SHORTEST <= bytes.length
                        && shapeAt(position).flatMap(this::read).isPresent();
    }

    private Optional<Op> read(Shape shape) {
        var key = Arrays.copyOfRange(bytes, shape.key, shape.key + shape.keyBytes);
        var value = Arrays.copyOfRange(bytes, shape.value, shape.to);
        return SelfCheck.passes(key, value) ? Optional.of(Op.put(0, key, value)) : Optional.empty();
    }
}
