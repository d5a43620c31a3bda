package io.engram.log.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Cuts off what a killed process left half written at the end of one of LevelDB's journals (its write-ahead log or its
 * manifest). LevelDB writes these through mapped memory, so a kill can leave any part of the last record followed by
 * zeros; with its strict checks on it then refuses to open, and without them it would also skip damage in the middle.
 *
 * <p>Only a tail is cut: if any whole record follows the first bad one the file is damaged in the middle. A half-written record
 * was never acknowledged, since acknowledgement waits for its force.
 */
public final class TornTail {
    /** What was cut. */
    public record Cut(Path file, long keptBytes, long droppedBytes) {}

    private TornTail() {}

    /** The newest write-ahead log, if there is any. */
    public static Optional<Path> newestLog(Path folder) throws IOException {
        var logs = FolderFiles.in(folder).logs();
        return logs.isEmpty() ? Optional.empty() : Optional.of(logs.lastEntry().getValue());
    }

    /** The manifest in use, if {@code CURRENT} names one that is there. */
    public static Optional<Path> manifest(Path folder) throws IOException {
        return FolderFiles.in(folder).manifest();
    }

    /** Cuts the file's torn tail, if it has one. */
    public static Optional<Cut> cut(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        var kept = 0;
        for (var next = Fragments.recordAt(bytes, 0); next.isPresent(); ) {
            kept = next.get().to();
            next = Fragments.recordAt(bytes, Fragments.headerAt(kept));
        }
        if (Fragments.usedBytes(bytes) <= kept || anyWholeFragmentAfter(bytes, kept)) {
            return Optional.empty();
        }
        return Optional.of(cut(file, kept, Fragments.usedBytes(bytes) - kept));
    }

    /** Cuts the file behind {@code kept} bytes, durably. */
    static Cut cut(Path file, long kept, long dropped) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(kept);
            channel.force(true);
        }
        return new Cut(file, kept, dropped);
    }

    /**
     * Whether a record begins or ends whole somewhere after {@code from}, other than the fragments that directly follow
     * it: those belong to the half-written record itself.
     */
    private static boolean anyWholeFragmentAfter(byte[] bytes, int from) {
        var position = Fragments.headerAt(from);
        while (Fragments.wholeAt(bytes, position)
                && Fragments.type(bytes, position) != Fragments.FULL
                && Fragments.type(bytes, position) != Fragments.LAST) {
            position = Fragments.headerAt(position + Fragments.HEADER_BYTES + Fragments.length(bytes, position));
        }
        for (var next = position; next + Fragments.HEADER_BYTES <= bytes.length; next++) {
            if (Fragments.wholeAt(bytes, next)) {
                return true;
            }
        }
        return false;
    }
}
