package io.engram.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.engram.grpc.cluster.v1.CallReply;
import io.engram.grpc.cluster.v1.CallRequest;
import io.engram.grpc.cluster.v1.FetchRequest;
import io.engram.grpc.cluster.v1.Frames;
import io.engram.grpc.cluster.v1.PeerService;
import io.engram.grpc.cluster.v1.Piece;
import io.engram.peer.Channel;
import io.engram.peer.PeerException;
import io.engram.peer.PeerHandler;
import io.engram.space.EngramException;
import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where other nodes come in: it checks that this node is the one that is meant and that the sender is welcome, and hands
 * what was said to the {@link PeerHandler}. {@link GrpcDoor} mounts it on its own port.
 */
public final class PeerDoor {
    private static final Logger LOG = LoggerFactory.getLogger(PeerDoor.class);
    private static final Map<Integer, Channel> CHANNELS =
            Arrays.stream(Channel.values()).collect(Collectors.toUnmodifiableMap(Channel::number, Function.identity()));
    /** For whoever sets no deadline, which our own side never does. */
    private static final Duration LONGEST_CALL = Duration.ofMinutes(5);

    private final UUID incarnation;
    private final PeerHandler handler;
    private final PeerSettings settings;
    private final Tracing tracing;

    /**
     * @param incarnation of this node's data folder
     * @param handler what is done with what others say
     */
    public PeerDoor(UUID incarnation, PeerHandler handler, PeerSettings settings) {
        this(incarnation, handler, settings, Tracing.OFF);
    }

    /**
     * @param incarnation of this node's data folder
     * @param handler what is done with what others say
     * @param tracing where their calls are recorded
     */
    public PeerDoor(UUID incarnation, PeerHandler handler, PeerSettings settings, Tracing tracing) {
        this.incarnation = incarnation;
        this.handler = handler;
        this.settings = settings;
        this.tracing = tracing;
    }

    int maxFrameBytes() {
        return settings.maxFrameBytes();
    }

    /** The service for one call, by its metadata; fails with the status that the sender is to get. */
    PeerService admit(Function<String, List<String>> metadata, Materializer materializer) {
        var from = uuid(metadata, PeerProtocol.FROM);
        var to = uuid(metadata, PeerProtocol.TO);
        if (!to.equals(incarnation)) {
            throw Statuses.failure(
                    Status.FAILED_PRECONDITION,
                    "this is the node with the incarnation %s, not %s, which is meant".formatted(incarnation, to));
        }
        var protocol = protocol(metadata);
        handler.refusal(from, single(metadata, PeerProtocol.CLUSTER), protocol).ifPresent(reason -> {
            throw Statuses.failure(
                    Status.FAILED_PRECONDITION,
                    "the node with the incarnation %s does not speak with %s: %s".formatted(incarnation, from, reason));
        });
        var timeout = CallContext.of(name -> name.equals(CallContext.TIMEOUT) ? metadata.apply(name) : List.of())
                .timeLeft()
                .orElse(LONGEST_CALL);
        return new Calls(from, timeout, tracing.isOn() ? TraceContext.of(metadata) : TraceContext.NONE, materializer);
    }

