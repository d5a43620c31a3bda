package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SpaceSeriesTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SpaceReaders readers = new SpaceReaders();
    private final SpaceSeries series = new SpaceSeries(readers, meters);

    private static SpaceId space(int number) {
        return new SpaceId("space-" + number);
    }

    private void open(SpaceId space) {
        readers.open(space, new SpaceState(SpaceSettings.DEFAULTS).view(), 0);
    }

    private double operations(String space, String kind) {
        return meters.get("engram_space_operations_total")
                .tags("space", space, "kind", kind)
                .counter()
                .count();
    }

    @Test
    void an_open_space_is_named_and_its_memories_are_told() {
        open(space(1));
        series.asked(space(1), true);
        series.asked(space(1), true);
        series.asked(space(1), false);
        assertThat(operations("space-1", "write")).isEqualTo(2);
        assertThat(operations("space-1", "read")).isEqualTo(1);
        assertThat(meters.get("engram_space_memories")
                        .tag("space", "space-1")
                        .gauge()
                        .value())
                .isZero();
    }

    @Test
    void a_closed_space_keeps_its_counts_and_does_not_tell_what_it_holds() {
        open(space(1));
        series.asked(space(1), true);
        readers.close(space(1), readers.get(space(1)).orElseThrow());
        series.asked(space(1), true);
        assertThat(operations("space-1", "write")).isEqualTo(2);
        assertThat(meters.get("engram_space_memories")
                        .tag("space", "space-1")
                        .gauge()
                        .value())
                .isNaN();
    }

    @Test
    void what_does_not_exist_takes_nobody_s_place() {
        series.asked(space(1), false);
        assertThat(operations(SpaceSeries.OTHERS, "read")).isEqualTo(1);
        assertThat(names()).containsExactly(SpaceSeries.OTHERS);
    }

    @Test
    void spaces_beyond_the_hundredth_are_counted_together_until_a_place_is_free() {
        for (var i = 0; i < SpaceSeries.MOST + 20; i++) {
            open(space(i));
            series.asked(space(i), true);
        }
        assertThat(names()).hasSize(SpaceSeries.MOST + 1);
        assertThat(operations(SpaceSeries.OTHERS, "write")).isEqualTo(20);

        series.forget(space(3));
        assertThat(names()).hasSize(SpaceSeries.MOST).doesNotContain("space-3");
        series.asked(space(SpaceSeries.MOST + 1), true);
        assertThat(operations("space-" + (SpaceSeries.MOST + 1), "write")).isEqualTo(1);
        series.forget(space(SpaceSeries.MOST + 5));
        assertThat(names()).hasSize(SpaceSeries.MOST + 1);
    }

    private Set<String> names() {
        return meters.getMeters().stream()
                .map(Meter::getId)
                .map(id -> Objects.requireNonNull(id.getTag("space")))
                .collect(Collectors.toSet());
    }
}
