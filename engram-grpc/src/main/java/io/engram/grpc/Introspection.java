package io.engram.grpc;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.grpc.v1.ComponentHealth;
import io.engram.grpc.v1.HealthStatus;
import io.engram.grpc.v1.IntrospectRequest;
import io.engram.grpc.v1.IntrospectResponse;
import io.engram.grpc.v1.MemoryStatistics;
import io.engram.health.HealthCheck;
import io.engram.memory.SpaceStatistics;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.grpc.Status;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Introspect call: the figures, the health and the metrics of this node as they are. */
final class Introspection {
    /** Above this many spaces nobody is given figures about all of them at once: each would have to be opened. */
    private static final int MAX_SPACES = 1000;

    private static final int SPACES_AT_A_TIME = 8;
    private static final Logger LOG = LoggerFactory.getLogger(Introspection.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SpaceClient spaces;
    private final List<HealthCheck> checks;
    private final MeterRegistry meters;
    private final Materializer materializer;

    Introspection(SpaceClient spaces, List<HealthCheck> checks, MeterRegistry meters, Materializer materializer) {
        this.spaces = spaces;
        this.checks = List.copyOf(checks);
        this.meters = meters;
        this.materializer = materializer;
    }

    /** About one space, or about the whole node. Metrics and health are always the node's. */
    CompletionStage<IntrospectResponse> introspect(Optional<SpaceId> space, IntrospectRequest request) {
        request.getMetricsList().forEach(name -> Inbound.text("metrics", name));
        var response = IntrospectResponse.newBuilder();
        metrics(request.getMetricsList(), response);
        if (request.getIncludeHealth()) {
            response.setHealth(health());
        }
        if (!request.getIncludeStatistics()) {
            return CompletableFuture.completedFuture(response.build());
        }
        return statistics(space).thenApply(figures -> {
            response.setStatistics(message(figures));
            var awaiting = figures.stream()
                    .mapToLong(SpaceStatistics::awaitingEmbedding)
                    .sum();
            if (awaiting > 0) {
                response.addActiveProcesses("embedding: " + awaiting + " texts await their vector");
            }
            return response.build();
        });
    }

    /** The worst of all checks. */
    io.engram.health.HealthStatus overall() {
        return checks.stream()
                .map(check -> result(check).forNode())
                .reduce(io.engram.health.HealthStatus.HEALTHY, io.engram.health.HealthStatus::worse);
    }

    private static HealthCheck.Result result(HealthCheck check) {
        try {
            return check.check();
        } catch (RuntimeException e) {
            LOG.error("The health check {} failed", check.name(), e);
            return HealthCheck.Result.unhealthy("the check itself failed; the log says why");
        }
    }

    private HealthStatus health() {
        var message = HealthStatus.newBuilder();
        var worst = io.engram.health.HealthStatus.HEALTHY;
        var spoilers = new ArrayList<String>();
        for (var check : checks) {
            var result = result(check);
            worst = worst.worse(result.forNode());
            if (result.status() != io.engram.health.HealthStatus.HEALTHY) {
                spoilers.add(check.name() + " is " + result.status().wireName() + ": " + result.message());
            }
            message.putComponents(
                    check.name(),
                    ComponentHealth.newBuilder()
                            .setOperational(result.status() != io.engram.health.HealthStatus.UNHEALTHY)
                            .setStatusMessage(result.message())
                            .setStatus(result.status().wireName())
                            .build());
        }
        return message.setHealthy(worst != io.engram.health.HealthStatus.UNHEALTHY)
                .setSummary(worst.wireName() + (spoilers.isEmpty() ? "" : "; " + String.join("; ", spoilers)))
                .build();
    }

    private CompletionStage<List<SpaceStatistics>> statistics(Optional<SpaceId> space) {
        if (space.isPresent()) {
            return spaces.statistics(space.get()).thenApply(List::of);
        }
        return spaces.spaces().thenCompose(all -> {
            if (all.size() > MAX_SPACES) {
                throw Statuses.failure(
                        Status.FAILED_PRECONDITION,
                        "there are " + all.size() + " memory spaces; name one in memory_space_id for its statistics");
            }
            return Source.from(all)
                    .filter(info -> info.quarantined().isEmpty())
                    .mapAsync(SPACES_AT_A_TIME, info -> spaces.statistics(info.id()))
                    .runWith(Sink.seq(), materializer);
        });
    }

    private static MemoryStatistics message(Collection<SpaceStatistics> figures) {
        var byType = new HashMap<String, Long>();
        var message = MemoryStatistics.newBuilder().setSpaces(figures.size());
        long memories = 0;
        double confidence = 0;
        for (var one : figures) {
            memories += one.memories();
            confidence += (double) one.averageConfidence() * one.memories();
            one.byType().forEach((type, count) -> byType.merge(type.wireName(), (long) count, Long::sum));
            message.setTotalAssociations(message.getTotalAssociations() + one.links())
                    .setSuppressedMemories(message.getSuppressedMemories() + one.suppressed())
                    .setEmbeddedMemories(message.getEmbeddedMemories() + one.embedded())
                    .setAwaitingEmbedding(message.getAwaitingEmbedding() + one.awaitingEmbedding());
        }
        message.setTotalMemories(memories).putAllByType(byType);
        if (memories > 0) {
            message.setAvgConfidence((float) (confidence / memories));
        }
        figures.stream()
                .flatMap(one -> one.oldest().stream())
                .min(Comparator.<Instant>naturalOrder())
                .ifPresent(oldest -> message.setOldestMemory(Outbound.time(oldest)));
        figures.stream()
                .flatMap(one -> one.newest().stream())
                .max(Comparator.<Instant>naturalOrder())
                .ifPresent(newest -> message.setNewestMemory(Outbound.time(newest)));
        return message.build();
    }

    private void metrics(List<String> wanted, IntrospectResponse.Builder response) {
        var snapshot = JsonNodeFactory.instance.objectNode();
        var list = snapshot.putArray("metrics");
        meters.getMeters().stream()
                .filter(meter -> wanted.isEmpty()
                        || wanted.stream().anyMatch(meter.getId().getName()::startsWith))
                .sorted(Comparator.comparing(Introspection::series))
                .forEach(meter -> {
                    var series = series(meter);
                    var json = list.addObject();
                    describe(meter, json);
                    var measurements = json.putObject("measurements");
                    for (var measurement : meter.measure()) {
                        var value = measurement.getValue();
                        // A gauge whose subject is gone has no value, and JSON has no word for it.
                        if (Double.isFinite(value)) {
                            measurements.put(name(measurement), value);
                            response.putMetrics(series + "." + name(measurement), (float) value);
                        }
                    }
                });
        response.setMetricsSnapshotJson(write(snapshot));
    }

    private static void describe(Meter meter, ObjectNode json) {
        json.put("name", meter.getId().getName());
        json.put("type", meter.getId().getType().name().toLowerCase(java.util.Locale.ROOT));
        json.put("unit", Objects.requireNonNullElse(meter.getId().getBaseUnit(), ""));
        var labels = json.putObject("labels");
        meter.getId().getTags().forEach(tag -> labels.put(tag.getKey(), tag.getValue()));
    }

    private static String name(Measurement measurement) {
        return measurement.getStatistic().getTagValueRepresentation();
    }

    private static String series(Meter meter) {
        var labels = meter.getId().getTags().stream()
                .map(tag -> Map.entry(tag.getKey(), tag.getValue()))
                .map(tag -> tag.getKey() + "=" + tag.getValue())
                .collect(Collectors.joining(","));
        return meter.getId().getName() + (labels.isEmpty() ? "" : "{" + labels + "}");
    }

    private static String write(ObjectNode node) {
        try {
            return JSON.writeValueAsString(node);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("a tree of strings and numbers was not written", e);
        }
    }
}
