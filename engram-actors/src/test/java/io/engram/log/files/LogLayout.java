package io.engram.log.files;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Where in an undamaged write-ahead log each change stands, byte for byte. */
final class LogLayout {
    /** @param bytes the offsets in the file of the change's bytes */
    record Placed(Op op, BitSet bytes) {}

    /** @param bytes the offsets of all of the record's bytes, with its fragments' headers */
    record Record(List<Placed> ops, BitSet bytes, int from, int to) {}

    final List<Record> records = new ArrayList<>();

    LogLayout(byte[] file) throws BadBytesException {
        add(file, 0);
    }

    /** Two logs, one behind the other; the offsets in the second one are so much higher. */
    LogLayout(byte[] first, byte[] second, int shift) throws BadBytesException {
        add(first, 0);
        add(second, shift);
    }

    private void add(byte[] file, int shift) throws BadBytesException {
        for (var piece : WriteAheadLog.read(file, WriteBatch::isWhole)) {
            var whole = (WriteAheadLog.Whole) piece;
            var data = new ArrayList<Integer>();
            var all = new BitSet();
            for (var at = whole.from(); at < whole.to(); at = Fragments.headerAt(at)) {
                var length = Fragments.length(file, at);
                all.set(shift + at, shift + at + Fragments.HEADER_BYTES + length);
                for (var i = 0; i < length; i++) {
                    data.add(shift + at + Fragments.HEADER_BYTES + i);
                }
                at += Fragments.HEADER_BYTES + length;
            }
            var ops = new ArrayList<Placed>();
            var next = WriteBatch.HEADER_BYTES;
            for (var op : WriteBatch.read(whole.content())) {
                var length = 1 + sized(op.key()) + (op.isPut() ? sized(op.value()) : 0);
                var bytes = new BitSet();
                for (var i = 0; i < length; i++) {
                    bytes.set(data.get(next + i));
                }
                next += length;
                ops.add(new Placed(op, bytes));
            }
            records.add(new Record(ops, all, shift + whole.from(), shift + whole.to()));
        }
    }

    private static int sized(byte[] bytes) {
        var size = bytes.length;
        var length = bytes.length + 1;
        while ((size >>>= 7) != 0) {
            length++;
        }
        return length;
    }
}
