package io.engram.peer;

import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The way to other nodes. All methods may be called by any thread, and none of them blocks. */
public interface PeerLinks extends AutoCloseable {
    /**
     * Sends a message. It may get lost, or come twice; messages of one channel to one peer that arrive do so mostly in order.
     * When the other one does not keep up, the oldest that wait are dropped: who cares sends again.
     */
    void send(Peer to, Channel channel, byte[] message);

    /**
     * Asks something and waits for the answer. Fails with {@link PeerException}: what was asked may have been done
     * all the same, unless {@link PeerException#isNotSent}.
     *
     * @param trace the span of whoever asks, which the other one is told
     */
    CompletionStage<byte[]> call(Peer to, String method, byte[] request, Duration timeout, TraceContext trace);

    /** The same for what is in no trace. */
    default CompletionStage<byte[]> call(Peer to, String method, byte[] request, Duration timeout) {
        return call(to, method, request, timeout, TraceContext.NONE);
    }

    /**
     * Fetches bytes, piece by piece, in order. Completes when all have come and were taken; fails with {@link
     * PeerException}.
     *
     * @param piece takes a piece, on some thread, one after another; it may block, and if it throws, the fetch fails
     */
    CompletionStage<Void> fetch(Peer from, String what, byte[] request, Consumer<byte[]> piece);

    /** Whether the last thing that was tried with this peer worked, and how many bytes wait for it. */
    State state(Peer peer);

    /**
     * How the way to a peer is.
     *
     * @param connected whether it could be reached last
     * @param queuedBytes what waits to be sent
     * @param dropped how many messages were dropped because it did not keep up
     */
    record State(boolean connected, long queuedBytes, long dropped) {}

    /** Makes the way to other nodes. */
    @FunctionalInterface
    interface Factory {
        /**
         * @param self the incarnation of this node's data folder
         * @param cluster gives the id of this node's cluster as it is known now; empty while there is none
         * @param tracing where calls are recorded
         */
        PeerLinks open(UUID self, Supplier<String> cluster, Tracing tracing);
    }

    /** Forgets a peer that is gone. */
    void forget(Peer peer);

    @Override
    void close();
}
