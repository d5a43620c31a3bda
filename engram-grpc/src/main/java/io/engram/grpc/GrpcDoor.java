package io.engram.grpc;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.typesafe.config.ConfigFactory;
import io.engram.cluster.ClusterReport;
import io.engram.grpc.cluster.v1.PeerService;
import io.engram.grpc.cluster.v1.PeerServiceHandlerFactory;
import io.engram.grpc.health.v1.Health;
import io.engram.grpc.health.v1.HealthHandlerFactory;
import io.engram.grpc.v1.EngramService;
import io.engram.grpc.v1.EngramServiceHandlerFactory;
import io.engram.health.HealthCheck;
import io.engram.health.HealthStatus;
import io.engram.health.Recovery;
import io.engram.space.EngramException;
import io.engram.space.SpaceClient;
import io.engram.trace.Tracing;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.grpc.GrpcServiceException;
import org.apache.pekko.grpc.Trailers;
import org.apache.pekko.grpc.internal.CancellationBarrierGraphStage;
import org.apache.pekko.grpc.javadsl.GrpcExceptionHandler;
import org.apache.pekko.grpc.javadsl.GrpcMarshalling;
import org.apache.pekko.grpc.javadsl.ServerReflection;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;

/**
 * The gRPC server: {@code engram.v1.EngramService} with the standard health and reflection services, on HTTP/2 without
 * TLS. Messages above the limit are refused before they are collected. Shutting down is two steps: {@link #drain()}
 * finishes what was taken and refuses the rest, {@link #close(Duration)} also lets go of the port.
 */
public final class GrpcDoor {
    /** When nothing is in flight only the streams of other nodes are left, which never end by themselves. */
    private static final Duration DRAINED = Duration.ofMillis(200);

    /** What ends a server takes no time limit of nothing. */
    private static final Duration SHORTEST = Duration.ofMillis(1);

    private static final Duration STARTING_RETRY_AFTER = Duration.ofSeconds(1);

    private static final String REFLECTION = "grpc.reflection.v1.ServerReflection";
    private static final String REFLECTION_ALPHA = "grpc.reflection.v1alpha.ServerReflection";
    /** What generated code asks about failures; its signature is of the older kind. */
    @SuppressWarnings("deprecation")
    private static final org.apache.pekko.japi.Function<
                    org.apache.pekko.actor.ActorSystem, org.apache.pekko.japi.Function<Throwable, Trailers>>
            FAILURES = _ -> Statuses::trailers;

    private final ActorSystem<?> system;
    private final Materializer materializer;
    private final GrpcSettings settings;
    private final InFlight inFlight = new InFlight();
    private final Recovery recovery;
    private final GrpcFigures figures;
    private final Function<HttpRequest, CompletionStage<HttpResponse>> health;
    private final Function<HttpRequest, CompletionStage<HttpResponse>> reflection;
    private final ServiceDescriptor engram = descriptor(EngramService.description.descriptor(), EngramService.name);
    private final ServiceDescriptor peer = descriptor(PeerService.description.descriptor(), PeerService.name);
    private final ServiceDescriptor standardHealth = descriptor(Health.description.descriptor(), Health.name);
    private final MeterRegistry meters;
    private final CompletableFuture<ServerBinding> bound = new CompletableFuture<>();
    /** Empty while the node reads its log. */
    private volatile Optional<Served> served = Optional.empty();

    /** What is behind the door. */
    private record Served(
            EngramGrpcService.Shared shared, Introspection introspection, Optional<PeerDoor> peers, Tracing tracing) {}

    private GrpcDoor(ActorSystem<?> system, MeterRegistry meters, GrpcSettings settings, Recovery recovery) {
        this.system = system;
        this.meters = meters;
        this.recovery = recovery;
        this.figures = new GrpcFigures(meters);
        this.materializer = SystemMaterializer.get(system).materializer();
        this.settings = settings;
        this.health = HealthHandlerFactory.create(new HealthService(this::overall, inFlight), FAILURES, system);
        this.reflection = ServerReflection.create(List.of(EngramService.description, Health.description), system);
        Gauge.builder("engram.grpc.calls.open", inFlight, InFlight::calls)
                .description("Calls that are not answered yet")
                .register(meters);
    }

    private HealthStatus overall() {
        return served.map(behind -> behind.introspection().overall()).orElse(HealthStatus.UNHEALTHY);
    }

