package io.engram.log.files;

import io.engram.log.files.DamagedBlock.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The changes in one table after the other, of which one block is in memory at a time. What cannot be read is told and passed
 * over; entries in it that pass their own checks are given as the oldest of their keys, since their sequences prove nothing.
 */
final class TableSource implements OpSource {
    /** Takes the damage that is met, each with the keys that may have been there. */
    interface Damage {
        void found(DamagedBlock block, Optional<Suspect> suspect);

        /** An entry can be read, but whether it was removed later cannot. */
        void doubtful(byte[] key);
    }

    /**
     * A table to read.
     *
     * @param size by which LevelDB knows it
     * @param smallest no key in it is smaller
     * @param largest no key in it is greater
     */
    record Wanted(Path file, long size, byte[] smallest, byte[] largest) {}

    private final Deque<Wanted> tables;
    private final byte[] from;
    private final byte[] below;
    private final Damage damage;
    private final Deque<Table.BlockAt> blocks = new ArrayDeque<>();
    private final Deque<Op> ops = new ArrayDeque<>();
    private @Nullable Wanted wanted;
    private @Nullable Table table;

    /**
     * @param tables which must not overlap and be in order, if there is more than one
     * @param from the first key of interest
     * @param below where interest ends
     */
    TableSource(List<Wanted> tables, byte[] from, byte[] below, Damage damage) {
        this.tables = new ArrayDeque<>(tables);
        this.from = from;
        this.below = below;
        this.damage = damage;
    }

    @Override
    public Optional<Op> next() throws IOException {
        while (ops.isEmpty()) {
            var block = blocks.poll();
            if (block != null && table != null && wanted != null) {
                read(wanted, table, block);
            } else {
                wanted = tables.poll();
                if (wanted == null) {
                    return Optional.empty();
                }
                open(wanted);
            }
        }
        return Optional.of(ops.remove());
    }

    private void open(Wanted next) throws IOException {
        if (Arrays.compareUnsigned(next.largest(), from) < 0 || Arrays.compareUnsigned(next.smallest(), below) >= 0) {
            return;
        }
        if (!Files.isRegularFile(next.file())) {
            tell(
                    DamagedBlock.of(next.file(), 0, next.size(), Part.FOOTER, "the table is missing"),
                    next.smallest(),
                    next.largest());
            return;
        }
        Table opened;
        try {
            opened = Table.open(next.file(), next.size());
        } catch (BadBytesException e) {
            // Its blocks show themselves, and what of them is lost is told when they are read.
            damage.found(
                    DamagedBlock.of(
                            next.file(),
                            e.offset(),
                            Math.max(0, next.size() - e.offset()),
                            e.offset() >= next.size() - Table.FOOTER_BYTES ? Part.FOOTER : Part.INDEX,
                            e.text()),
                    Optional.empty());
            opened = Table.scanned(next.file());
        }
        table = opened;
        for (var block : opened.blocks()) {
            if (Arrays.compareUnsigned(block.upTo(), from) >= 0
                    && (block.after().length == 0 || Arrays.compareUnsigned(block.after(), below) < 0)) {
                blocks.add(block);
            }
        }
    }

    private void read(Wanted current, Table opened, Table.BlockAt block) throws IOException {
        List<Op> read;
        try {
            read = opened.ops(block);
        } catch (BadBytesException e) {
            var entries = opened.entriesIn(block);
            entries.stream()
                    .filter(found -> !found.isCertain())
                    .forEach(found -> damage.doubtful(found.op().key()));
            read = entries.stream()
                    .map(found -> found.op().at(0))
                    .sorted(Op.ORDER)
                    .toList();
            var after = block.after().length == 0 ? current.smallest() : block.after();
            var upTo = Arrays.compareUnsigned(block.upTo(), current.largest()) > 0 ? current.largest() : block.upTo();
            tell(opened.damaged(block, e), after, upTo);
        }
        for (var op : read) {
            if (Arrays.compareUnsigned(op.key(), from) >= 0 && Arrays.compareUnsigned(op.key(), below) < 0) {
                ops.add(op);
            }
        }
    }

    private void tell(DamagedBlock block, byte[] after, byte[] upTo) {
        damage.found(block, Optional.of(new Suspect(after, upTo, "lost in " + block.text())));
    }
}
