package io.engram.log.files;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The changes of one write, as a record of a write-ahead log holds them:
 *
 * <pre>
 * sequence of the first change (8, little-endian)  number of changes (4, little-endian)
 * for each: 1  key's length (varint)  key  value's length (varint)  value      a put
 *           0  key's length (varint)  key                                      a delete
 * </pre>
 *
 * Each change has the sequence after the one before it.
 */
final class WriteBatch {
    static final int HEADER_BYTES = 8 + 4;
    static final byte PUT = 1;
    static final byte DELETE = 0;

    private WriteBatch() {}

    static List<Op> read(byte[] record) throws BadBytesException {
        if (record.length < HEADER_BYTES) {
            throw new BadBytesException(0, "a batch of %d bytes".formatted(record.length));
        }
        var buffer = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
        var sequence = buffer.getLong();
        var count = buffer.getInt();
        var ops = new ArrayList<Op>();
        try {
            while (buffer.hasRemaining()) {
                ops.add(op(buffer, sequence + ops.size()));
            }
        } catch (BufferUnderflowException e) {
            throw new BadBytesException(0, "a batch whose change %d is cut short".formatted(ops.size() + 1));
        }
        if (ops.size() != count || sequence < 0) {
            throw new BadBytesException(0, "a batch that says %d changes and has %d".formatted(count, ops.size()));
        }
        return ops;
    }

    private static Op op(ByteBuffer buffer, long sequence) throws BadBytesException {
        var type = buffer.get();
        return switch (type) {
            case PUT -> Op.put(sequence, Varints.bytes(buffer), Varints.bytes(buffer));
            case DELETE -> Op.delete(sequence, Varints.bytes(buffer));
            default -> throw new BadBytesException(0, "a batch with a change of unknown kind %d".formatted(type));
        };
    }

    /** Whether {@link #read} would take the record. */
    static boolean isWhole(byte[] record) {
        try {
            read(record);
            return true;
        } catch (BadBytesException e) {
            return false;
        }
    }

    /** The records that hold these changes with their sequences, which must rise; one record for each row without a gap. */
    static List<byte[]> write(List<Op> ops) {
        var records = new ArrayList<byte[]>();
        for (var from = 0; from < ops.size(); ) {
            var to = from + 1;
            while (to < ops.size() && ops.get(to).sequence() == ops.get(to - 1).sequence() + 1) {
                to++;
            }
            records.add(record(ops.subList(from, to)));
            from = to;
        }
        return records;
    }

    private static byte[] record(List<Op> ops) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(ops.getFirst().sequence())
                .putInt(ops.size())
                .array());
        for (var op : ops) {
            bytes.write(op.isPut() ? PUT : DELETE);
            Varints.writeBytes(bytes, op.key());
            if (op.isPut()) {
                Varints.writeBytes(bytes, op.value());
            }
        }
        return bytes.toByteArray();
    }
}
