package io.engram.grpc;

import com.google.protobuf.UnsafeByteOperations;
import io.engram.grpc.GrpcPeerLinks.PeerContext;
import io.engram.grpc.cluster.v1.Frame;
import io.engram.grpc.cluster.v1.Frames;
import io.engram.peer.Channel;
import io.engram.peer.Peer;
import io.engram.peer.PeerException;
import io.engram.peer.PeerLinks;
import io.engram.trace.TraceContext;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one peer. What waits is kept here, up to a size, and handed to the connection as it takes it: by whoever
 * finds nobody else doing so, the sender itself or the connection's thread, so that a message on an idle link changes
 * threads once.
 */
final class PeerLink {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);
    /** What a waiting message costs beside its bytes, roughly. */
    private static final int OVERHEAD_BYTES = 16;

    private record Waiting(Channel channel, byte[] message) {
        int bytes() {
            return message.length + OVERHEAD_BYTES;
        }
    }

    private final Peer peer;
    private final PeerContext context;
    private final PeerSettings settings;
    private final PeerConnection connection;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private long dropped;
    private volatile boolean connected;
    private volatile boolean closed;

    /** How often somebody wanted {@link #step} since it last looked; whoever makes it one does the work. */
    private final AtomicInteger wanted = new AtomicInteger();

    private final AtomicBoolean timer = new AtomicBoolean();

    // What follows belongs to whoever is in step().
    private Optional<Outgoing> stream = Optional.empty();
    private int failures;
    private long notBefore = System.nanoTime();
    private boolean said;

    PeerLink(Peer peer, PeerContext context) {
        this.peer = peer;
        this.context = context;
        this.settings = context.settings();
        this.connection = new PeerConnection(peer, context);
    }

    void send(Channel channel, byte[] message) {
        synchronized (waiting) {
            var one = new Waiting(channel, message);
            waiting.addLast(one);
            waitingBytes += one.bytes();
            while (waitingBytes > settings.queueBytes() && waiting.size() > 1) {
                waitingBytes -= waiting.removeFirst().bytes();
                dropped++;
            }
        }
        run();
    }

    CompletionStage<byte[]> call(String method, byte[] request, Duration timeout, TraceContext trace) {
        return observed(new PeerCalls(peer, context, connection).call(method, request, timeout, trace));
    }

    CompletionStage<Void> fetch(String what, byte[] request, Consumer<byte[]> piece) {
        return observed(new PeerCalls(peer, context, connection).fetch(what, request, piece));
    }

    private <T> CompletionStage<T> observed(CompletableFuture<T> answer) {
        return answer.whenComplete((_, failure) -> {
            if (failure == null) {
                connected = true;
            } else if (failure instanceof PeerException e && e.isNotSent()) {
                connected = false;
            }
        });
    }

    PeerLinks.State state() {
        synchronized (waiting) {
            return new PeerLinks.State(connected, waitingBytes, dropped);
        }
    }

    void close() {
        closed = true;
        run();
        connection.close();
    }

    /** Does what there is to do, unless another thread is at it: that one then looks again. */
    private void run() {
        if (wanted.getAndIncrement() != 0) {
            return;
        }
        var seen = 1;
        while (seen != 0) {
            try {
                step();
            } catch (RuntimeException bug) {
                // The link goes on: others rely on whoever is in here.
                LOG.error("What waits for {} could not be sent", peer, bug);
            }
            seen = wanted.addAndGet(-seen);
        }
    }

    private void step() {
        if (closed) {
            stream.ifPresent(Outgoing::cancel);
            stream = Optional.empty();
            connected = false;
            synchronized (waiting) {
                waiting.clear();
                waitingBytes = 0;
            }
            return;
        }
        stream.flatMap(open -> open.end).ifPresent(this::ended);
        if (isNothingWaiting()) {
            return;
        }
        if (stream.isEmpty()) {
            var wait = notBefore - System.nanoTime();
            if (wait > 0) {
                comeBack(wait);
                return;
            }
            open();
        }
        stream.ifPresent(this::fill);
    }

    private void fill(Outgoing open) {
        if (open.accepted && !open.cluster.equals(context.cluster().get())) {
            // The other one judges by what the stream said when it was opened. What waits goes with the new one.
            open.call.halfClose();
            open();
            return;
        }
        while (open.takes()) {
            var batch = batch();
            if (batch.isEmpty()) {
                return;
            }
            open.call.sendMessage(batch.get());
        }
    }

    private boolean isNothingWaiting() {
        synchronized (waiting) {
            return waiting.isEmpty();
        }
    }

    private void comeBack(long nanos) {
        if (timer.compareAndSet(false, true)) {
            context.timers()
                    .schedule(
                            () -> {
                                timer.set(false);
                                run();
                            },
                            nanos,
                            TimeUnit.NANOSECONDS);
        }
    }

    private void open() {
        var channel = connection.channel();
        if (channel.isEmpty()) {
            return;
        }
        var cluster = context.cluster().get();
        var call = channel.get()
                .newCall(
                        PeerProtocol.EXCHANGE,
                        // Nothing of ours that runs in a callback waits for anything.
                        CallOptions.DEFAULT.withExecutor(Runnable::run));
        var outgoing = new Outgoing(call, channel.get(), cluster);
        stream = Optional.of(outgoing);
        call.start(outgoing, PeerProtocol.metadata(cluster, context.self(), peer.incarnation()));
        call.request(1);
        // Whoever takes the connection and says nothing would otherwise be waited for without end.
        var patience = settings.connectTimeout().multipliedBy(2);
        context.timers()
                .schedule(() -> outgoing.giveUpUnlessAccepted(patience), patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void ended(Status status) {
        var old = stream.orElseThrow();
        stream = Optional.empty();
        connected = false;
        if (status.getCode() != Status.Code.FAILED_PRECONDITION) {
            connection.discard(old.channel);
        }
        failures = old.accepted ? 1 : failures + 1;
        notBefore = System.nanoTime() + backOff(failures);
        if (old.accepted || !said) {
            // Once for each time that it goes away: what is tried meanwhile is seen in the state.
            said = true;
            LOG.info("The way to {} is closed: {}", peer, PeerCalls.text(status));
        } else {
            LOG.debug("The way to {} is still closed: {}", peer, PeerCalls.text(status));
        }
    }

    /** Doubles with each failure, and is between half and the whole of that, so that nodes do not come all at once. */
    private long backOff(int failed) {
        var longest = settings.backOffMax().toNanos();
        var whole = Math.min(longest, settings.backOffMin().toNanos() << Math.min(failed - 1, 20));
        return ThreadLocalRandom.current().nextLong(whole / 2, whole + 1);
    }

    private Optional<Frames> batch() {
        var frames = Frames.newBuilder();
        synchronized (waiting) {
            var bytes = 0L;
            while (!waiting.isEmpty()) {
                var next = waiting.getFirst();
                if (frames.getFramesCount() > 0 && bytes + next.bytes() > settings.batchBytes()) {
                    break;
                }
                waiting.removeFirst();
                waitingBytes -= next.bytes();
                bytes += next.bytes();
                frames.addFrames(Frame.newBuilder()
                        .setChannel(next.channel().number())
                        .setMessage(UnsafeByteOperations.unsafeWrap(next.message())));
            }
        }
        return frames.getFramesCount() == 0 ? Optional.empty() : Optional.of(frames.build());
    }

    /** A stream to the peer. */
    private final class Outgoing extends ClientCall.Listener<Frames> {
        private final ClientCall<Frames, Frames> call;
        private final ManagedChannel channel;
        private final String cluster;
        private volatile boolean accepted;
        private volatile Optional<Status> end = Optional.empty();

        Outgoing(ClientCall<Frames, Frames> call, ManagedChannel channel, String cluster) {
            this.call = call;
            this.channel = channel;
            this.cluster = cluster;
        }

        /** Only once the peer has let us in: what is sent before might be thrown away. */
        boolean takes() {
            return accepted && end.isEmpty() && call.isReady();
        }

        void cancel() {
            call.cancel("closed", null);
        }

        void giveUpUnlessAccepted(Duration patience) {
            if (!accepted) {
                call.cancel("it did not answer within %d ms".formatted(patience.toMillis()), null);
            }
        }

        @Override
        public void onHeaders(Metadata head) {
            if (PeerProtocol.isAccepted(head)) {
                accepted = true;
                connected = true;
                PeerLink.this.run();
            }
        }

        @Override
        public void onReady() {
            PeerLink.this.run();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            end = Optional.of(status);
            PeerLink.this.run();
        }
    }
}
