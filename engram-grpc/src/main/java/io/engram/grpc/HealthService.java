package io.engram.grpc;

import io.engram.grpc.health.v1.Health;
import io.engram.grpc.health.v1.HealthCheckRequest;
import io.engram.grpc.health.v1.HealthCheckResponse;
import io.engram.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.engram.grpc.health.v1.HealthListRequest;
import io.engram.grpc.health.v1.HealthListResponse;
import io.engram.grpc.v1.EngramService;
import io.engram.health.HealthStatus;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;

/** {@code grpc.health.v1.Health}: serving unless a check says that the node cannot, or it is shutting down. */
final class HealthService implements Health {
    private static final List<String> SERVICES = List.of("", EngramService.name, Health.name);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final Supplier<HealthStatus> health;
    private final InFlight inFlight;

    HealthService(Supplier<HealthStatus> health, InFlight inFlight) {
        this.health = health;
        this.inFlight = inFlight;
    }

    @Override
    public CompletionStage<HealthCheckResponse> check(HealthCheckRequest request) {
        return SERVICES.contains(request.getService())
                ? CompletableFuture.completedFuture(response(now()))
                : CompletableFuture.failedFuture(
                        Statuses.failure(Status.NOT_FOUND, "there is no service of this name here"));
    }

    @Override
    public CompletionStage<HealthListResponse> list(HealthListRequest request) {
        var now = response(now());
        var all = HealthListResponse.newBuilder();
        SERVICES.forEach(name -> all.putStatuses(name, now));
        return CompletableFuture.completedFuture(all.build());
    }

    @Override
    public Source<HealthCheckResponse, NotUsed> watch(HealthCheckRequest request) {
        var known = SERVICES.contains(request.getService());
        return Source.tick(Duration.ZERO, LOOK_EVERY, NotUsed.getInstance())
                .map(_ -> Pair.create(inFlight.isDraining(), known ? now() : ServingStatus.SERVICE_UNKNOWN))
                // The last word is said before the stream ends.
                .takeWhile(look -> !look.first(), true)
                .map(Pair::second)
                .<ServingStatus, List<ServingStatus>>statefulMap(
                        () -> ServingStatus.UNRECOGNIZED,
                        (last, next) -> Pair.create(next, next == last ? List.of() : List.of(next)),
                        _ -> java.util.Optional.empty())
                .mapConcat(changes -> changes)
                .map(HealthService::response)
                .mapMaterializedValue(_ -> NotUsed.getInstance());
    }

    private ServingStatus now() {
        return inFlight.isDraining() || health.get() == HealthStatus.UNHEALTHY
                ? ServingStatus.NOT_SERVING
                : ServingStatus.SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
