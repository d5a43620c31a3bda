package io.engram.space;

import io.engram.memory.SpaceStatistics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/**
 * Figures of single spaces. A node may have far more spaces than a monitoring system has room for, so that only the first
 * {@value #MOST} of those that were used here get series of their own; the operations of the rest are counted together.
 */
final class SpaceSeries {
    static final int MOST = 100;

    /** No space can have this name. */
    static final String OTHERS = "(others)";

    private record Named(Counter reads, Counter writes, List<Meter> gauges) {
        void asked(boolean isWrite) {
            (isWrite ? writes : reads).increment();
        }
    }

    private final SpaceReaders readers;
    private final MeterRegistry meters;
    private final ConcurrentHashMap<SpaceId, Named> named = new ConcurrentHashMap<>();
    private final Named others;

    SpaceSeries(SpaceReaders readers, MeterRegistry meters) {
        this.readers = readers;
        this.meters = meters;
        others = new Named(operations(OTHERS, "read"), operations(OTHERS, "write"), List.of());
    }

    /** An operation on a space was answered. One that is not open here, such as one that does not exist, gets no name. */
    void asked(SpaceId space, boolean isWrite) {
        var known = named.get(space);
        if (known == null && readers.get(space).isPresent()) {
            known = name(space);
        }
        (known == null ? others : known).asked(isWrite);
    }

    /** The space is gone; its place is free for another one. */
    synchronized void forget(SpaceId space) {
        var gone = named.remove(space);
        if (gone != null) {
            meters.remove(gone.reads());
            meters.remove(gone.writes());
            gone.gauges().forEach(meters::remove);
        }
    }

    private synchronized Named name(SpaceId space) {
        var known = named.get(space);
        if (known != null) {
            return known;
        }
        if (named.size() >= MOST) {
            return others;
        }
        var label = space.value();
        var made = new Named(
                operations(label, "read"),
                operations(label, "write"),
                List.of(
                        gauge(
                                "engram_space_memories",
                                "Memories of a space that can be found; absent or NaN while the space is closed",
                                space,
                                SpaceStatistics::memories),
                        gauge(
                                "engram_space_memories_awaiting_embedding",
                                "Memories of a space whose text has no vector yet",
                                space,
                                SpaceStatistics::awaitingEmbedding)));
        named.put(space, made);
        return made;
    }

    private Counter operations(String space, String kind) {
        return Counter.builder("engram_space_operations_total")
                .description("Operations answered, by space; those of spaces beyond the hundredth are counted together")
                .tags("space", space, "kind", kind)
                .register(meters);
    }

    private Gauge gauge(String name, String description, SpaceId space, ToDoubleFunction<SpaceStatistics> figure) {
        return Gauge.builder(name, () -> of(space).map(figure::applyAsDouble).orElse(Double.NaN))
                .description(description)
                .tag("space", space.value())
                .strongReference(true)
                .register(meters);
    }

    private Optional<SpaceStatistics> of(SpaceId space) {
        return readers.get(space).map(handle -> handle.view().statistics());
    }
}
