package io.engram.http;

import io.engram.cluster.ClusterReport;
import io.engram.health.HealthCheck;
import io.engram.node.NodeIdentity;
import io.engram.space.SpaceClient;
import io.engram.trace.Tracing;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * What the HTTP door needs of its node.
 *
 * @param spaces the way into the spaces
 * @param healthChecks what the node's parts say about themselves
 * @param meters where requests are counted, and what the metrics routes show; see {@link Metrics#create()}
 * @param version the product's version
 * @param startedAt when the node was started
 * @param dataFolder where the node keeps its data, shown with each space
 * @param node whose data folder that is
 * @param cluster what the node says of its cluster; empty for a node on its own
 * @param log what of the log can be changed
 * @param shutdown called once after {@code POST /shutdown} was answered; must not block
 * @param clock tells the time that answers carry
 * @param tracing where requests are recorded
 */
public record HttpContext(
        SpaceClient spaces,
        List<HealthCheck> healthChecks,
        PrometheusMeterRegistry meters,
        String version,
        Instant startedAt,
        Optional<Path> dataFolder,
        Optional<NodeIdentity> node,
        Optional<? extends ClusterReport> cluster,
        Optional<LogControl> log,
        Runnable shutdown,
        InstantSource clock,
        Tracing tracing) {
    public HttpContext {
        healthChecks = List.copyOf(healthChecks);
    }

    /** A door before a node whose requests are not traced. */
    public HttpContext(
            SpaceClient spaces,
            List<HealthCheck> healthChecks,
            PrometheusMeterRegistry meters,
            String version,
            Instant startedAt,
            Optional<Path> dataFolder,
            Optional<NodeIdentity> node,
            Optional<? extends ClusterReport> cluster,
            Optional<LogControl> log,
            Runnable shutdown,
            InstantSource clock) {
        this(
                spaces,
                healthChecks,
                meters,
                version,
                startedAt,
                dataFolder,
                node,
                cluster,
                log,
                shutdown,
                clock,
                Tracing.OFF);
    }

    /** A door before a node on its own. */
    public HttpContext(
            SpaceClient spaces,
            List<HealthCheck> healthChecks,
            PrometheusMeterRegistry meters,
            String version,
            Instant startedAt,
            Optional<Path> dataFolder,
            Optional<NodeIdentity> node,
            Runnable shutdown,
            InstantSource clock) {
        this(
                spaces,
                healthChecks,
                meters,
                version,
                startedAt,
                dataFolder,
                node,
                Optional.empty(),
                Optional.empty(),
                shutdown,
                clock,
                Tracing.OFF);
    }

    /** A door before no node in particular. */
    public HttpContext(
            SpaceClient spaces,
            List<HealthCheck> healthChecks,
            PrometheusMeterRegistry meters,
            String version,
            Instant startedAt,
            Optional<Path> dataFolder,
            Runnable shutdown,
            InstantSource clock) {
        this(spaces, healthChecks, meters, version, startedAt, dataFolder, Optional.empty(), shutdown, clock);
    }
}
