package io.engram.log.files;

import io.engram.log.files.BlockSalvage.Piece;
import io.engram.log.files.DamagedBlock.Part;
import io.engram.log.files.Manifest.LiveTable;
import io.engram.log.files.Tables.Spot;
import io.engram.log.format.Keys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads every block of the tables in use, takes damaged ones out, and finds out what they have lost; LevelDB would refuse every
 * later write once a compaction met one. Entries that can be read stay in the table, see {@link TablePatch}; what else can be read
 * is written anew, see {@link Mending}.
 */
final class TableRepair {
    private final Tables tables;
    private final Supplier<List<Op>> logged;
    private final long lastSequence;
    private final List<String> problems = new ArrayList<>();
    private final List<DamagedBlock> damaged = new ArrayList<>();
    private final List<Hurt> hurt = new ArrayList<>();
    private final List<TablePatch> patches = new ArrayList<>();
    private final Losses losses;
    private List<Op> repairs = List.of();

    /**
     * A damaged block of changes.
     *
     * @param bounds no key in it is outside of these
     */
    private record Hurt(LiveTable live, Path file, DamagedBlock block, Suspect bounds, List<Piece> pieces) {
        Spot spot() {
            return new Spot(file, block.offset());
        }

        List<Op> readable() {
            var ops = new ArrayList<Op>();
            for (var piece : pieces) {
                switch (piece) {
                    case BlockSalvage.Put put -> ops.add(put.op());
                    case BlockSalvage.Delete delete -> ops.add(delete.op());
                    case BlockSalvage.Lost _, BlockSalvage.Unknown _ -> {
                        // Nobody knows it.
                    }
                }
            }
            return ops;
        }
    }

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

    /** The tables to replace. */
    List<TablePatch> patches() {
        return patches;
    }

    /** The changes to write behind everything else. */
    List<Op> repairs() {
        return repairs;
    }

    /** Reads one table. */
    void check(LiveTable live, Path file) throws IOException {
        var found = Table.check(file, live.bytes(), _ -> {});
        damaged.addAll(found);
        for (var block : found) {
            if (block.part() != Part.DATA) {
                problems.add(block.text());
                continue;
            }
            try {
                hurt.add(hurt(live, file, block));
            } catch (BadBytesException e) {
                problems.add("%s, and what it held cannot be told: %s".formatted(block.text(), e.getMessage()));
            }
        }
    }

    private Hurt hurt(LiveTable live, Path file, DamagedBlock block) throws IOException, BadBytesException {
        var table = Table.open(file, live.bytes());
        var at = table.blocks().stream()
                .filter(each -> each.place().offset() == block.offset())
                .findFirst()
                .orElseThrow(() -> new BadBytesException(block.offset(), "the block is not in the index"));
        // The manifest knows the table's own bounds better than the index, whose keys are shortened.
        var bounds = new Suspect(
                block.after().length == 0 ? before(live.smallest()) : block.after(),
                Arrays.compareUnsigned(block.upTo(), live.largest()) > 0 ? live.largest() : block.upTo(),
                "lost in " + block.text());
        return new Hurt(live, file, block, bounds, inOrder(table.piecesOf(at), block, bounds));
    }

    /** A key before this one, right before it if it is an entry's. */
    private static byte[] before(byte[] key) {
        return Keys.isEntry(key) && Keys.indexOf(key) > 0
                ? Keys.entry(Keys.numberOf(key), Keys.indexOf(key) - 1)
                : key.length == 0 ? key : Arrays.copyOf(key, key.length - 1);
    }

    /** The same with what does not belong where it stands made unknown, and a sequence that cannot be made the oldest. */
    private List<Piece> inOrder(List<Piece> pieces, DamagedBlock block, Suspect bounds) {
        var ordered = new ArrayList<Piece>();
        var last = block.after();
        for (var piece : pieces) {
            var op = switch (piece) {
                case BlockSalvage.Put put -> Optional.of(put.op());
                case BlockSalvage.Delete delete -> Optional.of(delete.op());
                case BlockSalvage.Lost lost -> Optional.of(lost.op());
                case BlockSalvage.Unknown _ -> Optional.<Op>empty();
            };
            if (op.isEmpty()
                    || Arrays.compareUnsigned(op.get().key(), last) < 0
                    || Arrays.compareUnsigned(op.get().key(), bounds.upTo()) > 0) {
                ordered.add(new BlockSalvage.Unknown());
                continue;
            }
            var known = op.get()
                    .at(op.get().sequence() > lastSequence ? 0 : op.get().sequence());
            ordered.add(
                    switch (piece) {
                        case BlockSalvage.Put put -> new BlockSalvage.Put(known, put.isCertain());
                        case BlockSalvage.Delete _ -> new BlockSalvage.Delete(known);
                        default -> new BlockSalvage.Lost(known);
                    });
            last = piece instanceof BlockSalvage.Put ? known.key() : last;
        }
        return ordered;
    }

