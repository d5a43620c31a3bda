package io.engram.dist.monitoring;

import static org.awaitility.Awaitility.await;

import io.engram.dist.monitoring.Series.Matcher;
import io.engram.dist.monitoring.Series.Sample;
import io.engram.dist.monitoring.Series.Selector;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.assertj.core.api.Assertions;

/** Whether nodes tell what is asked of them. */
final class Coverage {
    /** These are 0, or have no sample that fits, as long as nothing is wrong and nobody waits; they must be there. */
    private static final Set<String> MAY_BE_ZERO = Set.of(
            "engram_cluster_clock_skew_seconds",
            "engram_cluster_copies_contradicting",
            "engram_cluster_membership_dead",
            "engram_cluster_membership_left",
            "engram_cluster_membership_suspect",
            "engram_cluster_partition_state",
            "engram_cluster_partitions_detected_total",
            "engram_cluster_partitions_healed_total",
            "engram_cluster_replication_lag_max_bytes",
            "engram_cluster_replication_lag_max_entries",
            "engram_cluster_replication_lag_max_seconds",
            "engram_cluster_shards_unavailable",
            "engram_cluster_shards_under_replicated",
            "engram_cluster_warm_copies_taken_total",
            "engram_embedding_failures_total",
            "engram_embedding_queue_depth",
            "engram_embedding_rejected_total",
            "engram_grpc_calls_open",
            "engram_health_status",
            "engram_http_requests_in_flight",
            "engram_journal_failures_total",
            "engram_journal_quarantined_logs",
            "engram_journal_queue_depth",
            "engram_reads_waiting",
            "engram_router_retries_total",
            "engram_snapshot_damaged_logs",
            "engram_snapshot_damaged_total",
            "engram_snapshot_failures_total",
            "engram_space_mailbox_messages",
            "engram_space_memories_awaiting_embedding",
            "engram_spaces_quarantined",
            "engram_wal_recovery_failures_total",
            "engram_writes_in_flight",
            "jvm_gc_live_data_size_bytes",
            "process_cpu_usage",
            "system_cpu_usage",
            "system_load_average_1m");

    /** What only a node with a fault has: it is asked for without the condition that says so. */
    private static final Matcher FAULTS = new Matcher("status", "=~", "5..");

    /** Made by the command line's crash handler, which this test cannot set off in another process. */
    private static final String CRASHES = "engram_crashes_total";

    private Coverage() {}

    /** What only nodes of a cluster have. */
    static boolean isOfACluster(Selector selector) {
        return selector.name().startsWith("engram_cluster_")
                || selector.name().startsWith("engram_router_")
                || selector.name().startsWith("engram_replication_")
                || selector.matchers().contains(new Matcher("stage", "=", "replicate"));
    }

    /** Waits, since some figures are looked up every few seconds only. */
    static void awaitAll(Collection<Selector> asked, Supplier<List<Sample>> told) {
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    var samples = told.get();
                    Assertions.assertThat(asked.stream()
                                    .filter(each -> !isTold(each, samples))
                                    .toList())
                            .as("asked for by rules or dashboards, and not told by the node")
                            .isEmpty();
                });
    }

    private static boolean isTold(Selector asked, List<Sample> samples) {
        if (asked.name().equals(CRASHES)) {
            return true;
        }
        var selector = asked.matchers().contains(FAULTS) ? new Selector(asked.name(), List.of()) : asked;
        return samples.stream()
                .filter(selector::accepts)
                .anyMatch(
                        sample -> Double.isFinite(sample.value()) && (sample.value() > 0 || mayBeZero(sample.name())));
    }

    /** What was the most of late is 0 again after a while. */
    private static boolean mayBeZero(String name) {
        return MAY_BE_ZERO.contains(name) || name.endsWith("_max");
    }
}
