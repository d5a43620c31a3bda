package io.engram.cli;

import io.engram.cluster.HostPort;
import io.engram.config.EngramConfig;
import io.engram.grpc.GrpcDoor;
import io.engram.http.HttpDoor;
import io.engram.http.HttpStart;
import io.engram.node.StartingNode;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The doors of a node: HTTP and gRPC. They are opened together, before there is anything behind them, and closed together. */
record Doors(HttpDoor http, GrpcDoor grpc) {
    private static final Duration LONGEST_BIND = Duration.ofSeconds(30);
    /** They may belong to an actor system that has ended, and never say that they are closed. */
    private static final Duration ABANDONED = Duration.ofSeconds(1);

    /**
     * How to change where a door is.
     *
     * @param door its name
     * @param means flag, variable and setting
     */
    private record PortSetting(String door, String means) {}

    private static final PortSetting HTTP_SETTING =
            new PortSetting("HTTP", "--http-port, ENGRAM_HTTP_PORT or server.http_port");
    private static final PortSetting GRPC_SETTING =
            new PortSetting("gRPC", "--grpc-port, ENGRAM_GRPC_PORT or server.grpc_port");
    private static final PortSetting GOSSIP_SETTING =
            new PortSetting("gossip", "ENGRAM_CLUSTER_NETWORK_SWIM_BIND or cluster.network.swim_bind");

    /**
     * Opens both before a node that is still to read its log. If one of them cannot be, the start is given up.
     *
     * @throws CommandFailure if a port is not free, with what to do about it
     */
    static Doors open(StartingNode starting, HttpStart start, EngramConfig config) throws InterruptedException {
        var server = config.server();
        try {
            var httpBound = HttpDoor.open(starting.system(), start, Wiring.http(config));
            var grpcBound = GrpcDoor.open(starting.system(), start.meters(), Wiring.grpc(config), starting.recovery());
            return new Doors(
                    bound(httpBound, server.httpBind(), server.httpPort(), HTTP_SETTING),
                    bound(grpcBound, server.grpcHost(), server.grpcPort(), GRPC_SETTING));
        } catch (RuntimeException | InterruptedException e) {
            starting.giveUp();
            throw e;
        }
    }

    /** Refuses what is new and finishes what is in flight, within {@code patience}. */
    CompletableFuture<Void> close(Duration patience) {
        http.beginDrain();
        return CompletableFuture.allOf(
                http.stop(patience).toCompletableFuture(), grpc.close(patience).toCompletableFuture());
    }

    /** Lets go of them where nothing in flight can be finished any more. */
    void abandon() {
        close(Duration.ZERO)
                .completeOnTimeout(null, ABANDONED.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> null)
                .join();
    }

    /**
     * Looks before anything is opened; the real bind, a moment later, has the last word.
     *
     * @throws CommandFailure if one is not free, with what to do about it
     */
    static void requireFreePorts(EngramConfig config) {
        requireFree(config.server().httpBind(), config.server().httpPort(), HTTP_SETTING);
        requireFree(config.server().grpcHost(), config.server().grpcPort(), GRPC_SETTING);
        if (config.cluster().enabled()) {
            var gossip = HostPort.parse(config.cluster().network().swimBind());
            requireFree(gossip.host(), gossip.port(), GOSSIP_SETTING);
        }
    }

    private static void requireFree(String host, int port, PortSetting setting) {
        if (port == 0) {
            return;
        }
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw notBound(e, host, port, setting);
        }
    }

    private static CommandFailure notBound(Throwable cause, String host, int port, PortSetting setting) {
        var text = causes(cause);
        boolean inUse = text.contains("in use");
        return new CommandFailure(
                inUse
                        ? "%s port %d on %s is in use by another process; stop that one, or choose another port with %s (0 takes a free one)"
                                .formatted(setting.door(), port, host, setting.means())
                        : "cannot listen for %s on %s port %d: %s; choose another with %s or another interface with server.%s_bind"
                                .formatted(
                                        setting.door(),
                                        host,
                                        port,
                                        text,
                                        setting.means(),
                                        setting.door().toLowerCase(Locale.ROOT)));
    }

    static String causes(@Nullable Throwable cause) {
        var text = new StringBuilder();
        for (var each = cause; each != null; each = each.getCause()) {
            text.append(text.isEmpty() ? "" : ": ").append(each.getMessage());
        }
        return text.toString();
    }

    private static <T> T bound(CompletionStage<T> binding, String host, int port, PortSetting setting)
            throws InterruptedException {
        try {
            return binding.toCompletableFuture().get(LONGEST_BIND.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BindException cause) {
                throw notBound(cause, host, port, setting);
            }
            throw Server.notReady(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw Server.notReady(e);
        }
    }
}
