package io.engram.log.files;

import io.engram.log.files.Manifest.LiveTable;
import io.engram.log.files.TableSource.Damage;
import io.engram.log.files.TableSource.Wanted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a folder holds, read without LevelDB and without a change: the newest change of each key, from tables and write-ahead logs
 * together. If nobody can say which of them are in use, all that are there are taken.
 */
final class Contents {
    private static final byte[] FIRST = {};
    private static final byte[] BEHIND_ALL = {(byte) 0xFF, (byte) 0xFF};

    private final List<List<Wanted>> runs;
    private final CommitAudit.Result audit;
    private final List<Op> logged;
    private final List<String> findings;
    private final List<String> remarks;
    private final List<DamagedBlock> damaged = new ArrayList<>();
    private final List<Suspect> suspects = new ArrayList<>();
    private final Set<String> told = new HashSet<>();
    private final Set<ByteBuffer> doubtful = new HashSet<>();

    private Contents(List<List<Wanted>> runs, CommitAudit.Result audit, List<String> findings, List<String> remarks) {
        this.runs = runs;
        this.audit = audit;
        this.findings = findings;
        this.remarks = remarks;
        var repair = new LogRepair(audit, 0);
        var ops = new ArrayList<>(repair.changes());
        var sequence = Long.MAX_VALUE - audit.repairs().size();
        for (var op : audit.repairs()) {
            ops.add(op.at(sequence++));
        }
        ops.sort(Op.ORDER);
        logged = ops;
    }

    static Contents of(Path folder) throws IOException {
        var files = FolderFiles.in(folder);
        var findings = new ArrayList<String>();
        var remarks = new ArrayList<String>();
        var manifest = Optional.<Manifest>empty();
        try {
            manifest = Optional.of(Manifest.read(files));
        } catch (BadBytesException e) {
            if (!files.isUnused()) {
                findings.add(e.text()
                        + "; so every table and every write-ahead log that is there is read, whether in use or not");
            }
        }
        var logs = new ArrayList<ReadLog>();
        for (var log : files.logs().entrySet()) {
            if (manifest.isEmpty() || manifest.get().replays(log.getKey())) {
                logs.add(ReadLog.read(log.getValue(), log.getKey()));
            }
        }
        manifest.ifPresent(known -> {
            if (known.logNumber() > 0 && !files.logs().containsKey(known.logNumber())) {
                findings.add("the write-ahead log %06d.log is missing".formatted(known.logNumber()));
            }
            if (known.tail() > 0) {
                remarks.add("%s ends in a half-written record of %d bytes"
                        .formatted(FolderFiles.nameOf(known.file()), known.tail()));
            }
        });
        var earlier = manifest.<Earlier>map(known -> new Tables(known.tables(), files.tables()))
                .orElse(Earlier.UNKNOWN);
        var floor = manifest.map(known -> known.lastSequence() + 1).orElse(Long.MAX_VALUE / 2);
        var audit = CommitAudit.of(logs, earlier, floor, new Losses());
        var contents = new Contents(
                manifest.isPresent() ? inUse(folder, files, manifest.get(), findings) : all(files),
                audit,
                findings,
                remarks);
        contents.tellOfLogs();
        return contents;
    }

    /** Tables of one level do not overlap, except in the first. */
    private static List<List<Wanted>> inUse(Path folder, FolderFiles files, Manifest manifest, List<String> findings)
            throws IOException {
        var levels = new TreeMap<Integer, List<Wanted>>();
        var runs = new ArrayList<List<Wanted>>();
        for (var table : manifest.tables()) {
            var wanted = wanted(folder, files, table);
            if (Files.isRegularFile(wanted.file()) && Table.usedBytes(wanted.file(), table.bytes()) != table.bytes()) {
                findings.add("the table %s has %d bytes, but %d were written"
                        .formatted(FolderFiles.nameOf(wanted.file()), Files.size(wanted.file()), table.bytes()));
            }
            if (table.level() == 0) {
                runs.add(List.of(wanted));
            } else {
                levels.computeIfAbsent(table.level(), _ -> new ArrayList<>()).add(wanted);
            }
        }
        runs.addAll(levels.values());
        return runs;
    }

    private static Wanted wanted(Path folder, FolderFiles files, LiveTable table) {
        var file = files.tables().getOrDefault(table.number(), folder.resolve("%06d.sst".formatted(table.number())));
        return new Wanted(file, table.bytes(), table.smallest(), table.largest());
    }

    private static List<List<Wanted>> all(FolderFiles files) throws IOException {
        var runs = new ArrayList<List<Wanted>>();
        for (var file : files.tables().values()) {
            runs.add(List.of(new Wanted(file, Files.size(file), FIRST, BEHIND_ALL)));
        }
        return runs;
    }

    private void tellOfLogs() {
        findings.addAll(audit.ledger().problems());
        for (var log : audit.logs()) {
            for (var hole : log.holes()) {
                if (audit.torn().contains(hole)) {
                    remarks.add("%s is a half-written record".formatted(hole.text()));
                } else {
                    findings.add(
                            "%s is damaged; %d changes in it are whole".formatted(hole.text(), hole.keptChanges()));
                }
            }
        }
    }

    /** Takes what a folder holds. */
    interface Visitor {
        void visit(byte[] key, byte[] value) throws IOException;
    }

    private final class Listening implements Damage {
        @Override
        public void found(DamagedBlock block, Optional<Suspect> suspect) {
            if (told.add(block.text())) {
                damaged.add(block);
                suspect.ifPresent(suspects::add);
            }
        }

        @Override
        public void doubtful(byte[] key) {
            doubtful.add(ByteBuffer.wrap(key));
        }
    }

    /** Whether an entry that was visited may have been removed later. */
    boolean isDoubtful(byte[] key) {
        return doubtful.contains(ByteBuffer.wrap(key));
    }

    /** Visits the newest value of each key from {@code from} on and before {@code below}, in order; deleted ones are not there. */
    void visit(byte[] from, byte[] below, Visitor visitor) throws IOException {
        var sources = new ArrayList<OpSource>();
        sources.add(OpSource.of(logged.stream()
                .filter(op ->
                        Arrays.compareUnsigned(op.key(), from) >= 0 && Arrays.compareUnsigned(op.key(), below) < 0)
                .toList()));
        for (var run : runs) {
            sources.add(new TableSource(run, from, below, new Listening()));
        }
        var merged = OpSource.merged(sources);
        var last = FIRST;
        for (var next = merged.next(); next.isPresent(); next = merged.next()) {
            var op = next.get();
            if (!Arrays.equals(op.key(), last)) {
                last = op.key();
                if (op.isPut()) {
                    visitor.visit(op.key(), op.value());
                }
            }
        }
    }

    Ledger ledger() {
        return audit.ledger();
    }

    /** What is wrong with the folder's files, in words. */
    List<String> findings() {
        return findings;
    }

    /** What a kill leaves and a start sets right. */
    List<String> remarks() {
        return remarks;
    }

    /** The damage in tables that was met so far. */
    List<DamagedBlock> damaged() {
        return damaged;
    }

    /** The keys that it may have cost. */
    List<Suspect> suspects() {
        return suspects;
    }
}
