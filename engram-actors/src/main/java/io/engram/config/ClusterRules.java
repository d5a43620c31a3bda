package io.engram.config;

import io.engram.config.EngramConfig.DiscoveryType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What does not go together in a cluster, and settings of other systems that have no meaning here. Somebody who changed one
 * relies on it, and is told what does the same; without a cluster none of them has an effect, and none is refused.
 */
final class ClusterRules {
    /** Kept for configuration files that carry them, with what to do instead. */
    private static final Map<String, String> REPLACED = Map.ofEntries(
            Map.entry(
                    "cluster.discovery.addr",
                    "Consul is not asked itself; it answers DNS: use cluster.discovery.service"),
            Map.entry(
                    "cluster.discovery.service_name",
                    "Consul is not asked itself; it answers DNS: use cluster.discovery.service"),
            Map.entry(
                    "cluster.discovery.tag",
                    "Consul is not asked itself; it answers DNS, where a tag is a part of the name: use"
                            + " cluster.discovery.service"),
            Map.entry(
                    "cluster.swim.ack_timeout",
                    "no single heartbeat is waited for; use cluster.swim.suspicion_timeout for how long silence is"
                            + " borne"),
            Map.entry(
                    "cluster.swim.indirect_probes",
                    "nodes are watched by several others directly, and there are no indirect probes"),
            Map.entry("cluster.swim.gossip_batch", "changes of membership are not sent in batches"),
            Map.entry("cluster.replication.io_uring_enabled", "the log does not use io_uring; set it to false"),
            Map.entry(
                    "cluster.network.api_bind",
                    "the gRPC door, also for other nodes, is where server.grpc_bind and server.grpc_port say"),
            Map.entry(
                    "cluster.network.connection_pool_size",
                    "one connection to each node carries many calls at once, and there is no pool"),
            Map.entry(
                    "cluster.partition.majority_threshold",
                    "a node goes on while more than half of the copies answer, which is no setting"),
            Map.entry(
                    "cluster.partition.detection_window",
                    "how soon a node counts as cut off follows from cluster.swim.suspicion_timeout"),
            Map.entry(
                    "cluster.partition.check_interval",
                    "how often nodes are checked follows from cluster.swim.ping_interval"));

    /** The same for a section, by the end of the path. */
    private static final Map<String, String> ROUTER = Map.of(
            "connection_pool_size",
            "one connection to each node carries many calls at once, and there is no pool",
            "max_retries",
            "a request is tried again until its time is up",
            "circuit_breaker_failure_threshold",
            "a node that the membership does not reach is not asked; see cluster.swim.suspicion_timeout",
            "circuit_breaker_reset_ms",
            "a node is asked again as soon as the membership reaches it",
            "replica_fallback_enabled",
            "reads are answered by the node that leads the space, and within seconds another one leads it",
            "replica_fallback_lag_sequences",
            "reads are answered by the node that leads the space, which lacks nothing",
            "default_read_strategy",
            "reads are answered by the node that leads the space; a request may ask for consistency 'strict' or"
                    + " 'nearest'");

    private final Function<String, Object> values;
    private final Predicate<String> isDefault;
    private final BiConsumer<String, String> problem;

    /**
     * @param values the setting of a path
     * @param isDefault whether it is what the shipped file says
     * @param problem takes a path and what is wrong
     */
    ClusterRules(Function<String, Object> values, Predicate<String> isDefault, BiConsumer<String, String> problem) {
        this.values = values;
        this.isDefault = isDefault;
        this.problem = problem;
    }

    void check() {
        if (!value("cluster.enabled", Boolean.class)) {
            return;
        }
        ConfigKey.all().keySet().stream()
                .filter(path -> !isDefault.test(path))
                .forEach(path -> replacement(path)
                        .ifPresent(text -> problem.accept(path, "has no effect in this version: " + text)));
        checkDiscovery();
        checkDetection();
        checkSizes();
    }

    private static Optional<String> replacement(String path) {
        return Optional.ofNullable(
                path.startsWith("router.") ? ROUTER.get(path.substring("router.".length())) : REPLACED.get(path));
    }

    private void checkDiscovery() {
        int expect = value("cluster.bootstrap_expect", Integer.class);
        switch (value("cluster.discovery.type", DiscoveryType.class)) {
            case STATIC -> {
                if (value("cluster.discovery.seed_nodes", List.class).isEmpty() && expect != 1) {
                    problem.accept(
                            "cluster.discovery.seed_nodes",
                            "must name the gossip address of at least one node, this one or another, as host:port (or"
                                    + " ENGRAM_CLUSTER_SEEDS)");
                }
            }
            case DNS -> {
                if (value("cluster.discovery.service", Optional.class).isEmpty()) {
                    problem.accept("cluster.discovery.service", "must be the name to look up when the type is dns");
                }
                requireExpected(expect);
            }
            case KUBERNETES -> {
                if (value("cluster.discovery.kubernetes_selector", Optional.class)
                        .isEmpty()) {
                    problem.accept(
                            "cluster.discovery.kubernetes_selector",
                            "must say which pods are nodes when the type is kubernetes");
                }
                requireExpected(expect);
            }
            case CONSUL ->
                problem.accept(
                        "cluster.discovery.type",
                        "this version does not ask Consul itself, which answers DNS: set it to \"dns\", and"
                                + " cluster.discovery.service to a name such as engram.service.consul");
        }
        if (value("cluster.discovery.type", DiscoveryType.class) != DiscoveryType.STATIC
                && value("cluster.discovery.port", Integer.class) == 0) {
            problem.accept("cluster.discovery.port", "must be the gossip port of the nodes, and 0 is none");
        }
    }

    private void requireExpected(int expect) {
        if (expect == 0) {
            problem.accept(
                    "cluster.bootstrap_expect",
                    "must be how many nodes found the cluster together: only a static list of seeds tells it");
        }
    }

    private void checkDetection() {
        var suspicion = value("cluster.swim.suspicion_timeout", Duration.class);
        var ping = value("cluster.swim.ping_interval", Duration.class);
        if (suspicion.compareTo(ping.multipliedBy(2)) < 0) {
            problem.accept(
                    "cluster.swim.suspicion_timeout",
                    "must be at least twice cluster.swim.ping_interval, which is %s: one late heartbeat is no failure"
                            .formatted(Units.format(ping)));
        }
    }

    private void checkSizes() {
        int message = value("cluster.network.max_message_size", Integer.class);
        if (value("cluster.replication.catch_up_batch_bytes", Integer.class) > message) {
            problem.accept(
                    "cluster.replication.catch_up_batch_bytes",
                    "must not be more than cluster.network.max_message_size, which is " + Units.formatSize(message));
        }
        int longest = value("router.retry_max_delay_ms", Integer.class);
        if (value("router.retry_base_delay_ms", Integer.class) > longest) {
            problem.accept(
                    "router.retry_base_delay_ms",
                    "must not be more than router.retry_max_delay_ms, which is " + longest);
        }
    }

    private <T> T value(String path, Class<T> type) {
        return type.cast(values.apply(path));
    }
}
