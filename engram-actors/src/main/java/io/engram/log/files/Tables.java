package io.engram.log.files;

import io.engram.log.files.Manifest.LiveTable;
import io.engram.log.format.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/** Looks keys up in the tables that LevelDB uses: what the folder held before its write-ahead logs began. */
final class Tables implements Earlier {
    private final List<LiveTable> live;
    private final Map<Long, Path> files;
    private final Map<Spot, List<Op>> instead;
    private final Map<Long, Table> opened = new HashMap<>();

    /** Names a block. */
    record Spot(Path file, long offset) {}

    /**
     * @param live the tables in use
     * @param files all tables by number
     */
    Tables(List<LiveTable> live, Map<Long, Path> files) {
        this(live, files, Map.of());
    }

    private Tables(List<LiveTable> live, Map<Long, Path> files, Map<Spot, List<Op>> instead) {
        this.live = List.copyOf(live);
        this.files = Map.copyOf(files);
        this.instead = Map.copyOf(instead);
    }

    /** The same with other changes in some blocks. */
    Tables with(Map<Spot, List<Op>> others) {
        return new Tables(live, files, others);
    }

    private List<Op> ops(Table table, Table.BlockAt block) throws IOException, BadBytesException {
        var other = instead.get(new Spot(table.file(), block.place().offset()));
        return other == null ? table.ops(block) : other;
    }

    @Override
    public Optional<byte[]> value(byte[] key) throws IOException, BadBytesException {
        return newest(key).filter(Op::isPut).map(Op::value);
    }

    /** The newest change of a key elsewhere than in one block. */
    Optional<Op> newestElsewhere(byte[] key, Spot than) throws IOException, BadBytesException {
        return all(
                        key,
                        (table, block) -> !than.equals(
                                new Spot(table.file(), block.place().offset())))
                .stream()
                .min(Op.ORDER);
    }

    /** The newest change of a key. */
    Optional<Op> newest(byte[] key) throws IOException, BadBytesException {
        return all(key).stream().min(Op.ORDER);
    }

    private List<Op> all(byte[] key) throws IOException, BadBytesException {
        return all(key, (_, _) -> true);
    }

    private List<Op> all(byte[] key, BiPredicate<Table, Table.BlockAt> wanted) throws IOException, BadBytesException {
        var found = new ArrayList<Op>();
        for (var each : overlapping(key, key)) {
            var table = opened(each);
            for (var block : table.blocks()) {
                if (Arrays.compareUnsigned(block.upTo(), key) >= 0) {
                    if (block.after().length > 0 && Arrays.compareUnsigned(block.after(), key) > 0) {
                        break;
                    }
                    if (!wanted.test(table, block)) {
                        continue;
                    }
                    for (var op : ops(table, block)) {
                        if (Arrays.equals(op.key(), key)) {
                            found.add(op);
                        }
                    }
                }
            }
        }
        return found;
    }

    @Override
    public long lastEntry(long log, long base) throws IOException, BadBytesException {
        var below = Keys.entry(log + 1, 0);
        while (true) {
            var last = new byte[0];
            for (var each : overlapping(Keys.entry(log, base + 1), below)) {
                last = max(last, lastKeyBefore(opened(each), below, Keys.entry(log, base + 1)));
            }
            if (!Keys.isEntryOf(last, log)) {
                return base;
            }
            if (newest(last).filter(Op::isPut).isPresent()) {
                return Keys.indexOf(last);
            }
            below = last;
        }
    }

    /** The greatest key of a table in this range, or nothing. */
    private byte[] lastKeyBefore(Table table, byte[] below, byte[] from) throws IOException, BadBytesException {
        var blocks = table.blocks();
        for (var i = blocks.size() - 1; i >= 0; i--) {
            var block = blocks.get(i);
            if (Arrays.compareUnsigned(block.upTo(), from) < 0) {
                break;
            }
            if (block.after().length > 0 && Arrays.compareUnsigned(block.after(), below) >= 0) {
                continue;
            }
            var last = new byte[0];
            for (var op : ops(table, block)) {
                if (Arrays.compareUnsigned(op.key(), below) < 0 && Arrays.compareUnsigned(op.key(), from) >= 0) {
                    last = op.key();
                }
            }
            if (last.length > 0) {
                return last;
            }
        }
        return new byte[0];
    }

    /** The greatest key in a range, whether it was deleted or not; nothing if there is none. */
    Optional<byte[]> lastKey(byte[] from, byte[] below) throws IOException, BadBytesException {
        var last = new byte[0];
        for (var each : overlapping(from, below)) {
            last = max(last, lastKeyBefore(opened(each), below, from));
        }
        return last.length == 0 ? Optional.empty() : Optional.of(last);
    }

    /** All changes of the keys of one range, in order. */
    List<Op> range(byte[] from, byte[] below) throws IOException, BadBytesException {
        var found = new ArrayList<Op>();
        for (var each : overlapping(from, below)) {
            var table = opened(each);
            for (var block : table.blocks()) {
                if (Arrays.compareUnsigned(block.upTo(), from) >= 0
                        && (block.after().length == 0 || Arrays.compareUnsigned(block.after(), below) < 0)) {
                    for (var op : ops(table, block)) {
                        if (Arrays.compareUnsigned(op.key(), from) >= 0
                                && Arrays.compareUnsigned(op.key(), below) < 0) {
                            found.add(op);
                        }
                    }
                }
            }
        }
        found.sort(Op.ORDER);
        return found;
    }

    private List<LiveTable> overlapping(byte[] from, byte[] to) {
        return live.stream()
                .filter(table -> Arrays.compareUnsigned(table.smallest(), to) <= 0
                        && Arrays.compareUnsigned(table.largest(), from) >= 0)
                .toList();
    }

    private Table opened(LiveTable wanted) throws IOException, BadBytesException {
        var table = opened.get(wanted.number());
        if (table == null) {
            var file = files.get(wanted.number());
            if (file == null || !Files.isRegularFile(file)) {
                throw new BadBytesException(0, "table %d is missing".formatted(wanted.number()));
            }
            table = Table.open(file, wanted.bytes());
            opened.put(wanted.number(), table);
        }
        return table;
    }

    private static byte[] max(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
    }
}
