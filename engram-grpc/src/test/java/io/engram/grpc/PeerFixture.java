package io.engram.grpc;

import io.engram.peer.Channel;
import io.engram.peer.Peer;
import io.engram.peer.PeerHandler;
import io.engram.trace.TraceContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.actor.typed.ActorSystem;

/** A node's two ends: a door for others, which can be closed and opened again, and the links to others. */
final class PeerFixture implements AutoCloseable {
    /** A message as it came. */
    record Received(UUID from, Channel channel, String message) {}

    /** What a door does with what comes, each part of which a test can replace. */
    static final class Handler implements PeerHandler {
        interface Asked {
            CompletionStage<byte[]> answer(String method, byte[] request, Duration timeout);
        }

        interface Fetched {
            Iterator<byte[]> pieces(String what, byte[] request);
        }

        final ConcurrentLinkedQueue<Received> received = new ConcurrentLinkedQueue<>();
        final List<String> clusters = new CopyOnWriteArrayList<>();
        volatile Optional<String> refusal = Optional.empty();
        volatile Asked asked = (_, request, _) -> CompletableFuture.completedFuture(request);
        volatile Fetched fetched = (what, _) -> {
            throw new IllegalArgumentException("there is no " + what);
        };
        volatile java.util.function.Consumer<byte[]> also = _ -> {};

        @Override
        public Optional<String> refusal(UUID from, String cluster, int protocol) {
            clusters.add(cluster + "/" + protocol);
            return refusal;
        }

        @Override
        public void received(UUID from, Channel channel, byte[] message) {
            received.add(new Received(from, channel, new String(message, StandardCharsets.UTF_8)));
            also.accept(message);
        }

        @Override
        public CompletionStage<byte[]> called(
                UUID from, String method, byte[] request, Duration timeout, TraceContext trace) {
            return asked.answer(method, request, timeout);
        }

        @Override
        public Iterator<byte[]> fetched(UUID from, String what, byte[] request) {
            return fetched.pieces(what, request);
        }
    }

    final UUID incarnation = UUID.randomUUID();
    final Handler handler = new Handler();
    final GrpcPeerLinks links;
    volatile String cluster = "a-cluster";
    private final ActorSystem<?> system;
    private final PeerSettings settings;
    private Optional<GrpcDoor> door = Optional.empty();
    private int port;

    PeerFixture(ActorSystem<?> system, PeerSettings settings) {
        this.system = system;
        this.settings = settings;
        links = new GrpcPeerLinks(incarnation, () -> cluster, settings);
        open();
    }

    void open() {
        door = Optional.of(GrpcFixture.await(GrpcDoor.bind(
                system,
                new FakeSpaces(),
                List.of(),
                new SimpleMeterRegistry(),
                GrpcSettings.DEFAULTS.withAddress("127.0.0.1", port),
                Optional.of(new PeerDoor(incarnation, handler, settings)))));
        port = door.orElseThrow().address().getPort();
    }

    void closeDoor() {
        door.ifPresent(open -> GrpcFixture.await(open.close(Duration.ofMillis(200))));
        door = Optional.empty();
    }

    Peer peer() {
        return as(incarnation);
    }

    Peer as(UUID somebody) {
        return new Peer("node-" + port, somebody, "127.0.0.1", port);
    }

    @Override
    public void close() {
        links.close();
        closeDoor();
    }
}
