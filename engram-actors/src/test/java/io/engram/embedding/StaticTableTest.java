package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StaticTableTest {
    private static final List<String> PIECES = List.of("[UNK]", "[CLS]", "[SEP]", "piano", "##s", "é漢🎉");

    private static StaticTable table() {
        var random = new Random(3);
        var steps = new byte[PIECES.size()][StaticTable.DIMENSION];
        for (var row : steps) {
            for (int d = 0; d < row.length; d++) {
                row[d] = (byte) (random.nextInt(15) - 7);
            }
        }
        steps[3][0] = 7;
        steps[3][1] = -7;
        return StaticTable.of(PIECES, new float[] {0, 0, 0, 0.5f, 0.25f, 2}, steps);
    }

    private static double[] row(StaticTable table, int piece) {
        var sum = new double[StaticTable.DIMENSION];
        table.addTo(sum, piece);
        return sum;
    }

    @Test
    void bytes_read_back_are_the_same_table() throws Exception {
        var table = table();
        var again = StaticTable.read(table.bytes());
        assertThat(again.vocabulary()).isEqualTo(PIECES);
        for (int piece = 0; piece < PIECES.size(); piece++) {
            assertThat(row(again, piece)).isEqualTo(row(table, piece));
        }
        assertThat(row(again, 3)).startsWith(3.5, -3.5);
        assertThat(row(again, 1)).containsOnly(0);
        assertThat(again.bytes()).isEqualTo(table.bytes());
    }

    @Test
    void vectors_add_up() {
        var table = table();
        var sum = row(table, 3);
        table.addTo(sum, 4);
        for (int d = 0; d < sum.length; d++) {
            assertThat(sum[d]).isEqualTo(row(table, 3)[d] + row(table, 4)[d]);
        }
    }

    @Test
    void one_wrong_byte_anywhere_is_noticed() {
        var whole = table().bytes();
        for (int at = 0; at < whole.length; at++) {
            var damaged = whole.clone();
            damaged[at] ^= 0x10;
            assertThatThrownBy(() -> StaticTable.read(damaged))
                    .as("byte %d", at)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_file_that_was_cut_or_is_empty_is_noticed() {
        var whole = table().bytes();
        for (int length : new int[] {0, 1, 4, 27, 28, whole.length - 1}) {
            assertThatThrownBy(() -> StaticTable.read(Arrays.copyOf(whole, length)))
                    .as("length %d", length)
                    .isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> StaticTable.read(Arrays.copyOf(whole, whole.length + 1)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void its_file_is_named_after_the_model() {
        assertThat(StaticTable.FILE).isEqualTo("e5-small-v2-static-256-1.table");
    }
}
