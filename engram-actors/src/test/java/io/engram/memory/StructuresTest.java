package io.engram.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.memory.text.Analysis;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StructuresTest {
    private static final Analysis NOTHING = new Analysis(new int[0], new boolean[0], 0);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anIdMapAgreesWithAHashMapEvenWhereHashesCollide(long seed) {
        Random random = new Random(seed);
        Map<String, Integer> expected = new HashMap<>();
        IdMap map = IdMap.EMPTY;
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            // "Aa" and "BB" have one hash code, and so have all texts made of them.
            StringBuilder twin = new StringBuilder();
            for (int bit = 0; bit < 3; bit++) {
                twin.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            ids.add(twin.toString() + i / 8);
        }
        for (int i = 0; i < 5000; i++) {
            String id = ids.get(random.nextInt(ids.size()));
            if (random.nextInt(3) == 0) {
                IdMap before = map;
                map = map.without(id);
                assertThat(before.get(id)).isEqualTo(expected.getOrDefault(id, IdMap.ABSENT));
                expected.remove(id);
            } else {
                map = map.with(id, i);
                expected.put(id, i);
            }
            assertThat(map.get(id)).as("seed " + seed).isEqualTo(expected.getOrDefault(id, IdMap.ABSENT));
        }
        for (String id : ids) {
            assertThat(map.get(id)).as("seed " + seed).isEqualTo(expected.getOrDefault(id, IdMap.ABSENT));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theOrderOfTimeIsSortedThroughInsertsAndRemovals(long seed) {
        Random random = new Random(seed);
        RowTable table = new RowTable();
        TimeOrder order = TimeOrder.EMPTY;
        List<Integer> rows = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            Memory memory = Memories.of(
                    "m" + i,
                    1,
                    seed == 1 ? i : random.nextInt(500),
                    MemoryBody.builder("").build());
            int row = table.append(new Entry.Versions(memory, null), i, NOTHING, NOTHING);
            order = order.with(row, table.view());
            rows.add(row);
            if (random.nextInt(3) == 0) {
                int gone = rows.remove(random.nextInt(rows.size()));
                order = order.without(gone, table.view());
            }
        }
        RowTable.View view = table.view();
        rows.sort(
                Comparator.comparing((Integer r) -> view.memory(r).observedAt()).thenComparing(view::ordinal));
        assertThat(order.first()).isEqualTo(rows.getFirst());
        assertThat(order.last()).isEqualTo(rows.getLast());
        for (int i = 0; i < rows.size(); i++) {
            assertThat(order.before(rows.get(i), view)).isEqualTo(i == 0 ? -1 : rows.get(i - 1));
            assertThat(order.after(rows.get(i), view)).isEqualTo(i + 1 == rows.size() ? -1 : rows.get(i + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theBestRowsAreThoseOfASort(long seed) {
        Random random = new Random(seed);
        RowTable table = new RowTable();
        float[] scores = new float[1000];
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            table.append(new Entry.Versions(Memories.of("m" + i, ""), null), scores.length - i, NOTHING, NOTHING);
            scores[i] = random.nextInt(100);
            expected.add(i);
        }
        expected.sort(Comparator.comparing((Integer r) -> -scores[r]).thenComparing(r -> -r));
        for (int capacity : new int[] {1, 2, 100, 999, 1000, 5000}) {
            TopRows top = new TopRows(table.view(), capacity);
            for (int i = 0; i < scores.length; i++) {
                top.offer(i, scores[i]);
            }
            assertThat(top.drain())
                    .as("seed " + seed)
                    .containsExactly(
                            expected.stream().limit(capacity).mapToInt(r -> r).toArray());
        }
    }

    @Test
    void bitsKeepTheirOldVersions() {
        Bits bits = Bits.NONE;
        List<Bits> versions = new ArrayList<>();
        for (int i = 0; i < 20_000; i += 977) {
            versions.add(bits);
            bits = bits.with(i);
        }
        for (int v = 0; v < versions.size(); v++) {
            for (int i = 0; i < 20_000; i += 977) {
                assertThat(versions.get(v).get(i)).isEqualTo(i < v * 977);
            }
        }
        assertThat(bits.get(4096)).isFalse();
    }
}
