package io.engram.log.files;

import io.engram.log.files.DamagedBlock.Part;
import io.engram.log.files.Manifest.LiveTable;
import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Reads every block of the tables in use, and finds out what damaged ones have lost. LevelDB would refuse every later write once
 * a compaction met one, so they are taken out, if all that their keys can be is those of entries. See {@link TablePatch}.
 */
final class TableRepair {
    private final Tables tables;
    private final Supplier<List<Op>> logged;
    private final long lastSequence;
    private final List<String> problems = new ArrayList<>();
    private final List<DamagedBlock> damaged = new ArrayList<>();
    private final List<TablePatch> patches = new ArrayList<>();
    private final Losses losses;

    /**
     * @param logged the changes in the write-ahead logs
     * @param lastSequence the highest of the folder
     * @param losses takes what is lost
     */
    TableRepair(Tables tables, Supplier<List<Op>> logged, long lastSequence, Losses losses) {
        this.tables = tables;
        this.logged = logged;
        this.lastSequence = lastSequence;
        this.losses = losses;
    }

    List<String> problems() {
        return problems;
    }

    List<DamagedBlock> damaged() {
        return damaged;
    }

    List<TablePatch> patches() {
        return patches;
    }

    /** Reads one table. */
    void check(LiveTable live, Path file) throws IOException {
        var found = Table.check(file, live.bytes(), _ -> {});
        if (found.isEmpty()) {
            return;
        }
        damaged.addAll(found);
        var kept = new LinkedHashMap<Long, List<Op>>();
        for (var block : found) {
            var range = block.part() == Part.DATA ? entriesOnly(live, block) : Optional.<EntryRange>empty();
            if (range.isEmpty()) {
                problems.add(block.text() + (block.part() == Part.DATA ? ", and not only entries were in it" : ""));
                continue;
            }
            try {
                var left = readable(file, live.bytes(), block);
                kept.put(block.offset(), left);
                note(range.get(), left, block);
            } catch (BadBytesException e) {
                problems.add("%s, and what it held cannot be told: %s".formatted(block.text(), e.getMessage()));
            }
        }
        if (problems.isEmpty()) {
            try {
                patches.add(new TablePatch(Table.open(file, live.bytes()), live.bytes(), kept));
            } catch (BadBytesException e) {
                problems.add("%s: %s".formatted(FolderFiles.nameOf(file), e.getMessage()));
            }
        }
    }

    private static Optional<EntryRange> entriesOnly(LiveTable live, DamagedBlock block) {
        // The manifest knows the table's own bounds better than the index, whose keys are shortened.
        var after = block.after().length == 0 ? before(live.smallest()) : block.after();
        var upTo = Arrays.compareUnsigned(block.upTo(), live.largest()) > 0 ? live.largest() : block.upTo();
        return EntryRange.of(after, upTo);
    }

    /** A key right before this one of an entry. */
    private static byte[] before(byte[] key) {
        return Keys.isEntry(key) && Keys.indexOf(key) > 0 ? Keys.entry(Keys.numberOf(key), Keys.indexOf(key) - 1) : key;
    }

    /**
     * The block's entries that can be kept: whole, and nowhere else is a change of their keys, since the sequence that would
     * decide between the two cannot be trusted.
     */
    private List<Op> readable(Path file, long size, DamagedBlock block) throws IOException, BadBytesException {
        var table = Table.open(file, size);
        var at = table.blocks().stream()
                .filter(each -> each.place().offset() == block.offset())
                .findFirst()
                .orElseThrow(() -> new BadBytesException(block.offset(), "the block is not in the index"));
        var byKey = new TreeMap<byte[], Op>(Arrays::compareUnsigned);
        var doubtful = new HashSet<ByteBuffer>();
        for (var found : table.entriesIn(at)) {
            if (byKey.put(found.op().key(), found.op()) != null || !found.isCertain()) {
                doubtful.add(ByteBuffer.wrap(found.op().key()));
            }
        }
        var inLogs = loggedKeys(byKey.keySet());
        var kept = new ArrayList<Op>();
        for (var op : byKey.values()) {
            var key = ByteBuffer.wrap(op.key());
            if (!doubtful.contains(key)
                    && !inLogs.contains(key)
                    && !tables.isElsewhere(op.key(), file, block.offset())) {
                kept.add(op.at(Math.max(1, Math.min(op.sequence(), lastSequence))));
            }
        }
        return kept;
    }

    private Set<ByteBuffer> loggedKeys(Set<byte[]> wanted) {
        var found = new HashSet<ByteBuffer>();
        for (var op : logged.get()) {
            if (wanted.contains(op.key())) {
                found.add(ByteBuffer.wrap(op.key()));
            }
        }
        return found;
    }

    /** Notes what may be lost for each log that has a root. */
    private void note(EntryRange range, List<Op> kept, DamagedBlock block) throws IOException, BadBytesException {
        for (var log : bases(range.firstLog(), range.lastLog()).entrySet()) {
            var number = log.getKey();
            var next = Math.max(range.firstOf(number), log.getValue() + 1);
            var last = range.lastOf(number);
            for (var op : kept) {
                if (Keys.isEntryOf(op.key(), number) && Keys.indexOf(op.key()) >= next) {
                    lost(number, next, Keys.indexOf(op.key()) - 1, block);
                    next = Keys.indexOf(op.key()) + 1;
                }
            }
            lost(number, next, last, block);
        }
    }

    private void lost(long log, long first, long last, DamagedBlock block) {
        if (first <= last) {
            losses.add(log, new Lost(first, last, "lost in " + block.text()));
        }
    }

    /** The logs with these numbers, each with the index of its base point. */
    private Map<Long, Long> bases(long first, long last) throws IOException, BadBytesException {
        var below = last == Long.MAX_VALUE ? Keys.start(Keys.ROOT_KIND + 1) : Keys.root(last + 1);
        var newest = new TreeMap<byte[], Op>(Arrays::compareUnsigned);
        for (var op : tables.range(Keys.root(first), below)) {
            newest.putIfAbsent(op.key(), op);
        }
        for (var op : logged.get()) {
            if (Arrays.compareUnsigned(op.key(), Keys.root(first)) >= 0
                    && Arrays.compareUnsigned(op.key(), below) < 0) {
                newest.put(op.key(), op);
            }
        }
        var bases = new TreeMap<Long, Long>();
        for (var op : newest.values()) {
            try {
                if (op.isPut()) {
                    bases.put(
                            Keys.numberOf(op.key()),
                            Values.root(op.key(), op.value()).base().index());
                }
            } catch (BadValueException e) {
                throw new BadBytesException(0, "a root is damaged");
            }
        }
        return bases;
    }
}
