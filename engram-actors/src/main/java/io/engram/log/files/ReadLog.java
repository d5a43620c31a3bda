package io.engram.log.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A write-ahead log as it was read, all of it in memory: LevelDB holds it there, too.
 *
 * @param bytes up to the zeros at its end
 * @param stretches in the order of the file
 */
record ReadLog(Path file, long number, long bytes, List<Stretch> stretches) {
    /** A part of the file. */
    sealed interface Stretch permits Batch, Hole {}

    /**
     * A whole record.
     *
     * @param from its offset
     * @param to where it ends
     */
    record Batch(int from, int to, byte[] record) implements Stretch {
        List<Op> ops() {
            try {
                return WriteBatch.read(record);
            } catch (BadBytesException e) {
                throw new IllegalStateException("a record changed after it was read", e);
            }
        }
    }

    ReadLog {
        stretches = List.copyOf(stretches);
    }

    static ReadLog read(Path file, long number) throws IOException {
        var bytes = Files.readAllBytes(file);
        var stretches = new ArrayList<Stretch>();
        for (var piece : WriteAheadLog.read(bytes, WriteBatch::isWhole)) {
            stretches.add(
                    switch (piece) {
                        case WriteAheadLog.Whole whole -> new Batch(whole.from(), whole.to(), whole.content());
                        case WriteAheadLog.Damaged damaged -> {
                            var content = WriteAheadLog.contentOf(bytes, damaged);
                            yield new Hole(
                                    file, damaged.from(), damaged.to(), Hole.Claim.in(content), OpSearch.in(content));
                        }
                    });
        }
        return new ReadLog(file, number, Fragments.usedBytes(bytes), stretches);
    }

    List<Hole> holes() {
        return stretches.stream()
                .flatMap(stretch -> stretch instanceof Hole hole ? Stream.of(hole) : Stream.empty())
                .toList();
    }

    /** The log with a record that does not belong where it stands turned into a hole. */
    ReadLog without(Batch batch, Hole hole) {
        var changed = new ArrayList<>(stretches);
        changed.set(changed.indexOf(batch), hole);
        return new ReadLog(file, number, bytes, changed);
    }
}
