package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static io.engram.grpc.GrpcFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.engram.grpc.health.v1.Health;
import io.engram.grpc.health.v1.HealthCheckRequest;
import io.engram.grpc.health.v1.HealthCheckResponse;
import io.engram.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.engram.grpc.health.v1.HealthListRequest;
import io.engram.grpc.v1.EngramService;
import io.engram.grpc.v1.IntrospectRequest;
import io.engram.grpc.v1.Memory;
import io.engram.grpc.v1.MemoryType;
import io.engram.grpc.v1.RememberRequest;
import io.engram.health.HealthCheck;
import io.grpc.Status.Code;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the node says about itself: Introspect, the health service, reflection. */
class NodeCallsTest {
    private final AtomicReference<HealthCheck.Result> journal =
            new AtomicReference<>(HealthCheck.Result.healthy("fsync 2 ms"));
    private final GrpcFixture grpc = new GrpcFixture(
            new FakeSpaces(),
            List.of(
                    HealthCheck.of("journal", "storage", journal::get),
                    HealthCheck.of("model", "embedding", () -> HealthCheck.Result.degraded("no model"))),
            GrpcSettings.DEFAULTS);

    @AfterEach
    void close() {
        grpc.close();
    }

    private void remember(String space, String text, MemoryType type, float confidence) {
        var memory = Memory.newBuilder().setContent(text).setMemoryType(type);
        memory.getConfidenceBuilder().setValue(confidence);
        await(grpc.engram.remember(RememberRequest.newBuilder()
                .setMemorySpaceId(space)
                .setMemory(memory)
                .build()));
    }

    @Test
    void statistics_are_of_the_space_or_of_all() {
        remember("one", "a b", MemoryType.MEMORY_TYPE_SEMANTIC, 0.5f);
        remember("one", "c d", MemoryType.MEMORY_TYPE_EPISODIC, 1f);
        remember("two", "e f", MemoryType.MEMORY_TYPE_EPISODIC, 0.6f);
        var request = IntrospectRequest.newBuilder().setIncludeStatistics(true);
        var one = await(grpc.engram.introspect(request.setMemorySpaceId("one").build()));
        assertThat(one.getStatistics().getTotalMemories()).isEqualTo(2);
        assertThat(one.getStatistics().getByTypeMap()).containsOnlyKeys("semantic", "episodic");
        assertThat(one.getStatistics().getAvgConfidence()).isEqualTo(0.75f);
        assertThat(one.getStatistics().hasAvgActivation()).isFalse();
        assertThat(one.getStatistics().hasOldestMemory()).isTrue();
        assertThat(one.getActiveProcessesList()).containsExactly("embedding: 2 texts await their vector");
        assertThat(one.hasHealth()).isFalse();
        var all = await(grpc.engram.introspect(request.clearMemorySpaceId().build()));
        assertThat(all.getStatistics().getTotalMemories()).isEqualTo(3);
        assertThat(all.getStatistics().getSpaces()).isEqualTo(2);
        assertThat(all.getStatistics().getByTypeMap()).containsEntry("episodic", 2L);
        assertThat(all.getStatistics().getAvgConfidence()).isEqualTo(0.7f);
        var unknown =
                await(grpc.engram.introspect(request.setMemorySpaceId("nowhere").build()));
        assertThat(unknown.getStatistics().getTotalMemories()).isZero();
        assertThat(unknown.getStatistics().hasAvgConfidence()).isFalse();
    }

    @Test
    void health_tells_every_check_and_the_verdict() {
        var request = IntrospectRequest.newBuilder().setIncludeHealth(true).build();
        var degraded = await(grpc.engram.introspect(request)).getHealth();
        assertThat(degraded.getHealthy()).isTrue();
        assertThat(degraded.getSummary()).isEqualTo("degraded; model is degraded: no model");
        assertThat(degraded.getComponentsOrThrow("journal").getOperational()).isTrue();
        assertThat(degraded.getComponentsOrThrow("journal").getStatusMessage()).isEqualTo("fsync 2 ms");
        assertThat(degraded.getComponentsOrThrow("journal").hasPerformance()).isFalse();
        assertThat(degraded.getComponentsOrThrow("model").getStatus()).isEqualTo("degraded");
        journal.set(HealthCheck.Result.unhealthy("disk gone"));
        var unhealthy = await(grpc.engram.introspect(request)).getHealth();
        assertThat(unhealthy.getHealthy()).isFalse();
        assertThat(unhealthy.getComponentsOrThrow("journal").getOperational()).isFalse();
        assertThat(unhealthy.getSummary()).startsWith("unhealthy; journal is unhealthy: disk gone");
    }

