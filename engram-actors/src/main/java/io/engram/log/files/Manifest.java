package io.engram.log.files;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Which files of a folder LevelDB uses. The file that {@code CURRENT} names has the form of a write-ahead log; each of its
 * records is an edit of what the ones before say, made of a tag (varint) and its fields:
 *
 * <pre>
 * 1 comparator: name                          5 level, internal key (where compaction goes on)
 * 2 log number                                6 level, file number (a table that is no longer used)
 * 3 next file number                          7 level, file number, bytes, smallest and largest internal key
 * 4 last sequence                             9 previous log number
 * </pre>
 *
 * Numbers are varints; names and keys have their length (varint) before them. LevelDB writes a new file at each opening.
 *
 * @param file the manifest itself
 * @param logNumber write-ahead logs with a smaller number are in the tables already
 * @param previousLogNumber a log that is still used in spite of that, or 0
 * @param nextFile above every number that was in use
 * @param lastSequence of the changes at the time of the last edit
 * @param tables in the order of level and smallest key
 * @param wholeBytes up to the last whole edit
 * @param tail bytes behind that, as a killed process leaves them
 */
record Manifest(
        Path file,
        long logNumber,
        long previousLogNumber,
        long nextFile,
        long lastSequence,
        List<LiveTable> tables,
        long wholeBytes,
        long tail) {
    private static final String COMPARATOR = "leveldb.BytewiseComparator";

    /** @param smallest and {@code largest} are keys, without LevelDB's sequences */
    record LiveTable(int level, long number, long bytes, byte[] smallest, byte[] largest) {}

    Manifest {
        tables = List.copyOf(tables);
    }

    /** Whether LevelDB reads the log of this number when it opens the folder. */
    boolean replays(long log) {
        return log >= logNumber || log == previousLogNumber;
    }

    /** Reads what {@code CURRENT} names. A torn tail is left out of account, other damage is not. */
    static Manifest read(FolderFiles files) throws IOException, BadBytesException {
        if (files.current().isEmpty()) {
            throw new BadBytesException(0, "CURRENT is missing");
        }
        var file = files.manifest()
                .orElseThrow(() -> new BadBytesException(0, "CURRENT does not name a manifest that is there"));
        var bytes = Files.readAllBytes(file);
        var name = FolderFiles.nameOf(file);
        var edits = new Edits();
        var pieces = WriteAheadLog.read(bytes, _ -> true);
        var wholeBytes = 0L;
        var tail = 0L;
        for (var piece : pieces) {
            switch (piece) {
                case WriteAheadLog.Whole whole -> {
                    edits.apply(name, whole);
                    wholeBytes = whole.to();
                }
                case WriteAheadLog.Damaged damaged -> {
                    if (piece != pieces.getLast()) {
                        throw new BadBytesException(
                                damaged.from(), "%s is damaged at offset %d".formatted(name, damaged.from()));
                    }
                    tail = damaged.to() - (long) damaged.from();
                }
            }
        }
        return edits.result(file, wholeBytes, tail);
    }

    /** The edits so far. */
    private static final class Edits {
        private final TreeMap<Long, LiveTable> tables = new TreeMap<>();
        private OptionalLong logNumber = OptionalLong.empty();
        private OptionalLong nextFile = OptionalLong.empty();
        private OptionalLong lastSequence = OptionalLong.empty();
        private long previousLogNumber;

        void apply(String name, WriteAheadLog.Whole record) throws BadBytesException {
            var edit = ByteBuffer.wrap(record.content());
            try {
                while (edit.hasRemaining()) {
                    apply(edit);
                }
            } catch (BufferUnderflowException | BadBytesException e) {
                throw new BadBytesException(
                        record.from(),
                        "%s holds an edit at offset %d that cannot be read (%s)"
                                .formatted(
                                        name,
                                        record.from(),
                                        e instanceof BadBytesException bad ? bad.text() : "it is cut short"));
            }
        }

        private void apply(ByteBuffer edit) throws BadBytesException {
            var tag = Varints.read(edit);
            switch ((int) tag) {
                case 1 -> {
                    var comparator = new String(Varints.bytes(edit), StandardCharsets.ISO_8859_1);
                    if (!comparator.equals(COMPARATOR)) {
                        throw new BadBytesException(0, "its order of keys is " + comparator);
                    }
                }
                case 2 -> logNumber = OptionalLong.of(Varints.read(edit));
                case 3 -> nextFile = OptionalLong.of(Varints.read(edit));
                case 4 -> lastSequence = OptionalLong.of(Varints.read(edit));
                case 5 -> {
                    Varints.read(edit);
                    Varints.bytes(edit);
                }
                case 6 -> {
                    Varints.read(edit);
                    tables.remove(Varints.read(edit));
                }
                case 7 -> {
                    var level = (int) Varints.read(edit);
                    var table =
                            new LiveTable(level, Varints.read(edit), Varints.read(edit), userKey(edit), userKey(edit));
                    tables.put(table.number(), table);
                }
                case 9 -> previousLogNumber = Varints.read(edit);
                default -> throw new BadBytesException(0, "an unknown tag %d".formatted(tag));
            }
        }

        private static byte[] userKey(ByteBuffer edit) throws BadBytesException {
            return InternalKey.of(Varints.bytes(edit)).user();
        }

        Manifest result(Path file, long wholeBytes, long tail) throws BadBytesException {
            if (logNumber.isEmpty() || nextFile.isEmpty() || lastSequence.isEmpty()) {
                throw new BadBytesException(
                        0, "%s has no whole edit at its beginning".formatted(FolderFiles.nameOf(file)));
            }
            var ordered = new ArrayList<>(tables.values());
            ordered.sort(Comparator.comparingInt(LiveTable::level)
                    .thenComparing(LiveTable::smallest, java.util.Arrays::compareUnsigned));
            return new Manifest(
                    file,
                    logNumber.getAsLong(),
                    previousLogNumber,
                    nextFile.getAsLong(),
                    lastSequence.getAsLong(),
                    ordered,
                    wholeBytes,
                    tail);
        }
    }
}
