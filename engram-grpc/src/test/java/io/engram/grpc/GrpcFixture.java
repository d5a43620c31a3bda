package io.engram.grpc;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.engram.cluster.ClusterReport;
import io.engram.grpc.health.v1.HealthClient;
import io.engram.grpc.v1.EngramServiceClient;
import io.engram.health.HealthCheck;
import io.engram.space.SpaceClient;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.grpc.GrpcClientSettings;

/** An open door on a free port, with clients for it. */
final class GrpcFixture implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Without cluster; the discovery module has a version of its own. */
    private static final Config CONFIG =
            ConfigFactory.parseString("pekko.fail-mixed-versions = off").withFallback(ConfigFactory.load());

    final ActorSystem<?> system;
    final MeterRegistry meters = new SimpleMeterRegistry();
    final GrpcDoor door;
    final EngramServiceClient engram;
    final HealthClient health;
    final ManagedChannel channel;

    GrpcFixture(SpaceClient spaces, List<HealthCheck> checks, GrpcSettings settings) {
        this(ActorSystem.create(Behaviors.empty(), "grpc-test", CONFIG), spaces, checks, settings);
    }

    GrpcFixture(ActorSystem<?> system, SpaceClient spaces, List<HealthCheck> checks, GrpcSettings settings) {
        this(system, spaces, checks, settings, Optional.empty());
    }

    GrpcFixture(SpaceClient spaces, ClusterReport cluster) {
        this(
                ActorSystem.create(Behaviors.empty(), "grpc-test", CONFIG),
                spaces,
                List.of(),
                GrpcSettings.DEFAULTS,
                Optional.of(cluster));
    }

    private GrpcFixture(
            ActorSystem<?> system,
            SpaceClient spaces,
            List<HealthCheck> checks,
            GrpcSettings settings,
            Optional<ClusterReport> cluster) {
        this.system = system;
        door = await(GrpcDoor.bind(
                system, spaces, checks, meters, settings.withAddress("127.0.0.1", 0), Optional.empty(), cluster));
        var port = door.address().getPort();
        var client = GrpcClientSettings.connectToServiceAt("127.0.0.1", port, system)
                .withTls(false)
                .withDeadline(PATIENCE);
        engram = EngramServiceClient.create(client, system);
        health = HealthClient.create(client, system);
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** The status with which the stage fails. */
    static Status failure(CompletionStage<?> stage) {
        return failureWithTrailers(stage).getStatus();
    }

    static StatusRuntimeException failureWithTrailers(CompletionStage<?> stage) {
        try {
            var answer = stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            throw new AssertionError("answered instead of failing: " + answer);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StatusRuntimeException status) {
                return status;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Sends bytes as a message to a call and gives back the answers' bytes. */
    CompletableFuture<List<byte[]>> raw(String method, byte[]... messages) {
        return raw(channel, method, CallOptions.DEFAULT, messages);
    }

    static CompletableFuture<List<byte[]>> raw(
            Channel channel, String method, CallOptions options, byte[]... messages) {
        return raw(channel, method, options, PATIENCE, messages);
    }

    static CompletableFuture<List<byte[]>> raw(
            Channel channel, String method, CallOptions options, Duration deadline, byte[]... messages) {
        var descriptor = MethodDescriptor.newBuilder(Bytes.INSTANCE, Bytes.INSTANCE)
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(method)
                .build();
        var call = channel.newCall(descriptor, options.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS));
        var answers = new ArrayList<byte[]>();
        var result = new CompletableFuture<List<byte[]>>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        answers.add(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        if (status.isOk()) {
                            result.complete(answers);
                        } else {
                            result.completeExceptionally(status.asRuntimeException(trailers));
                        }
                    }
                },
                new Metadata());
        call.request(1000);
        for (var message : messages) {
            call.sendMessage(message);
        }
        call.halfClose();
        return result;
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        system.terminate();
        await(system.getWhenTerminated());
    }
}