    @Test
    void metrics_are_the_registrys() throws Exception {
        grpc.meters.counter("writes", "space", "a\"b").increment(3);
        grpc.meters.gauge("nothing", Double.NaN);
        grpc.meters.counter("other").increment();
        var answer = await(grpc.engram.introspect(IntrospectRequest.newBuilder()
                .addMetrics("writes")
                .addMetrics("nothing")
                .build()));
        assertThat(answer.getMetricsMap()).containsExactly(java.util.Map.entry("writes{space=a\"b}.count", 3f));
        var json = new ObjectMapper().readTree(answer.getMetricsSnapshotJson());
        assertThat(json.at("/metrics")).hasSize(2);
        assertThat(json.at("/metrics/0/name").asText()).isEqualTo("nothing");
        assertThat(json.at("/metrics/1/labels/space").asText()).isEqualTo("a\"b");
        assertThat(json.at("/metrics/1/measurements/count").asDouble()).isEqualTo(3.0);
        assertThat(await(grpc.engram.introspect(IntrospectRequest.getDefaultInstance()))
                        .getMetricsMap())
                .containsEntry("other.count", 1f)
                .containsKey("engram.grpc.calls.open.value");
    }

    @Test
    void the_health_service_says_whether_the_node_serves() {
        for (var service : List.of("", EngramService.name, Health.name)) {
            assertThat(check(service)).isEqualTo(ServingStatus.SERVING);
        }
        assertThat(failure(grpc.health.check(HealthCheckRequest.newBuilder()
                                .setService("some.Other")
                                .build()))
                        .getCode())
                .isEqualTo(Code.NOT_FOUND);
        assertThat(await(grpc.health.list(HealthListRequest.getDefaultInstance()))
                        .getStatusesMap())
                .containsOnlyKeys("", EngramService.name, Health.name);
        journal.set(HealthCheck.Result.unhealthy("disk gone"));
        assertThat(check("")).isEqualTo(ServingStatus.NOT_SERVING);
    }

    private ServingStatus check(String service) {
        return await(grpc.health.check(
                        HealthCheckRequest.newBuilder().setService(service).build()))
                .getStatus();
    }

    @Test
    void a_watch_tells_changes_and_ends_with_the_last_one() {
        var watched = grpc.health
                .watch(HealthCheckRequest.newBuilder()
                        .setService(EngramService.name)
                        .build())
                .map(HealthCheckResponse::getStatus)
                .map(status -> {
                    if (status == ServingStatus.SERVING) {
                        var _ = grpc.door.drain();
                    }
                    return status;
                })
                .runWith(Sink.seq(), grpc.system);
        assertThat(await(watched)).containsExactly(ServingStatus.SERVING, ServingStatus.NOT_SERVING);
        var unknown = grpc.health
                .watch(HealthCheckRequest.newBuilder().setService("some.Other").build())
                .map(HealthCheckResponse::getStatus)
                .runWith(Sink.head(), grpc.system);
        assertThat(await(unknown)).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
    }

    @Test
    void reflection_lists_the_services_and_gives_the_files_in_both_versions() {
        for (var version : List.of("v1", "v1alpha")) {
            var call = "grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo";
            // Field 7 of the request: list_services; field 4: file_containing_symbol.
            var listed = await(grpc.raw(call, new byte[] {0x3a, 0}));
            assertThat(new String(listed.getFirst(), StandardCharsets.ISO_8859_1))
                    .contains("engram.v1.EngramService")
                    .contains("grpc.health.v1.Health");
            var symbol = "engram.v1.EngramService".getBytes(StandardCharsets.US_ASCII);
            var request = new byte[symbol.length + 2];
            request[0] = 0x22;
            request[1] = (byte) symbol.length;
            System.arraycopy(symbol, 0, request, 2, symbol.length);
            var file = await(grpc.raw(call, request));
            assertThat(new String(file.getFirst(), StandardCharsets.ISO_8859_1))
                    .contains("engram/v1/service.proto")
                    .contains("StreamingRemember");
        }
    }
}