    private static int protocol(Function<String, List<String>> metadata) {
        var text = single(metadata, PeerProtocol.PROTOCOL);
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Statuses.failure(
                    Status.INVALID_ARGUMENT, "the metadata " + PeerProtocol.PROTOCOL + " must be a number");
        }
    }

    private static UUID uuid(Function<String, List<String>> metadata, String name) {
        try {
            return UUID.fromString(single(metadata, name));
        } catch (IllegalArgumentException e) {
            throw Statuses.failure(Status.INVALID_ARGUMENT, "the metadata " + name + " must be a UUID");
        }
    }

    private static String single(Function<String, List<String>> metadata, String name) {
        var values = metadata.apply(name);
        if (values.size() != 1) {
            throw Statuses.failure(
                    Status.INVALID_ARGUMENT, "the metadata " + name + " must be there once, not " + values.size());
        }
        return values.getFirst().strip();
    }

    /** What one known sender asks for. */
    private final class Calls implements PeerService {
        private final UUID from;
        private final Duration timeout;
        private final TraceContext trace;
        private final Materializer materializer;

        Calls(UUID from, Duration timeout, TraceContext trace, Materializer materializer) {
            this.from = from;
            this.timeout = timeout;
            this.trace = trace;
            this.materializer = materializer;
        }

        @Override
        public Source<Frames, NotUsed> exchange(Source<Frames, NotUsed> in) {
            // It runs at once, not when the answer is pulled: the sender waits for the answer's head only.
            CompletionStage<Done> done =
                    in.toMat(Sink.foreach(this::received), Keep.right()).run(materializer);
            // What the sender did wrong is told to him; that he is gone is no news for anybody.
            var end = done.handle((_, failure) ->
                    failure != null && isHisFault(failure) ? Source.<Frames>failed(failure) : Source.<Frames>empty());
            return Source.completionStageSource(end).mapMaterializedValue(_ -> NotUsed.getInstance());
        }

        private static boolean isHisFault(Throwable failure) {
            var reason = EngramException.reasonOf(failure);
            return reason instanceof StatusRuntimeException || reason instanceof InvalidProtocolBufferException;
        }

        private void received(Frames frames) {
            for (var frame : frames.getFramesList()) {
                var channel = Optional.ofNullable(CHANNELS.get(frame.getChannel()));
                if (channel.isEmpty()) {
                    continue;
                }
                try {
                    handler.received(from, channel.get(), frame.getMessage().toByteArray());
                } catch (RuntimeException bug) {
                    LOG.error("A message of {} from {} could not be handled", channel.get(), from, bug);
                }
            }
        }

        @Override
        public CompletionStage<CallReply> call(CallRequest in) {
            var span = PeerTrace.answering(tracing, trace, in.getMethod());
            return asked(in, span).handle((answer, failure) -> {
                PeerTrace.end(span, failure == null ? Status.OK : Status.UNKNOWN);
                if (failure != null) {
                    return refusal(failure);
                }
                if (answer.length > settings.maxMessageBytes()) {
                    return refusal(new PeerException(
                            PeerProtocol.tooLarge("the answer to " + in.getMethod(), answer.length, settings), false));
                }
                return CallReply.newBuilder()
                        .setAnswer(UnsafeByteOperations.unsafeWrap(answer))
                        .build();
            });
        }

        private CompletionStage<byte[]> asked(CallRequest in, Span span) {
            try {
                return handler.called(from, in.getMethod(), in.getRequest().toByteArray(), timeout, span.context());
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        private static CallReply refusal(Throwable failure) {
            return CallReply.newBuilder()
                    .setFailure(PeerProtocol.failure(failure))
                    .build();
        }

        @Override
        public Source<Piece, NotUsed> fetch(FetchRequest in) {
            // On the dispatcher for what blocks, and closed however the stream ends.
            return Source.unfoldResource(
                    () -> new Pieces(() ->
                            handler.fetched(from, in.getWhat(), in.getRequest().toByteArray())),
                    Pieces::next,
                    Pieces::close);
        }
    }

    /** The pieces of a fetch, of which the last one may say why there are no more. */
    private final class Pieces {
        private final Supplier<Iterator<byte[]>> fetched;
        private Optional<Iterator<byte[]>> pieces = Optional.empty();
        private boolean failed;

        Pieces(Supplier<Iterator<byte[]>> fetched) {
            this.fetched = fetched;
        }

        Optional<Piece> next() {
            if (failed) {
                return Optional.empty();
            }
            try {
                var source = pieces.orElseGet(fetched);
                pieces = Optional.of(source);
                return source.hasNext() ? Optional.of(piece(source.next())) : Optional.empty();
            } catch (RuntimeException e) {
                failed = true;
                return Optional.of(
                        Piece.newBuilder().setFailure(PeerProtocol.failure(e)).build());
            }
        }

        private Piece piece(byte[] bytes) {
            if (bytes.length > settings.maxMessageBytes()) {
                throw new PeerException(PeerProtocol.tooLarge("a piece", bytes.length, settings), false);
            }
            return Piece.newBuilder()
                    .setBytes(UnsafeByteOperations.unsafeWrap(bytes))
                    .build();
        }

        void close() throws Exception {
            if (pieces.orElse(null) instanceof AutoCloseable resource) {
                resource.close();
            }
        }
    }
}
