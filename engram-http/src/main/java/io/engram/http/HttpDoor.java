package io.engram.http;

import com.typesafe.config.ConfigFactory;
import io.engram.health.HealthCheck;
import io.engram.trace.Tracing;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open HTTP door of a node. */
public final class HttpDoor {
    private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);
    private static final Duration CHECK_EVERY = Duration.ofSeconds(10);
    private static final Duration BEFORE_SHUTDOWN = Duration.ofMillis(100);

    private final ActorSystem<?> system;
    private final HttpSettings settings;
    private final HttpStart start;
    private final RequestWindow window = new RequestWindow(System::nanoTime);
    private final Drain drain;
    private final HealthMonitor monitor;
    private final HealthReport report;
    private final Metrics metrics;
    private final CompletableFuture<ServerBinding> bound = new CompletableFuture<>();
    private volatile RequestHandler handler;
    private volatile Optional<Cancellable> checks = Optional.empty();

    private HttpDoor(ActorSystem<?> system, HttpStart start, HttpSettings settings) {
        this.system = system;
        this.settings = settings;
        this.start = start;
        drain = new Drain(settings.maxInFlight());
        monitor = new HealthMonitor(List.of(start.recovery().health()), System::nanoTime);
        report = new HealthReport(start, monitor);
        metrics = new Metrics(start.meters());
        metrics.info(start.version());
        metrics.inFlight(drain.inFlight());
        handler = handler(
                StartingRoutes.of(report, new MetricsRoutes(start.meters(), start.clock(), window)),
                () -> StartingRoutes.refusal(start.recovery().state()),
                Tracing.OFF);
    }

    private RequestHandler handler(List<Route> routes, Supplier<Refusal> unknown, Tracing tracing) {
        return new RequestHandler(system, settings, new Router(routes), metrics, window, drain, unknown, tracing);
    }

    /**
     * Opens the door. The stage fails with a {@link BindException} that names the address if it cannot be had.
     */
    public static CompletionStage<HttpDoor> bind(ActorSystem<?> system, HttpContext context, HttpSettings settings) {
        var door = new HttpDoor(system, HttpStart.of(context), settings);
        door.answerFor(context);
        return door.bind().thenApply(open -> {
            open.check(new SpaceCount(context.spaces()));
            return open;
        });
    }

    /**
     * Opens the door before a node that is still reading its log: it tells how far that is, and refuses everything else, until
     * {@link #serve} is called.
     *
     * @see #bind
     */
    public static CompletionStage<HttpDoor> open(ActorSystem<?> system, HttpStart start, HttpSettings settings) {
        return new HttpDoor(system, start, settings).bind();
    }

    /** The log is read: from now on everything is answered; once, after {@link #open}. */
    public void serve(HttpContext context) {
        answerFor(context);
        check(new SpaceCount(context.spaces()));
    }

    private void answerFor(HttpContext context) {
        var all = new ArrayList<HealthCheck>(context.healthChecks());
        all.addAll(DoorChecks.of(window, drain::isDraining));
        monitor.register(all, start.meters());
        handler = handler(
                Routes.all(
                        context,
                        settings,
                        report,
                        window,
                        drain,
                        () -> system.scheduler()
                                .scheduleOnce(BEFORE_SHUTDOWN, context.shutdown(), system.executionContext())),
                () -> Refusal.notFound("there is no such route"),
                context.tracing());
        report.serving();
    }

    private void check(SpaceCount spaces) {
        metrics.spaces(spaces);
        checks = Optional.of(system.scheduler()
                .scheduleWithFixedDelay(
                        Duration.ZERO,
                        CHECK_EVERY,
                        () -> {
                            monitor.run();
                            spaces.refresh();
                        },
                        system.executionContext()));
    }

    private CompletionStage<HttpResponse> handle(HttpRequest request) {
        return handler.handle(request);
    }

    private CompletionStage<HttpDoor> bind() {
        var result = new CompletableFuture<HttpDoor>();
        Http.get(system.classicSystem())
                .newServerAt(settings.host(), settings.port())
                .withSettings(serverSettings(system, settings))
                .bind(this::handle)
                .whenComplete((binding, failure) -> {
                    if (failure != null) {
                        var refused = new BindException("HTTP cannot listen on " + settings.host() + ":"
                                + settings.port() + "; another program may use the port: " + failure.getMessage());
                        refused.initCause(failure);
                        result.completeExceptionally(refused);
                        return;
                    }
                    LOG.info("HTTP listens on {}", binding.localAddress());
                    bound.complete(binding);
                    result.complete(this);
                });
        return result;
    }

    private static ServerSettings serverSettings(ActorSystem<?> system, HttpSettings settings) {
        var own = ConfigFactory.parseMap(Map.of(
                "pekko.http.server.request-timeout", settings.requestTimeout().toMillis() + " ms",
                "pekko.http.server.max-connections", settings.maxConnections(),
                "pekko.http.server.parsing.max-content-length", settings.maxBodyBytes()));
        var shared = ConfigFactory.parseResourcesAnySyntax(HttpDoor.class, "/io/engram/http/server.conf");
        return ServerSettings.create(own.withFallback(shared)
                .withFallback(system.settings().config())
                .resolve());
    }

    /** Where the door is; tells the port that was chosen where the settings left it open. */
    public InetSocketAddress address() {
        return bound.join().localAddress();
    }

    /** From now on new work is refused with 503; what is in flight is finished, and health says that the node stops. */
    public void beginDrain() {
        drain.begin();
    }

    /**
     * Begins to drain, waits for what is in flight, at most {@code patience}, and closes the door. Completes when all
     * connections are closed.
     */
    public CompletionStage<Done> stop(Duration patience) {
        return drain.begin()
                .copy()
                .completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS)
                .thenCompose(_ -> {
                    checks.ifPresent(Cancellable::cancel);
                    return bound.join().terminate(Duration.ofSeconds(1));
                })
                .thenApply(_ -> Done.getInstance());
    }
}