    /**
     * Opens the port of a node that is still reading its log: calls are UNAVAILABLE, and health is NOT_SERVING, until {@link #serve}
     * is called.
     *
     * @param recovery how far the node is, which calls are told
     * @return the open door; fails with a {@link BindException} that names the address if it cannot be had
     */
    public static CompletionStage<GrpcDoor> open(
            ActorSystem<?> system, MeterRegistry meters, GrpcSettings settings, Recovery recovery) {
        return new GrpcDoor(system, meters, settings, recovery).bind();
    }

    /**
     * The log is read: from now on calls are answered; once, after {@link #open}.
     *
     * @param tracing where clients' calls are recorded
     * @see #bind(ActorSystem, SpaceClient, List, MeterRegistry, GrpcSettings, Optional, Optional)
     */
    public void serve(
            SpaceClient spaces,
            List<HealthCheck> checks,
            Optional<PeerDoor> peers,
            Optional<? extends ClusterReport> cluster,
            Tracing tracing) {
        var introspection = new Introspection(spaces, checks, meters, materializer);
        var shared = new EngramGrpcService.Shared(spaces, settings, introspection, inFlight, new ClusterCalls(cluster));
        served = Optional.of(new Served(shared, introspection, peers, tracing));
    }

    /**
     * Opens the port.
     *
     * @param system where the streams run
     * @param spaces what is served
     * @param checks what Introspect and the health service report
     * @param meters what Introspect reports
     * @param settings where and how
     * @return the open door; fails with a {@link BindException} that names the address if it cannot be had
     */
    public static CompletionStage<GrpcDoor> bind(
            ActorSystem<?> system,
            SpaceClient spaces,
            List<HealthCheck> checks,
            MeterRegistry meters,
            GrpcSettings settings) {
        return bind(system, spaces, checks, meters, settings, Optional.empty());
    }

    /**
     * Opens the port, to the other nodes of a cluster as well. They are served until the door is closed, also while it
     * drains; reflection does not tell of them.
     *
     * @param peers where other nodes come in; without it they are told that there is no such call here
     * @see #bind(ActorSystem, SpaceClient, List, MeterRegistry, GrpcSettings)
     */
    public static CompletionStage<GrpcDoor> bind(
            ActorSystem<?> system,
            SpaceClient spaces,
            List<HealthCheck> checks,
            MeterRegistry meters,
            GrpcSettings settings,
            Optional<PeerDoor> peers) {
        return bind(system, spaces, checks, meters, settings, peers, Optional.empty());
    }

    /**
     * Opens the port of a node in a cluster.
     *
     * @param cluster answers the calls that are about the cluster; without it they are FAILED_PRECONDITION
     * @see #bind(ActorSystem, SpaceClient, List, MeterRegistry, GrpcSettings, Optional)
     */
    public static CompletionStage<GrpcDoor> bind(
            ActorSystem<?> system,
            SpaceClient spaces,
            List<HealthCheck> checks,
            MeterRegistry meters,
            GrpcSettings settings,
            Optional<PeerDoor> peers,
            Optional<? extends ClusterReport> cluster) {
        var door = new GrpcDoor(system, meters, settings, Recovery.none());
        door.serve(spaces, checks, peers, cluster, Tracing.OFF);
        return door.bind();
    }

    private CompletionStage<GrpcDoor> bind() {
        return Http.get(system)
                .newServerAt(settings.host(), settings.port())
                .withSettings(serverSettings())
                .bind(this::handle)
                .handle((binding, failure) -> {
                    if (failure != null) {
                        var why = new BindException(
                                "the gRPC address " + settings.host() + ":" + settings.port() + " cannot be bound: "
                                        + EngramException.reasonOf(failure).getMessage());
                        why.initCause(failure);
                        return CompletableFuture.<GrpcDoor>failedFuture(why);
                    }
                    bound.complete(binding);
                    return CompletableFuture.completedFuture(this);
                })
                .thenCompose(result -> result);
    }

    /** The address that was bound, with the port that was found where 0 was asked for. */
    public InetSocketAddress address() {
        return binding().localAddress();
    }

    public ServerBinding binding() {
        return bound.join();
    }

    /**
     * Refuses new calls as UNAVAILABLE and reports NOT_SERVING; completes when every call that was taken has been
     * answered. Health calls are answered all the while.
     */
    public CompletionStage<Done> drain() {
        return inFlight.drain();
    }

