package io.engram.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The live rows in the order of {@link Memory#observedAt()}, equal times in the order of first storing. Immutable; a
 * change copies one block of at most {@link #BLOCK} rows and the list of blocks. Rows mostly arrive in order, so blocks
 * fill up at the end.
 */
final class TimeOrder {
    static final int BLOCK = 256;
    static final TimeOrder EMPTY = new TimeOrder(new int[0][]);

    private final int[][] blocks;

    private TimeOrder(int[][] blocks) {
        this.blocks = blocks;
    }

    /** A place in the order. */
    record Place(int block, int at) {}

    /** Rows that are in order already, in runs of which each but the last is a multiple of {@link #BLOCK} long. */
    static TimeOrder ofSorted(List<int[]> runs) {
        List<int[]> blocks = new ArrayList<>();
        for (int[] run : runs) {
            for (int from = 0; from < run.length; from += BLOCK) {
                blocks.add(Arrays.copyOfRange(run, from, Math.min(run.length, from + BLOCK)));
            }
        }
        return new TimeOrder(blocks.toArray(new int[0][]));
    }

    /** The rows in order, in runs. */
    List<int[]> runs() {
        return List.of(blocks);
    }

    boolean isEmpty() {
        return blocks.length == 0;
    }

    int first() {
        return blocks[0][0];
    }

    int last() {
        int[] block = blocks[blocks.length - 1];
        return block[block.length - 1];
    }

    TimeOrder with(int row, RowTable.View rows) {
        if (blocks.length == 0) {
            return new TimeOrder(new int[][] {{row}});
        }
        int b = blockOf(row, rows);
        int[] block = blocks[b];
        int at = search(block, row, rows);
        if (block.length < BLOCK) {
            int[][] copy = blocks.clone();
            copy[b] = inserted(block, at, row);
            return new TimeOrder(copy);
        }
        // A full block is cut where the row goes in if that is its end, so that appending leaves full blocks behind.
        int cut = at == block.length ? at : block.length / 2;
        int[][] copy = new int[blocks.length + 1][];
        System.arraycopy(blocks, 0, copy, 0, b);
        System.arraycopy(blocks, b + 1, copy, b + 2, blocks.length - b - 1);
        int[] left = Arrays.copyOf(block, cut);
        int[] right = Arrays.copyOfRange(block, cut, block.length);
        if (at < cut) {
            copy[b] = inserted(left, at, row);
            copy[b + 1] = right;
        } else {
            copy[b] = left;
            copy[b + 1] = inserted(right, at - cut, row);
        }
        return new TimeOrder(copy);
    }

    TimeOrder without(int row, RowTable.View rows) {
        Place place = place(row, rows);
        int[] block = blocks[place.block];
        if (block.length == 1) {
            int[][] copy = new int[blocks.length - 1][];
            System.arraycopy(blocks, 0, copy, 0, place.block);
            System.arraycopy(blocks, place.block + 1, copy, place.block, copy.length - place.block);
            return new TimeOrder(copy);
        }
        int[] rest = new int[block.length - 1];
        System.arraycopy(block, 0, rest, 0, place.at);
        System.arraycopy(block, place.at + 1, rest, place.at, rest.length - place.at);
        int[][] copy = blocks.clone();
        copy[place.block] = rest;
        return new TimeOrder(copy);
    }

    /** The row before this one in time, or -1. */
    int before(int row, RowTable.View rows) {
        Place place = place(row, rows);
        if (place.at > 0) {
            return blocks[place.block][place.at - 1];
        }
        return place.block == 0 ? -1 : blocks[place.block - 1][blocks[place.block - 1].length - 1];
    }

    /** The row after this one in time, or -1. */
    int after(int row, RowTable.View rows) {
        Place place = place(row, rows);
        if (place.at + 1 < blocks[place.block].length) {
            return blocks[place.block][place.at + 1];
        }
        return place.block + 1 == blocks.length ? -1 : blocks[place.block + 1][0];
    }

    private Place place(int row, RowTable.View rows) {
        int b = blockOf(row, rows);
        int at = search(blocks[b], row, rows);
        if (at == blocks[b].length || blocks[b][at] != row) {
            throw new IllegalStateException("row " + row + " is not in the order of time");
        }
        return new Place(b, at);
    }

    /** The block whose first row is the last that does not come after {@code row}; the first block if none is. */
    private int blockOf(int row, RowTable.View rows) {
        int low = 0;
        int high = blocks.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (compare(blocks[middle][0], row, rows) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The first index whose row does not come before {@code row}. */
    private static int search(int[] block, int row, RowTable.View rows) {
        int low = 0;
        int high = block.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(block[middle], row, rows) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int compare(int a, int b, RowTable.View rows) {
        Instant timeA = rows.memory(a).observedAt();
        Instant timeB = rows.memory(b).observedAt();
        int byTime = timeA.compareTo(timeB);
        return byTime != 0 ? byTime : Integer.compare(rows.ordinal(a), rows.ordinal(b));
    }

    private static int[] inserted(int[] block, int at, int row) {
        int[] copy = new int[block.length + 1];
        System.arraycopy(block, 0, copy, 0, at);
        copy[at] = row;
        System.arraycopy(block, at, copy, at + 1, block.length - at);
        return copy;
    }
}
