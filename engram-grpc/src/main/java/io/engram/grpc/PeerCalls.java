package io.engram.grpc;

import com.google.protobuf.UnsafeByteOperations;
import io.engram.grpc.GrpcPeerLinks.PeerContext;
import io.engram.grpc.cluster.v1.CallReply;
import io.engram.grpc.cluster.v1.CallRequest;
import io.engram.grpc.cluster.v1.FetchRequest;
import io.engram.grpc.cluster.v1.Piece;
import io.engram.peer.Peer;
import io.engram.peer.PeerException;
import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Asks one peer. */
final class PeerCalls {
    private final Peer peer;
    private final PeerContext context;
    private final PeerConnection connection;

    PeerCalls(Peer peer, PeerContext context, PeerConnection connection) {
        this.peer = peer;
        this.context = context;
        this.connection = connection;
    }

    /** @param trace the span of whoever asks */
    CompletableFuture<byte[]> call(String method, byte[] request, Duration timeout, TraceContext trace) {
        var what = "the call " + method;
        var channel = ready(request);
        if (channel.isEmpty()) {
            return CompletableFuture.failedFuture(notReady(what, request));
        }
        var sent = new Sent();
        var call = channel.get()
                .newCall(
                        PeerProtocol.CALL,
                        options(sent).withDeadlineAfter(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS));
        var span = PeerTrace.asking(context.tracing(), trace, peer, method);
        var metadata = metadata();
        PeerTrace.put(metadata, span.context());
        var answer = new Answer(what, timeout, channel.get(), sent, span);
        call.start(answer, metadata);
        call.sendMessage(CallRequest.newBuilder()
                .setMethod(method)
                .setRequest(UnsafeByteOperations.unsafeWrap(request))
                .build());
        call.halfClose();
        call.request(2);
        return answer.result;
    }

    CompletableFuture<Void> fetch(String what, byte[] request, Consumer<byte[]> piece) {
        var named = "the fetch of " + what;
        var channel = ready(request);
        if (channel.isEmpty()) {
            return CompletableFuture.failedFuture(notReady(named, request));
        }
        var sent = new Sent();
        var call = channel.get().newCall(PeerProtocol.FETCH, options(sent));
        var pieces = new Pieces(named, call, channel.get(), sent, piece);
        call.start(pieces, metadata());
        call.sendMessage(FetchRequest.newBuilder()
                .setWhat(what)
                .setRequest(UnsafeByteOperations.unsafeWrap(request))
                .build());
        call.halfClose();
        pieces.next();
        return pieces.result;
    }

    private Optional<ManagedChannel> ready(byte[] request) {
        return request.length > context.settings().maxMessageBytes() ? Optional.empty() : connection.channel();
    }

    private PeerException notReady(String what, byte[] request) {
        var settings = context.settings();
        return new PeerException(
                request.length > settings.maxMessageBytes()
                        ? PeerProtocol.tooLarge(what, request.length, settings)
                        : "the way to " + peer + " is closed",
                true);
    }

    private CallOptions options(Sent sent) {
        return CallOptions.DEFAULT.withExecutor(context.callbacks()).withStreamTracerFactory(sent);
    }

    private Metadata metadata() {
        return PeerProtocol.metadata(context.cluster().get(), context.self(), peer.incarnation());
    }

    /** What is to be known of a call that ended with this status, which is not OK. */
    private PeerException failure(String what, Status status, ManagedChannel channel, Sent sent) {
        if (status.getCode() == Status.Code.UNAVAILABLE || !sent.headers) {
            connection.discardIfOld(channel);
        }
        var refused = switch (status.getCode()) {
            // Our own handlers' failures come in the answer; these are from before them.
            case FAILED_PRECONDITION, UNIMPLEMENTED -> true;
            default -> false;
        };
        return new PeerException("%s at %s failed: %s".formatted(what, peer, text(status)), refused || !sent.headers);
    }

    /** A status in words: what the socket said where it is known. */
    static String text(Status status) {
        var description = Optional.ofNullable(status.getDescription());
        var cause = Optional.ofNullable(status.getCause()).map(Throwable::getMessage);
        return status.getCode() == Status.Code.UNAVAILABLE
                ? cause.or(() -> description).orElse("unavailable")
                : description.orElseGet(() -> status.getCode().name());
    }

