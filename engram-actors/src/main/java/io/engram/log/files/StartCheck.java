package io.engram.log.files;

import io.engram.health.Recovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sets right, before LevelDB opens a folder, what a killed process or damage has left in it, so that LevelDB with its strict
 * checks takes it and no log that lacks something is served as if it were whole.
 *
 * <ul>
 *   <li>A half-written record at the end of the newest write-ahead log or of the manifest is cut off.
 *   <li>Damage in the middle of a write-ahead log is cut out: every change that is whole by its own checks is kept, and each log
 *       that lost something gets a damage note; see {@link CommitAudit}.
 *   <li>On demand, damaged blocks of tables are cut out; see {@link TableRepair}.
 * </ul>
 *
 * Notes are written first, so that a stop in between loses none. What cannot be put right so is a {@link DamagedFolderException}
 * and changes nothing.
 */
public final class StartCheck {
    private final Path folder;
    private final FolderFiles files;
    private final List<String> problems = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private final List<Path> copies = new ArrayList<>();
    private final Recovery recovery;
    private long droppedBytes;

    private StartCheck(Path folder, FolderFiles files, Recovery recovery) {
        this.folder = folder;
        this.files = files;
        this.recovery = recovery;
    }

    /**
     * Checks the folder; it must exist, be locked for the caller and not be open in LevelDB.
     *
     * @param checkTables whether every block of every table is read, which takes as long as reading the whole folder
     * @throws DamagedFolderException if LevelDB must not open the folder
     */
    public static StartReport run(Path folder, boolean checkTables) throws IOException {
        return run(folder, checkTables, new Losses(), new Recovery());
    }

    /**
     * The same, and says how far it is.
     *
     * @param recovery is told of the bytes that there are to read, and of each file that was read
     */
    public static StartReport run(Path folder, boolean checkTables, Recovery recovery) throws IOException {
        return run(folder, checkTables, new Losses(), recovery);
    }

    /** @param losses takes what is lost; tests of the tests give one that forgets */
    static StartReport run(Path folder, boolean checkTables, Losses losses) throws IOException {
        return run(folder, checkTables, losses, new Recovery());
    }

    private static StartReport run(Path folder, boolean checkTables, Losses losses, Recovery recovery)
            throws IOException {
        var files = FolderFiles.in(folder);
        if (files.isUnused()) {
            return new StartReport(List.of(), 0, 0, 0, 0, List.of(), List.of());
        }
        return new StartCheck(folder, files, recovery).run(checkTables, losses);
    }

    private StartReport run(boolean checkTables, Losses losses) throws IOException {
        var manifest = readManifest();
        checkFiles(manifest);
        refuseIfDamaged();
        recovery.begin(Recovery.Step.CHECK, bytesToRead(manifest, checkTables));
        var tables = new Tables(manifest.tables(), files.tables());
        var logs = new ArrayList<ReadLog>();
        for (var log : files.logs().entrySet()) {
            if (manifest.replays(log.getKey())) {
                logs.add(ReadLog.read(log.getValue(), log.getKey()));
                recovery.advance(Files.size(log.getValue()));
            }
        }
        var audit = CommitAudit.of(logs, tables, manifest.lastSequence() + 1, losses);
        problems.addAll(audit.ledger().problems());
        var repair = new LogRepair(audit, manifest.lastSequence());
        var tableRepair = new TableRepair(tables, repair::changes, repair.lastSequence(), losses);
        if (checkTables) {
            for (var table : manifest.tables()) {
                tableRepair.check(table, file(table));
                recovery.advance(table.bytes());
            }
            tableRepair.settle();
            problems.addAll(tableRepair.problems());
        }
        refuseIfDamaged();
        return apply(manifest, audit, repair, tableRepair, losses);
    }

    private long bytesToRead(Manifest manifest, boolean checkTables) throws IOException {
        var bytes = 0L;
        for (var log : files.logs().entrySet()) {
            bytes += manifest.replays(log.getKey()) ? Files.size(log.getValue()) : 0;
        }
        return checkTables
                ? bytes
                        + manifest.tables().stream()
                                .mapToLong(Manifest.LiveTable::bytes)
                                .sum()
                : bytes;
    }

