package io.engram.grpc;

import io.engram.peer.Channel;
import io.engram.peer.Peer;
import io.engram.peer.PeerException;
import io.engram.peer.PeerLinks;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The way to other nodes through their gRPC ports: one HTTP/2 connection for each peer, and on it one stream of messages
 * and as many calls and fetches as are asked for. Nothing is opened before something is to be sent.
 */
public final class GrpcPeerLinks implements PeerLinks {
    private final PeerContext context;
    private final ScheduledThreadPoolExecutor timers;
    private final ConcurrentHashMap<Peer, PeerLink> links = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * What all links share.
     *
     * @param self this node's incarnation
     * @param cluster the id of this node's cluster as it is known now; empty while none is founded
     * @param timers runs short things later
     * @param callbacks runs what waits for answers and pieces, which may block
     * @param tracing where calls are recorded
     */
    record PeerContext(
            UUID self,
            Supplier<String> cluster,
            PeerSettings settings,
            ScheduledExecutorService timers,
            Executor callbacks,
            Tracing tracing) {}

    /**
     * @param self the incarnation of this node's data folder
     * @param cluster gives the id of this node's cluster as it is known now; empty while none is founded
     */
    public GrpcPeerLinks(UUID self, Supplier<String> cluster, PeerSettings settings) {
        this(self, cluster, settings, Tracing.OFF);
    }

    /**
     * @param self the incarnation of this node's data folder
     * @param cluster gives the id of this node's cluster as it is known now; empty while none is founded
     * @param tracing where calls are recorded
     */
    public GrpcPeerLinks(UUID self, Supplier<String> cluster, PeerSettings settings, Tracing tracing) {
        this.timers = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("engram-peer-timer").daemon().factory());
        timers.setRemoveOnCancelPolicy(true);
        timers.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        this.context = new PeerContext(
                self, cluster, settings, timers, Thread.ofVirtual().name("engram-peer-callback")::start, tracing);
    }

    private PeerLink link(Peer peer) {
        var link = links.computeIfAbsent(peer, unknown -> new PeerLink(unknown, context));
        if (closed) {
            link.close();
        }
        return link;
    }

    /** @throws IllegalArgumentException if the message is larger than what may be carried */
    @Override
    public void send(Peer to, Channel channel, byte[] message) {
        if (message.length > context.settings().maxMessageBytes()) {
            throw new IllegalArgumentException(
                    PeerProtocol.tooLarge("a message of " + channel, message.length, context.settings()));
        }
        if (!closed) {
            link(to).send(channel, message);
        }
    }

    @Override
    public CompletionStage<byte[]> call(Peer to, String method, byte[] request, Duration timeout, TraceContext trace) {
        if (closed) {
            return CompletableFuture.failedFuture(new PeerException("the links of this node are closed", true));
        }
        return link(to).call(method, request, timeout, trace);
    }

    @Override
    public CompletionStage<Void> fetch(Peer from, String what, byte[] request, Consumer<byte[]> piece) {
        if (closed) {
            return CompletableFuture.failedFuture(new PeerException("the links of this node are closed", true));
        }
        return link(from).fetch(what, request, piece);
    }

    @Override
    public State state(Peer peer) {
        var link = links.get(peer);
        return link == null ? new State(false, 0, 0) : link.state();
    }

    @Override
    public void forget(Peer peer) {
        var link = links.remove(peer);
        if (link != null) {
            link.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        links.values().forEach(PeerLink::close);
        links.clear();
        timers.shutdownNow();
    }
}
