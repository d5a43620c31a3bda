package io.engram.space;

import io.engram.memory.SpaceStatistics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Figures of single spaces. A node may have far more spaces than a monitoring system has room for, so that only the first
 * {@value #MOST} of those that were used here get series of their own; the operations of the rest are counted together.
 */
final class SpaceSeries {
    static final int MOST = 100;

    /** No space can have this name. */
    static final String OTHERS = "(others)";

    private record Named(Counter reads, Counter writes, RecentRate readRate, RecentRate writeRate, List<Meter> gauges) {
        static Named of(Counter reads, Counter writes, LongSupplier nanoTime, List<Meter> gauges) {
            return new Named(
                    reads,
                    writes,
                    new RecentRate(reads::count, nanoTime),
                    new RecentRate(writes::count, nanoTime),
                    gauges);
        }

        void asked(boolean isWrite) {
            (isWrite ? writeRate : readRate).counting();
            (isWrite ? writes : reads).increment();
        }
    }

    private final SpaceReaders readers;
    private final MeterRegistry meters;
    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<SpaceId, Named> named = new ConcurrentHashMap<>();
    private final Named others;

    SpaceSeries(SpaceReaders readers, MeterRegistry meters) {
        this(readers, meters, System::nanoTime);
    }

    SpaceSeries(SpaceReaders readers, MeterRegistry meters, LongSupplier nanoTime) {
        this.readers = readers;
        this.meters = meters;
        this.nanoTime = nanoTime;
        others = Named.of(operations(OTHERS, "read"), operations(OTHERS, "write"), nanoTime, List.of());
    }

    /**
     * What is asked of a space; empty where that is not known, since the space was not used here, or is one of too many.
     *
     * @param pressure of the space
     */
    Optional<SpaceLoad> load(SpaceId space, double pressure) {
        return Optional.ofNullable(named.get(space))
                .map(known -> new SpaceLoad(
                        pressure,
                        known.readRate().perSecond(),
                        known.writeRate().perSecond()));
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
        var made = Named.of(
                operations(label, "read"),
                operations(label, "write"),
                nanoTime,
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