    private Manifest readManifest() throws IOException {
        try {
            return Manifest.read(files);
        } catch (BadBytesException e) {
            throw new DamagedFolderException(folder, List.of(e.text()));
        }
    }

    /**
     * Everything that the manifest names must be there. This comes before its torn tail is cut: if that was an edit, its files
     * have taken the place of those that the rest names.
     */
    private void checkFiles(Manifest manifest) throws IOException {
        if (manifest.logNumber() > 0 && !files.logs().containsKey(manifest.logNumber())) {
            problems.add("the write-ahead log %06d.log is missing".formatted(manifest.logNumber()));
        }
        for (var table : manifest.tables()) {
            var file = Optional.ofNullable(files.tables().get(table.number()));
            if (file.isEmpty()) {
                problems.add("the table %06d.sst is missing".formatted(table.number()));
            } else if (Table.usedBytes(file.get(), table.bytes()) != table.bytes()) {
                problems.add("the table %s has %d bytes, but %d were written"
                        .formatted(FolderFiles.nameOf(file.get()), Files.size(file.get()), table.bytes()));
            }
        }
    }

    private Path file(Manifest.LiveTable table) {
        var file = files.tables().get(table.number());
        if (file == null) {
            throw new IllegalStateException("table %d was there a moment ago".formatted(table.number()));
        }
        return file;
    }

    private void refuseIfDamaged() throws DamagedFolderException {
        if (!problems.isEmpty()) {
            throw new DamagedFolderException(folder, problems);
        }
    }

    private StartReport apply(
            Manifest manifest, CommitAudit.Result audit, LogRepair repair, TableRepair tableRepair, Losses losses)
            throws IOException {
        if (manifest.tail() > 0) {
            dropped(TornTail.cut(manifest.file(), manifest.wholeBytes(), manifest.tail()));
        }
        // The newest one first: it takes the notes, and a stop must not come between the cutting out and the noting.
        var behind = new ArrayList<>(audit.repairs());
        behind.addAll(tableRepair.repairs());
        behind.addAll(audit.ledger().notes());
        for (var log : repair.rewritten(behind)) {
            rewrite(log, repair, behind);
        }
        for (var cut : repair.cuts(behind)) {
            dropped(TornTail.cut(cut.log().file(), cut.from(), cut.bytes()));
        }
        for (var patch : tableRepair.patches()) {
            copies.add(Replacement.copyAside(patch.table().file()));
            Replacement.replace(patch.table().file(), patch::write);
        }
        tableRepair.damaged().forEach(block -> words.add(block.text() + "; it was taken out"));
        var lost = losses.ranges();
        lost.forEach(range -> words.add("log number %d: %s".formatted(range.log(), text(range))));
        return new StartReport(
                words,
                droppedBytes,
                repair.damagedBytes(),
                repair.keptChanges(),
                tableRepair.damaged().size(),
                lost,
                copies);
    }

    private void rewrite(ReadLog log, LogRepair repair, List<Op> behind) throws IOException {
        var copy = Replacement.copyAside(log.file());
        copies.add(copy);
        var bytes = repair.content(log, behind);
        Replacement.replace(log.file(), channel -> Replacement.write(channel, 0, bytes));
        for (var hole : repair.damageIn(log)) {
            words.add("%s is damaged: %d changes in it are whole and were kept"
                    .formatted(hole.text(), hole.keptChanges()));
        }
        for (var hole : repair.tornIn(log)) {
            droppedBytes += hole.bytes();
            words.add("%s was a half-written record: dropped its %d bytes".formatted(hole.text(), hole.bytes()));
        }
        words.add("%s was written anew; as it was it is kept in %s".formatted(log.file(), copy));
    }

    private void dropped(TornTail.Cut cut) {
        droppedBytes += cut.droppedBytes();
        words.add("%s ended in a half-written record, as a killed process leaves it: dropped its %d bytes"
                .formatted(FolderFiles.nameOf(cut.file()), cut.droppedBytes()));
    }

    private static String text(LostRange range) {
        var last = range.last() == LostRange.OPEN ? "any later one" : Long.toString(range.last());
        return range.first() == 0
                ? "its own values and entries up to %s may be concerned: %s".formatted(last, range.cause())
                : "entries %d to %s: %s".formatted(range.first(), last, range.cause());
    }
}
