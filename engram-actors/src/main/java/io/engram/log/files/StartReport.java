package io.engram.log.files;

import java.nio.file.Path;
import java.util.List;

/**
 * What was found and done before LevelDB opened a folder.
 *
 * @param words each finding in words, for people; empty if there was nothing to say
 * @param droppedBytes of half-written records at the ends of files, as a kill leaves them
 * @param damagedBytes in the middle of write-ahead logs
 * @param keptChanges how many changes were found again in them
 * @param damagedBlocks of tables, which were taken out
 * @param lost what is lost, or may be, of which log. A damage note stands for each of these logs already. Ranges in tables are
 *     generous: whoever reads these logs whole may take a note back
 * @param copies where the files as they were are kept
 */
public record StartReport(
        List<String> words,
        long droppedBytes,
        long damagedBytes,
        long keptChanges,
        int damagedBlocks,
        List<LostRange> lost,
        List<Path> copies) {
    public StartReport {
        words = List.copyOf(words);
        lost = List.copyOf(lost);
        copies = List.copyOf(copies);
    }

    /** Whether nothing was found. */
    public boolean isClean() {
        return words.isEmpty();
    }
}