    /** Drains, for half of {@code limit} at most, and then closes all connections and the port, by {@code limit}. */
    public CompletionStage<Done> close(Duration limit) {
        var half = limit.dividedBy(2);
        return drain().thenApply(_ -> half.compareTo(DRAINED) < 0 ? half : DRAINED)
                .toCompletableFuture()
                .completeOnTimeout(half, half.toNanos(), TimeUnit.NANOSECONDS)
                .thenCompose(forTheRest -> binding().terminate(forTheRest.isPositive() ? forTheRest : SHORTEST))
                .thenApply(_ -> Done.done());
    }

    private ServerSettings serverSettings() {
        var idle = settings.idleTimeout().toMillis();
        var own = String.format(Locale.ROOT, """
            pekko.http.server {
              enable-http2 = on
              idle-timeout = %d ms
              # A stream may be open for as long as its client likes; unary calls carry their own deadlines.
              request-timeout = infinite
              http2.ping-interval = %d ms
              http2.ping-timeout = %d ms
              # An answer's parts are written one after the other; the last one must not wait for the first to arrive.
              socket-options.tcp-no-delay = true
            }
            """, idle, idle / 2, idle / 2);
        return ServerSettings.create(ConfigFactory.parseString(own)
                .withFallback(system.settings().config())
                .resolve());
    }

    private static HttpResponse naming(CallContext call, HttpResponse response) {
        var by = call.servedBy().get();
        if (by == null) {
            return response;
        }
        var named = response.addHeader(RawHeader.create(CallContext.SERVED_BY, by.node()));
        return by.lag().isPresent()
                ? named.addHeader(
                        RawHeader.create(CallContext.LAG, Long.toString(by.lag().getAsLong())))
                : named;
    }

    private CompletionStage<HttpResponse> handle(HttpRequest request) throws Exception {
        return figures.measured(label(request), answer(request));
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request) throws Exception {
        if (!isGrpc(request)) {
            request.discardEntityBytes(materializer);
            return CompletableFuture.completedFuture(HttpResponse.create()
                    .withStatus(
                            request.method().equals(HttpMethods.POST)
                                    ? StatusCodes.UNSUPPORTED_MEDIA_TYPE
                                    : StatusCodes.METHOD_NOT_ALLOWED)
                    .withEntity(
                            ContentTypes.TEXT_PLAIN_UTF8,
                            "This port speaks gRPC: POST with content type application/grpc over HTTP/2.\n"));
        }
        var path = request.getUri().getPathString().split("/", -1);
        if (path.length != 3 || !path[0].isEmpty()) {
            return refuse(request, Statuses.failure(Status.UNIMPLEMENTED, "there is no such call here"));
        }
        var service = path[1];
        var method = path[2];
        if (served.isEmpty() && !service.equals(Health.name)) {
            return refuse(
                    request,
                    EngramException.unavailable(
                            "this node is starting and reading its log: "
                                    + recovery.state().text(),
                            STARTING_RETRY_AFTER));
        }
        var peers = served.flatMap(Served::peers);
        if (service.equals(EngramService.name) && engram.findMethodByName(method) != null) {
            calls(method).increment();
            java.util.function.Function<String, List<String>> lookup = name -> metadata(request, name);
            var called = engram.findMethodByName(method);
            var behind = served.orElseThrow();
            var trace = CallTrace.begin(
                    behind.tracing(),
                    service,
                    method,
                    called.isClientStreaming() || called.isServerStreaming(),
                    lookup);
            CallContext call;
            try {
                call = CallContext.of(lookup, trace);
            } catch (RuntimeException failure) {
                return refuse(request, failure, failures(trace));
            }
            return EngramServiceHandlerFactory.create(
                            new EngramGrpcService(behind.shared(), call), failures(trace), system)
                    .apply(guarded(request, settings.maxMessageBytes()))
                    .thenApply(response -> naming(call, response));
        } else if (peers.isPresent() && service.equals(PeerService.name) && peer.findMethodByName(method) != null) {
            var door = peers.get();
            calls("peer").increment();
            PeerService calls;
            try {
                calls = door.admit(name -> metadata(request, name), materializer);
            } catch (RuntimeException failure) {
                return refuse(request, failure);
            }
            return PeerServiceHandlerFactory.create(calls, FAILURES, system)
                    .apply(guarded(request, door.maxFrameBytes()))
                    // Tells the sender that it was let in, which the head of a refusal does not.
                    .thenApply(response -> response.addHeader(
                            RawHeader.create(PeerProtocol.PROTOCOL, Integer.toString(PeerProtocol.VERSION))));
        } else if (service.equals(Health.name) && standardHealth.findMethodByName(method) != null) {
            calls("health").increment();
            return health.apply(guarded(request, settings.maxMessageBytes()));
        } else if (method.equals("ServerReflectionInfo")
                && (service.equals(REFLECTION) || service.equals(REFLECTION_ALPHA))) {
            // The two versions differ in their name only.
            return reflection.apply(
                    guarded(request, settings.maxMessageBytes()).withUri("/" + REFLECTION_ALPHA + "/" + method));
        }
        return refuse(request, Statuses.failure(Status.UNIMPLEMENTED, "there is no such call here"));
    }

