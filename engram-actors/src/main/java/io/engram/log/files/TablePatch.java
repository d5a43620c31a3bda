package io.engram.log.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A table without its damaged blocks, of exactly the same size, by which LevelDB opens it: what can be read of a block makes a
 * smaller one in its place, or its line in the index goes. Index and footer are written anew where they were, and nothing refers
 * to the bytes that are left over.
 *
 * @param kept for each damaged block, by its offset, the changes that are kept of it
 */
record TablePatch(Table table, long size, Map<Long, List<Op>> kept) {
    TablePatch {
        kept = Map.copyOf(kept);
    }

    /** Writes the table. */
    void write(FileChannel to) throws IOException {
        try (var from = FileChannel.open(table.file())) {
            for (var position = 0L; position < size; ) {
                position += from.transferTo(position, size - position, to.position(position));
            }
        }
        var slots = new ArrayList<Block.Slot>();
        for (var block : table.blocks()) {
            var left = kept.get(block.place().offset());
            if (left == null) {
                slots.add(slot(block, block.place().bytes()));
            } else {
                var rebuilt = Block.ofOps(left);
                if (!left.isEmpty() && rebuilt.length <= block.place().bytes()) {
                    Replacement.write(to, block.place().offset(), Block.sealed(rebuilt));
                    slots.add(slot(block, rebuilt.length));
                }
            }
        }
        var index = Block.ofIndex(slots);
        if (index.length > table.index().bytes()) {
            throw new IOException("the index of %s does not fit into its place".formatted(table.file()));
        }
        Replacement.write(to, table.index().offset(), Block.sealed(index));
        Replacement.write(
                to,
                size - Table.FOOTER_BYTES,
                Table.footer(table.metaIndex(), new Table.Place(table.index().offset(), index.length)));
        if (to.size() != size) {
            throw new IOException("%s has %d bytes instead of %d".formatted(table.file(), to.size(), size));
        }
    }

    private static Block.Slot slot(Table.BlockAt block, int bytes) {
        return new Block.Slot(block.key(), new Table.Place(block.place().offset(), bytes).written());
    }
}
