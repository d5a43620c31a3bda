package io.engram.cluster;

import io.engram.cluster.ClusterView.Lag;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The figures of a node's cluster, looked up now and then so that being asked for them costs nothing. No name ends with
 * {@code total}: Prometheus keeps that for counters, and takes it off a gauge.
 */
final class ClusterMeters {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterMeters.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);

    /** A shard that does not answer for so long is not known. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final ClusterInspector inspector;
    private final LagWatch watch;
    private volatile ClusterView view;
    private volatile double spacesLed = Double.NaN;
    private volatile double mostLag = Double.NaN;
    private volatile double mostLagBytes = Double.NaN;
    private volatile double longestLag = Double.NaN;
    private volatile CompletableFuture<?> asking = CompletableFuture.completedFuture(null);

    private final Counter partitionsDetected;
    private final Counter partitionsHealed;

    private ClusterMeters(ClusterInspector inspector, Duration lagThreshold, MeterRegistry meters) {
        this.inspector = inspector;
        partitionsDetected = Counter.builder("engram_cluster_partitions_detected_total")
                .description("How often this node found itself without a majority of the nodes")
                .register(meters);
        partitionsHealed = Counter.builder("engram_cluster_partitions_healed_total")
                .description("How often all nodes and shards were back after that")
                .register(meters);
        watch = new LagWatch(lagThreshold);
        view = inspector.view();
    }

    /** @param lagThreshold a copy that lacks something for longer is warned of */
    static ClusterMeters register(ClusterInspector inspector, Duration lagThreshold, MeterRegistry meters) {
        var figures = new ClusterMeters(inspector, lagThreshold, meters);
        figures.register(meters);
        return figures;
    }

    /** Looks regularly, until the system ends. */
    void start(ActorSystem<?> system) {
        system.scheduler().scheduleWithFixedDelay(Duration.ZERO, PERIOD, this::look, system.executionContext());
    }

    /** Looks now; what the shards have to be asked for comes a little later. */
    void look() {
        var before = view;
        view = inspector.view();
        count(before, view);
        if (asking.isDone()) {
            var spaces = inspector
                    .spacesLed()
                    .toCompletableFuture()
                    .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .handle((count, failure) -> spacesLed = failure == null ? count : Double.NaN);
            var lags = inspector
                    .lags()
                    .toCompletableFuture()
                    .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .handle((all, failure) -> {
                        noteLags(failure == null ? Optional.of(all) : Optional.empty());
                        return true;
                    });
            asking = CompletableFuture.allOf(spaces, lags);
        }
    }

    /** A node that has not heard of its cluster yet has not lost anything. */
    private void count(ClusterView before, ClusterView now) {
        if (before.catalog().isEmpty() || now.catalog().isEmpty()) {
            return;
        }
        var was = before.partition().side();
        var is = now.partition().side();
        // Whoever is healing was cut off between two looks.
        if (was != is
                && (is == ClusterView.Side.PARTITIONED
                        || is == ClusterView.Side.HEALING && was == ClusterView.Side.CONNECTED)) {
            partitionsDetected.increment();
        }
        if (is == ClusterView.Side.CONNECTED && was != is) {
            partitionsHealed.increment();
        }
    }

    /** Copies that lack so much that nobody has it in memory leave the bytes unknown. */
    private static double mostBytes(List<Lag> lags) {
        return lags.stream()
                        .filter(lag -> lag.lag() > 0)
                        .anyMatch(lag -> lag.bytes().isEmpty())
                ? Double.NaN
                : lags.stream()
                        .filter(lag -> lag.lag() > 0)
                        .mapToLong(lag -> lag.bytes().orElse(0))
                        .max()
                        .orElse(0);
    }

    private synchronized void noteLags(Optional<List<Lag>> lags) {
        mostLag = lags.map(
                        all -> (double) all.stream().mapToLong(Lag::lag).max().orElse(0))
                .orElse(Double.NaN);
        mostLagBytes = lags.map(ClusterMeters::mostBytes).orElse(Double.NaN);
        longestLag = lags.map(all -> {
                    var found = watch.look(all, System.nanoTime());
                    found.news().forEach(text -> LOG.warn("{}", text));
                    return found.longest().toMillis() / 1_000.0;
                })
                .orElse(Double.NaN);
    }

    private void register(MeterRegistry meters) {
        ofView(
                meters,
                "membership.alive",
                "Other nodes that can be reached",
                seen -> seen.peers().alive());
        ofView(
                meters,
                "membership.suspect",
                "Other nodes that cannot be reached",
                seen -> seen.peers().suspect());
        ofView(
                meters,
                "membership.dead",
                "Other nodes that were silent for too long",
                seen -> seen.peers().dead());
        ofView(
                meters,
                "membership.left",
                "Other nodes that leave",
                seen -> seen.peers().left());
        ofView(
                meters,
                "membership.known",
                "Other nodes that the catalog knows",
                seen -> seen.peers().total());
        ofView(
                meters,
                "partition.state",
                "0 with a majority of the nodes, 1 without one, 2 while what was lost comes back",
                seen -> seen.partition().side().ordinal());
        ofView(
                meters,
                "partition.reachable",
                "Nodes that can be reached, with this one",
                seen -> seen.partition().reachable());
        ofView(
                meters,
                "partition.known",
                "Nodes that have not left, with this one",
                seen -> seen.partition().total());
        ofView(
                meters,
                "catalog.version",
                "Newest version of the catalog that is known here",
                seen -> seen.catalog()
                        .map(catalog -> (double) catalog.version())
                        .orElse(Double.NaN));
        ofView(
                meters,
                "catalog.voters",
                "Nodes that vote on the catalog",
                seen -> seen.catalog()
                        .map(catalog -> (double) catalog.voters().size())
                        .orElse(Double.NaN));
        ofView(
                meters,
                "catalog.majority.answers",
                "1 if a majority of the voters answered last, else 0",
                seen -> seen.catalog()
                                .filter(ClusterView.Catalog::majorityAnswers)
                                .isPresent()
                        ? 1
                        : 0);
        ofView(
                meters,
                "shards.known",
                "Shards that were ever touched",
                seen -> seen.shards().total());
        ofView(
                meters,
                "shards.active",
                "Shards whose newest configuration is active",
                seen -> seen.shards().active());
        ofView(
                meters,
                "shards.under.replicated",
                "Shards with fewer living copies than they should have",
                seen -> seen.shards().underReplicated());
        ofView(
                meters,
                "shards.unavailable",
                "Shards without a primary that can be reached",
                seen -> seen.shards().unavailable());
        gauge(meters, "spaces.led", "Memory spaces that this node leads", figures -> figures.spacesLed);
        gauge(
                meters,
                "replication.lag.max.entries",
                "Most entries that a copy of a space which this node leads lacks",
                figures -> figures.mostLag);
        gauge(
                meters,
                "replication.lag.max.bytes",
                "Most bytes of entries that a copy of a space which this node leads lacks; NaN where that is not in"
                        + " memory",
                figures -> figures.mostLagBytes);
        gauge(
                meters,
                "replication.lag.max.seconds",
                "Longest time for which a copy of a space which this node leads has lacked something, to within 5 s",
                figures -> figures.longestLag);
    }

    private void ofView(MeterRegistry meters, String name, String description, ToDoubleFunction<ClusterView> figure) {
        gauge(meters, name, description, figures -> figure.applyAsDouble(figures.view));
    }

    private void gauge(MeterRegistry meters, String name, String description, ToDoubleFunction<ClusterMeters> figure) {
        Gauge.builder("engram.cluster." + name, this, figure)
                .description(description)
                .strongReference(true)
                .register(meters);
    }
}