    /** Finds out what follows from all that was found. Changes nothing yet. */
    void settle() throws IOException {
        if (!problems.isEmpty() || hurt.isEmpty()) {
            return;
        }
        var taken = new HashMap<Spot, List<Op>>();
        var read = new HashMap<Spot, List<Op>>();
        for (var each : hurt) {
            taken.put(each.spot(), List.of());
            read.put(each.spot(), each.readable());
        }
        var view = tables.with(read);
        var mending = new Mending(tables.with(taken), view, logged.get(), losses, problems);
        var kept = new HashMap<Path, Map<Long, List<Op>>>();
        try {
            for (var each : hurt) {
                kept.computeIfAbsent(each.file(), _ -> new HashMap<>())
                        .put(each.block().offset(), settle(each, view, mending));
            }
            repairs = mending.repairs();
            for (var each : hurt) {
                var ofTable = kept.remove(each.file());
                if (ofTable != null) {
                    var size = each.live().bytes();
                    patches.add(new TablePatch(Table.open(each.file(), size), size, ofTable));
                }
            }
        } catch (BadBytesException e) {
            problems.add("what the damaged tables held cannot be told: " + e.getMessage());
        }
    }

    /** Tells the mending what becomes of each change in a block, and returns the entries that stay. */
    private List<Op> settle(Hurt block, Tables view, Mending mending) throws IOException, BadBytesException {
        var entries = new ArrayList<Op>();
        var newest = block.readable().stream().mapToLong(Op::sequence).max().orElse(lastSequence);
        var lost = new ArrayList<Op>();
        var after = block.bounds().after();
        var isKnown = true;
        for (var piece : block.pieces()) {
            switch (piece) {
                case BlockSalvage.Unknown _ -> isKnown = false;
                case BlockSalvage.Lost each -> lost.add(each.op());
                case BlockSalvage.Delete each -> mending.keep(each.op());
                case BlockSalvage.Put put
                when Keys.isEntry(put.op().key()) && !stays(put, block, view, mending) -> lost.add(put.op());
                case BlockSalvage.Put put -> {
                    tell(mending, block, lost, isKnown, after, put.op().key(), newest);
                    after = put.op().key();
                    lost.clear();
                    isKnown = true;
                    if (Keys.isEntry(after)) {
                        entries.add(put.op().at(Math.max(1, put.op().sequence())));
                    } else {
                        mending.keep(put.op());
                    }
                }
            }
        }
        tell(mending, block, lost, isKnown, after, block.bounds().upTo(), newest);
        return entries;
    }

    private static void tell(
            Mending mending, Hurt block, List<Op> lost, boolean isKnown, byte[] after, byte[] upTo, long newest)
            throws IOException, BadBytesException {
        if (isKnown) {
            for (var op : lost) {
                mending.lost(op, block.bounds().cause());
            }
        } else {
            mending.lost(new Suspect(after, upTo, block.bounds().cause()), newest);
        }
    }

    /**
     * Whether an entry can stay where it is: nowhere else is a change of its key, since the sequence that would decide between the
     * two cannot be trusted.
     */
    private static boolean stays(BlockSalvage.Put put, Hurt block, Tables view, Mending mending)
            throws IOException, BadBytesException {
        var key = ByteBuffer.wrap(put.op().key());
        return put.isCertain()
                && !mending.isLogged(put.op().key())
                && block.readable().stream()
                                .filter(op -> ByteBuffer.wrap(op.key()).equals(key))
                                .count()
                        == 1
                && view.newestElsewhere(put.op().key(), block.spot()).isEmpty();
    }
}
