package io.engram.log.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a log's folder holds.
 *
 * @param findings what is wrong with the folder as a whole or with its files, in words, with offsets
 * @param remarks what is no damage: half-written records, as a killed process leaves them
 * @param damagedBlocks the damaged parts of tables
 * @param logs in the order of their numbers
 */
public record FolderReport(
        Path folder,
        List<String> findings,
        List<String> remarks,
        List<DamagedBlock> damagedBlocks,
        List<LogReport> logs) {
    public FolderReport {
        findings = List.copyOf(findings);
        remarks = List.copyOf(remarks);
        damagedBlocks = List.copyOf(damagedBlocks);
        logs = List.copyOf(logs);
    }

    /**
     * Reads a whole folder without a change to it. Write-ahead logs are held in memory, of each table one block. The folder must
     * not be in use.
     */
    public static FolderReport inspect(Path folder) throws IOException {
        return Inspection.run(folder, Sink.NONE);
    }

    /** Whether nothing is missing or damaged. */
    public boolean isWell() {
        return findings.isEmpty() && damagedBlocks.isEmpty() && logs.stream().allMatch(LogReport::isWell);
    }
}
