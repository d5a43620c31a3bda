package io.engram.log.files;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The records of a write-ahead log, or of a manifest, which has the same form; see {@link Fragments} for it. A whole record is
 * kept apart from what is damaged between two of them.
 */
final class WriteAheadLog {
    /** A stretch of the file. */
    sealed interface Piece {
        int from();

        int to();
    }

    /** A record with right checksums. */
    record Whole(int from, int to, byte[] content) implements Piece {}

    /** What stands between whole records and is none: damaged ones, or zeros where there should be some. */
    record Damaged(int from, int to) implements Piece {}

    private WriteAheadLog() {}

    /**
     * The file's stretches in order. Zeros at its end, as a kill leaves them, are not among them.
     *
     * @param accepts whether the content of a record with right checksums is one that belongs into such a file
     */
    static List<Piece> read(byte[] file, Predicate<byte[]> accepts) {
        var pieces = new ArrayList<Piece>();
        var used = Fragments.usedBytes(file);
        var position = 0;
        while (position < used) {
            position = Fragments.headerAt(position);
            var record = at(file, position, accepts);
            var from = position;
            while (record.isEmpty() && ++position < used) {
                record = at(file, position, accepts);
            }
            var to = Math.min(position, used);
            if (from < to) {
                pieces.add(new Damaged(from, to));
            }
            if (record.isPresent()) {
                var next = record.get().to();
                pieces.add(new Whole(position, next, record.get().content()));
                position = next;
            }
        }
        return pieces;
    }

    private static Optional<Fragments.Found> at(byte[] file, int position, Predicate<byte[]> accepts) {
        return Fragments.recordAt(file, position).filter(found -> accepts.test(found.content()));
    }

    /**
     * The content in a damaged stretch, without the fragment headers of which the place is certain: the one at its beginning and
     * those at the beginnings of blocks. Headers within a block stay, but no change reaches across one of them: a fragment ends
     * within a block only where its record ends.
     */
    static byte[] contentOf(byte[] file, Damaged damaged) {
        var content = new ByteArrayOutputStream();
        for (var from = damaged.from(); from < damaged.to(); ) {
            var blockEnd = from - from % Fragments.BLOCK_BYTES + Fragments.BLOCK_BYTES;
            var to = Math.min(blockEnd, damaged.to());
            var begin = Math.min(from + Fragments.HEADER_BYTES, to);
            content.write(file, begin, to - begin);
            from = blockEnd;
        }
        return content.toByteArray();
    }

    /** A file of these records. */
    static byte[] write(List<byte[]> records) {
        var file = new ByteArrayOutputStream();
        records.forEach(record -> Fragments.append(file, record));
        return file.toByteArray();
    }
}
