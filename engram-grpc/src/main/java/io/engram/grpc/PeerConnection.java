package io.engram.grpc;

import io.engram.grpc.GrpcPeerLinks.PeerContext;
import io.engram.peer.Peer;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The connection to one peer, made when it is needed. A channel of gRPC waits ever longer before it tries again, by rules
 * of its own; here one that failed is replaced, so that the waiting is ours.
 */
final class PeerConnection {
    private static final long KEEP_ALIVE_SECONDS = 10;
    private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 5;

    private final Peer peer;
    private final PeerContext context;
    private Optional<ManagedChannel> current = Optional.empty();
    private long openedAt;
    private boolean closed;

    PeerConnection(Peer peer, PeerContext context) {
        this.peer = peer;
        this.context = context;
    }

    /** The connection that is used now; empty once this is closed. */
    synchronized Optional<ManagedChannel> channel() {
        if (current.isEmpty() && !closed) {
            openedAt = System.nanoTime();
            current = Optional.of(open());
        }
        return current;
    }

    private ManagedChannel open() {
        var settings = context.settings();
        return NettyChannelBuilder.forAddress(peer.host(), peer.port())
                .usePlaintext()
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        settings.connectTimeout().toMillis())
                .executor(context.callbacks())
                .maxInboundMessageSize(settings.maxFrameBytes())
                // A peer that vanished without a word is noticed.
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                // Offers no compression: what is said is small, or compressed already, and a network is fast.
                .decompressorRegistry(DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false))
                .disableRetry()
                .disableServiceConfigLookUp()
                .proxyDetector(_ -> null)
                .build();
    }

    /** Gives up a connection that failed. What goes on on it may end. */
    void discard(ManagedChannel failed) {
        synchronized (this) {
            if (current.orElse(null) != failed) {
                return;
            }
            current = Optional.empty();
        }
        failed.shutdown();
    }

    /** Gives it up if it is not a new one: many calls that fail at once must not open a connection each. */
    void discardIfOld(ManagedChannel failed) {
        synchronized (this) {
            var age = System.nanoTime() - openedAt;
            if (age < context.settings().backOffMin().toNanos()) {
                return;
            }
        }
        discard(failed);
    }

    void close() {
        Optional<ManagedChannel> last;
        synchronized (this) {
            closed = true;
            last = current;
            current = Optional.empty();
        }
        last.ifPresent(ManagedChannel::shutdownNow);
    }
}
