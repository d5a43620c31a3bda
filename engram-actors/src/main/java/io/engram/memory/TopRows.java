package io.engram.memory;

import java.util.Arrays;

/** Keeps the best rows that it is offered. Equal scores go to the memory that was stored first. */
final class TopRows {
    private final RowTable.View table;
    private final int capacity;
    // A heap whose root is the worst of those kept.
    private int[] rows;
    private float[] scores;
    private int size;

    TopRows(RowTable.View table, int capacity) {
        this.table = table;
        this.capacity = capacity;
        rows = new int[Math.min(capacity, 128)];
        scores = new float[rows.length];
    }

    void offer(int row, float score) {
        if (size < capacity) {
            if (size == rows.length) {
                int length = (int) Math.min(capacity, size * 2L);
                rows = Arrays.copyOf(rows, length);
                scores = Arrays.copyOf(scores, length);
            }
            int at = size++;
            while (at > 0 && isWorse(row, score, (at - 1) / 2)) {
                move((at - 1) / 2, at);
                at = (at - 1) / 2;
            }
            rows[at] = row;
            scores[at] = score;
        } else if (score >= scores[0] && !isWorse(row, score, 0)) {
            sink(row, score, size);
        }
    }

    int size() {
        return size;
    }

    /** The rows, best first. Empties this. */
    int[] drain() {
        int[] sorted = new int[size];
        while (size > 0) {
            sorted[size - 1] = rows[0];
            size--;
            sink(rows[size], scores[size], size);
        }
        return sorted;
    }

    private void sink(int row, float score, int length) {
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= length) {
                break;
            }
            if (child + 1 < length && isWorse(rows[child + 1], scores[child + 1], child)) {
                child++;
            }
            if (isWorse(row, score, child)) {
                break;
            }
            move(child, at);
            at = child;
        }
        rows[at] = row;
        scores[at] = score;
    }

    private boolean isWorse(int row, float score, int than) {
        return score < scores[than] || (score == scores[than] && table.ordinal(row) > table.ordinal(rows[than]));
    }

    private void move(int from, int to) {
        rows[to] = rows[from];
        scores[to] = scores[from];
    }
}
