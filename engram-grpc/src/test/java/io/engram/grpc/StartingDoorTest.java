package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static io.engram.grpc.GrpcFixture.failureWithTrailers;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.engram.grpc.health.v1.HealthCheckRequest;
import io.engram.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.engram.grpc.health.v1.HealthClient;
import io.engram.grpc.v1.EngramServiceClient;
import io.engram.grpc.v1.IntrospectRequest;
import io.engram.health.Recovery;
import io.engram.trace.Tracing;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.grpc.GrpcClientSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The door before a node whose log is being read. */
class StartingDoorTest {
    private final ActorSystem<Void> system = ActorSystem.create(
            Behaviors.empty(),
            "grpc-starting",
            ConfigFactory.parseString("pekko.fail-mixed-versions = off").withFallback(ConfigFactory.load()));

    @AfterEach
    void close() throws Exception {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void calls_are_unavailable_with_the_reason_until_the_log_is_read() {
        var recovery = new Recovery();
        recovery.begin(Recovery.Step.CHECK, 4_000);
        recovery.advance(1_000);
        var meters = new SimpleMeterRegistry();
        var door = await(GrpcDoor.open(system, meters, GrpcSettings.DEFAULTS.withAddress("127.0.0.1", 0), recovery));
        var settings = GrpcClientSettings.connectToServiceAt(
                        "127.0.0.1", door.address().getPort(), system)
                .withTls(false);
        var engram = EngramServiceClient.create(settings, system);
        var health = HealthClient.create(settings, system);
        var refused = failureWithTrailers(engram.introspect(IntrospectRequest.getDefaultInstance()));
        assertThat(refused.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
        assertThat(refused.getStatus().getDescription())
                .contains("reading its log")
                .contains("25 %");
        var trailers = Optional.ofNullable(refused.getTrailers()).orElseThrow();
        assertThat(trailers.get(Metadata.Key.of(Statuses.RETRY_AFTER, Metadata.ASCII_STRING_MARSHALLER)))
                .isEqualTo("1000");
        assertThat(await(health.check(HealthCheckRequest.getDefaultInstance())).getStatus())
                .isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(meters.get("engram.grpc.requests")
                        .tags("method", "Introspect", "status", "UNAVAILABLE")
                        .counter()
                        .count())
                .isEqualTo(1);

        door.serve(new FakeSpaces(), List.of(), Optional.empty(), Optional.empty(), Tracing.OFF);
        await(engram.introspect(IntrospectRequest.getDefaultInstance()));
        assertThat(await(health.check(HealthCheckRequest.getDefaultInstance())).getStatus())
                .isEqualTo(ServingStatus.SERVING);
        await(door.close(Duration.ofSeconds(1)));
    }
}