    /** Whether anything of a call went to the socket. */
    private static final class Sent extends ClientStreamTracer.Factory {
        private volatile boolean headers;

        @Override
        public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata ignored) {
            return new ClientStreamTracer() {
                @Override
                public void outboundHeaders() {
                    headers = true;
                }
            };
        }
    }

    /** Waits for the one answer of a call. */
    private final class Answer extends ClientCall.Listener<CallReply> {
        private final CompletableFuture<byte[]> result = new CompletableFuture<>();
        private final String what;
        private final Duration timeout;
        private final ManagedChannel channel;
        private final Sent sent;
        private final Span span;
        private Optional<CallReply> reply = Optional.empty();

        Answer(String what, Duration timeout, ManagedChannel channel, Sent sent, Span span) {
            this.what = what;
            this.timeout = timeout;
            this.channel = channel;
            this.sent = sent;
            this.span = span;
        }

        @Override
        public void onMessage(CallReply message) {
            reply = Optional.of(message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            PeerTrace.end(span, status);
            if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
                var text = "%s was not answered by %s within %d ms".formatted(what, peer, timeout.toMillis());
                if (!sent.headers && timeout.compareTo(context.settings().connectTimeout()) >= 0) {
                    // A connection that takes nothing for so long will take nothing later.
                    connection.discardIfOld(channel);
                }
                result.completeExceptionally(new PeerException(text, !sent.headers));
            } else if (!status.isOk()) {
                result.completeExceptionally(failure(what, status, channel, sent));
            } else if (reply.isEmpty()) {
                result.completeExceptionally(
                        new PeerException("%s was not answered by %s".formatted(what, peer), false));
            } else if (reply.get().hasAnswer()) {
                result.complete(reply.get().getAnswer().toByteArray());
            } else {
                result.completeExceptionally(PeerProtocol.exception(reply.get().getFailure()));
            }
        }
    }

    /** Takes the pieces of a fetch, and asks for the next one when one was taken. */
    private final class Pieces extends ClientCall.Listener<Piece> {
        private final CompletableFuture<Void> result = new CompletableFuture<>();
        private final String what;
        private final ClientCall<FetchRequest, Piece> call;
        private final ManagedChannel channel;
        private final Sent sent;
        private final Consumer<byte[]> taker;
        private Optional<PeerException> failure = Optional.empty();
        private volatile Optional<Future<?>> patience = Optional.empty();

        Pieces(
                String what,
                ClientCall<FetchRequest, Piece> call,
                ManagedChannel channel,
                Sent sent,
                Consumer<byte[]> taker) {
            this.what = what;
            this.call = call;
            this.channel = channel;
            this.sent = sent;
            this.taker = taker;
        }

        void next() {
            var wait = context.settings().pieceTimeout();
            patience = Optional.of(context.timers()
                    .schedule(
                            () -> call.cancel("nothing came for " + wait.toMillis() + " ms", null),
                            wait.toNanos(),
                            TimeUnit.NANOSECONDS));
            call.request(1);
        }

        @Override
        public void onMessage(Piece piece) {
            patience.ifPresent(timer -> timer.cancel(false));
            if (failure.isPresent()) {
                return;
            }
            if (piece.hasFailure()) {
                failure = Optional.of(PeerProtocol.exception(piece.getFailure()));
            } else {
                try {
                    taker.accept(piece.getBytes().toByteArray());
                } catch (RuntimeException e) {
                    var text = Objects.requireNonNullElseGet(e.getMessage(), e::toString);
                    failure = Optional.of(
                            new PeerException("%s: a piece was not taken: %s".formatted(what, text), false));
                    call.cancel("a piece was not taken", null);
                    return;
                }
            }
            next();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            patience.ifPresent(timer -> timer.cancel(false));
            if (failure.isPresent()) {
                result.completeExceptionally(failure.get());
            } else if (status.isOk()) {
                result.complete(null);
            } else {
                result.completeExceptionally(PeerCalls.this.failure(what, status, channel, sent));
            }
        }
    }
}
