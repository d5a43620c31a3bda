package io.engram.cluster;

import io.engram.health.HealthCheck;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the clocks of other nodes are from this node's. Each answer to an introduction says what its sender's clock was at; half of the
 * time between question and answer is taken for the way back, so that a clock is known to within that half. Only what is beyond the limit
 * even then is spoken of. Nothing is refused for it: what is acknowledged rests on no clock. All methods may be called by any thread.
 */
final class ClockSkews {
    private static final Logger LOG = LoggerFactory.getLogger(ClockSkews.class);
    /** What was measured longer ago says nothing any more. */
    private static final Duration FRESH = Duration.ofMinutes(1);

    private static final Duration WARN_AGAIN = Duration.ofMinutes(10);
    /** Nodes that have a series of their own. */
    private static final int MOST_SERIES = 64;

    private static final int MOST = 2_000;

    /**
     * One measurement.
     *
     * @param node its name
     * @param ahead how far its clock is ahead of this node's; negative if it is behind
     * @param within how wrong that may be
     */
    private record Measured(String node, Duration ahead, Duration within, long atNanos) {
        Duration atLeast() {
            var certain = ahead.abs().minus(within);
            return certain.isNegative() ? Duration.ZERO : certain;
        }

        String text() {
            return String.format(
                    Locale.ROOT,
                    "the clock of node '%s' is %.3f s %s this node's",
                    node,
                    ahead.abs().toMillis() / 1e3,
                    ahead.isNegative() ? "behind" : "ahead of");
        }
    }

    private final Duration limit;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Map<UUID, Measured> measured = new LinkedHashMap<>();
    /** When a node was last warned of. */
    private final Map<String, Long> warned = new LinkedHashMap<>();

    private final Map<String, Gauge> series = new LinkedHashMap<>();
    private Optional<MeterRegistry> meters = Optional.empty();

    /** @param limit beyond which two clocks are too far apart */
    ClockSkews(Duration limit, InstantSource clock, LongSupplier nanoTime) {
        this.limit = limit;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** This node's clock, in microseconds since 1970. */
    long wallMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    /**
     * Another node has said what its clock is at.
     *
     * @param wallMicros of its clock when it answered, since 1970
     * @param askedNanos when it was asked, by {@link System#nanoTime()} of this node
     */
    synchronized void answered(UUID incarnation, String node, long wallMicros, long askedNanos) {
        var now = nanoTime.getAsLong();
        var way = Duration.ofNanos(Math.max(0, now - askedNanos)).dividedBy(2);
        var ahead = Duration.of(wallMicros - wallMicros(), ChronoUnit.MICROS).plus(way);
        var found = new Measured(node, ahead, way, now);
        measured.remove(incarnation);
        measured.put(incarnation, found);
        if (measured.size() > MOST) {
            measured.remove(measured.keySet().iterator().next());
        }
        show(node);
        warn(found, now);
    }

    private void warn(Measured found, long now) {
        var before = warned.get(found.node());
        if (found.atLeast().compareTo(limit) > 0) {
            if (before == null || now - before >= WARN_AGAIN.toNanos()) {
                if (warned.size() > MOST) {
                    warned.clear();
                }
                warned.put(found.node(), now);
                LOG.warn(
                        "{}, and {} ms are allowed (cluster.max_clock_skew); see to it that both machines keep time,"
                                + " by NTP or such",
                        found.text(),
                        limit.toMillis());
            }
        } else if (before != null && found.ahead().abs().compareTo(limit) <= 0) {
            warned.remove(found.node());
            LOG.info("{}, which is within what is allowed again", found.text());
        }
    }

    private List<Measured> fresh() {
        var now = nanoTime.getAsLong();
        return measured.values().stream()
                .filter(each -> now - each.atNanos() <= FRESH.toNanos())
                .toList();
    }

    /** Degraded while a clock is too far from this node's. */
    HealthCheck health() {
        return HealthCheck.of("clock", "cluster", this::check);
    }

    private synchronized HealthCheck.Result check() {
        var fresh = fresh();
        var far = new ArrayList<>(fresh.stream()
                .filter(each -> each.atLeast().compareTo(limit) > 0)
                .sorted(Comparator.comparing(Measured::atLeast).reversed())
                .toList());
        if (far.isEmpty()) {
            return HealthCheck.Result.healthy(
                    "no clock of %d other nodes is known to be more than %d ms from this node's"
                            .formatted(fresh.size(), limit.toMillis()));
        }
        var others = far.size() == 1 ? "" : ", and those of %d more are too far from it".formatted(far.size() - 1);
        return HealthCheck.Result.degraded(
                "%s%s; %d ms are allowed".formatted(far.getFirst().text(), others, limit.toMillis()));
    }

    /** Has the figures in {@code registry}, of the nodes that are met first; there is none for a node that has not answered. */
    synchronized void register(MeterRegistry registry) {
        meters = Optional.of(registry);
        measured.values().forEach(each -> show(each.node()));
    }

    private void show(String node) {
        if (meters.isEmpty() || series.containsKey(node) || series.size() >= MOST_SERIES) {
            return;
        }
        series.put(
                node,
                Gauge.builder("engram_cluster_clock_skew_seconds", this, skews -> skews.seconds(node))
                        .description(
                                "How far another node's clock is ahead of this node's; NaN where it has not answered"
                                        + " lately")
                        .tag("peer", node)
                        .strongReference(true)
                        .register(meters.get()));
    }

    private synchronized double seconds(String node) {
        return fresh().stream()
                .filter(each -> each.node().equals(node))
                .mapToDouble(each -> each.ahead().toNanos() / 1e9)
                .findFirst()
                .orElse(Double.NaN);
    }
}