    /** What a request is called among the figures, which there must not be many of. */
    private Optional<String> label(HttpRequest request) {
        if (!isGrpc(request)) {
            return Optional.empty();
        }
        var path = request.getUri().getPathString().split("/", -1);
        var service = path.length == 3 ? path[1] : "";
        return Optional.of(
                switch (service) {
                    case EngramService.name ->
                        engram.findMethodByName(path[2]) == null ? GrpcFigures.UNMATCHED : path[2];
                    case PeerService.name -> "peer";
                    case Health.name -> "health";
                    case REFLECTION, REFLECTION_ALPHA -> "reflection";
                    default -> GrpcFigures.UNMATCHED;
                });
    }

    /** @param method one that there is; calls between nodes, which are streams, and those of health are counted together */
    private Counter calls(String method) {
        return Counter.builder("engram.grpc.calls")
                .description("gRPC calls that came in")
                .tag("method", method)
                .register(meters);
    }

    private static boolean isGrpc(HttpRequest request) {
        var type = request.entity().getContentType().mediaType();
        return request.method().equals(HttpMethods.POST)
                && type.mainType().equals("application")
                && (type.subType().equals("grpc") || type.subType().equals("grpc+proto"));
    }

    private static List<String> metadata(HttpRequest request, String name) {
        return StreamSupport.stream(request.getHeaders().spliterator(), false)
                .filter(header -> header.is(name))
                .map(HttpHeader::value)
                .toList();
    }

    /** The request with its body behind the guard. Streams have no size in total; their messages do. */
    private HttpRequest guarded(HttpRequest request, int maxMessageBytes) {
        var gzip = metadata(request, "grpc-encoding").contains("gzip");
        var entity = request.entity().withoutSizeLimit();
        return request.withEntity(HttpEntities.createChunked(
                entity.getContentType(),
                entity.getDataBytes()
                        // Refusing a request must not cancel its body: that would reset the call before its status.
                        .via(new CancellationBarrierGraphStage<>())
                        .via(FrameGuard.flow(maxMessageBytes, gzip))));
    }

    /** What generated code asks about failures, which is also how the call ends that is traced. */
    @SuppressWarnings("deprecation")
    private static org.apache.pekko.japi.Function<
                    org.apache.pekko.actor.ActorSystem, org.apache.pekko.japi.Function<Throwable, Trailers>>
            failures(CallTrace trace) {
        if (!trace.isRecorded()) {
            return FAILURES;
        }
        var end = trace.failing();
        return _ -> failure -> end.apply(Statuses.trailers(failure, trace.context()));
    }

    private CompletionStage<HttpResponse> refuse(HttpRequest request, Throwable failure) {
        return refuse(request, failure, FAILURES);
    }

    @SuppressWarnings("deprecation")
    private CompletionStage<HttpResponse> refuse(
            HttpRequest request,
            Throwable failure,
            org.apache.pekko.japi.Function<
                            org.apache.pekko.actor.ActorSystem, org.apache.pekko.japi.Function<Throwable, Trailers>>
                    failures) {
        request.discardEntityBytes(materializer);
        return GrpcMarshalling.<HttpResponse>negotiated(
                        request,
                        (_, writer) -> CompletableFuture.completedFuture(
                                GrpcExceptionHandler.standard(failure, failures, writer, system)))
                .orElseThrow(() -> new GrpcServiceException(Status.INTERNAL));
    }

    private static ServiceDescriptor descriptor(com.google.protobuf.Descriptors.FileDescriptor file, String name) {
        return file.getServices().stream()
                .filter(service -> service.getFullName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
