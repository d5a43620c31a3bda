package io.engram.http;

import com.typesafe.config.ConfigFactory;
import io.engram.health.HealthCheck;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open HTTP door of a node. */
public final class HttpDoor {
    private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);
    private static final Duration CHECK_EVERY = Duration.ofSeconds(10);
    private static final Duration BEFORE_SHUTDOWN = Duration.ofMillis(100);

    private final ServerBinding binding;
    private final Drain drain;
    private final Cancellable checks;

    private HttpDoor(ServerBinding binding, Drain drain, Cancellable checks) {
        this.binding = binding;
        this.drain = drain;
        this.checks = checks;
    }

    /**
     * Opens the door. The stage fails with a {@link BindException} that names the address if it cannot be had.
     */
    public static CompletionStage<HttpDoor> bind(ActorSystem<?> system, HttpContext context, HttpSettings settings) {
        var window = new RequestWindow(System::nanoTime);
        var drain = new Drain(settings.maxInFlight());
        var checks = new ArrayList<HealthCheck>(context.healthChecks());
        checks.addAll(DoorChecks.of(window, drain::isDraining));
        var monitor = new HealthMonitor(checks, System::nanoTime);
        var spaceCount = new SpaceCount(context.spaces());
        var metrics = new Metrics(context.meters());
        monitor.register(context.meters());
        metrics.info(context.version());
        metrics.inFlight(drain.inFlight());
        metrics.spaces(spaceCount);
        var router = new Router(Routes.all(
                context,
                settings,
                monitor,
                window,
                drain,
                () -> system.scheduler().scheduleOnce(BEFORE_SHUTDOWN, context.shutdown(), system.executionContext())));
        var handler = new RequestHandler(system, settings, router, metrics, window, drain, context.tracing());
        var bound = Http.get(system.classicSystem())
                .newServerAt(settings.host(), settings.port())
                .withSettings(serverSettings(system, settings))
                .bind(handler::handle);
        var result = new CompletableFuture<HttpDoor>();
        bound.whenComplete((binding, failure) -> {
            if (failure != null) {
                var refused = new BindException("HTTP cannot listen on " + settings.host() + ":" + settings.port()
                        + "; another program may use the port: " + failure.getMessage());
                refused.initCause(failure);
                result.completeExceptionally(refused);
                return;
            }
            var repeated = system.scheduler()
                    .scheduleWithFixedDelay(
                            Duration.ZERO,
                            CHECK_EVERY,
                            () -> {
                                monitor.run();
                                spaceCount.refresh();
                            },
                            system.executionContext());
            LOG.info("HTTP listens on {}", binding.localAddress());
            result.complete(new HttpDoor(binding, drain, repeated));
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
        return binding.localAddress();
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
                    checks.cancel();
                    return binding.terminate(Duration.ofSeconds(1));
                })
                .thenApply(_ -> Done.getInstance());
    }
}
