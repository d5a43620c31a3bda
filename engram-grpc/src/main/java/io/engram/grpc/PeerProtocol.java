package io.engram.grpc;

import com.google.protobuf.Message;
import io.engram.grpc.cluster.v1.CallReply;
import io.engram.grpc.cluster.v1.CallRequest;
import io.engram.grpc.cluster.v1.Failure;
import io.engram.grpc.cluster.v1.FetchRequest;
import io.engram.grpc.cluster.v1.Frames;
import io.engram.grpc.cluster.v1.PeerService;
import io.engram.grpc.cluster.v1.Piece;
import io.engram.peer.PeerException;
import io.engram.space.EngramException;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import java.util.Objects;
import java.util.UUID;

/** What both ends of the protocol between nodes agree on. */
final class PeerProtocol {
    /** The version that this code speaks. */
    static final int VERSION = 1;

    static final String PROTOCOL = "engram-peer-protocol";
    static final String CLUSTER = "engram-peer-cluster";
    static final String FROM = "engram-peer-from";
    static final String TO = "engram-peer-to";

    /** A failure's text is for people. */
    private static final int MAX_TEXT_CHARS = 4096;

    static final MethodDescriptor<Frames, Frames> EXCHANGE =
            method("Exchange", MethodType.BIDI_STREAMING, Frames.getDefaultInstance(), Frames.getDefaultInstance());
    static final MethodDescriptor<CallRequest, CallReply> CALL =
            method("Call", MethodType.UNARY, CallRequest.getDefaultInstance(), CallReply.getDefaultInstance());
    static final MethodDescriptor<FetchRequest, Piece> FETCH =
            method("Fetch", MethodType.SERVER_STREAMING, FetchRequest.getDefaultInstance(), Piece.getDefaultInstance());

    private PeerProtocol() {}

    private static <A extends Message, B extends Message> MethodDescriptor<A, B> method(
            String name, MethodType type, A request, B response) {
        return MethodDescriptor.newBuilder(ProtoUtils.marshaller(request), ProtoUtils.marshaller(response))
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(PeerService.name, name))
                .build();
    }

    static Metadata metadata(String cluster, UUID from, UUID to) {
        var metadata = new Metadata();
        metadata.put(key(PROTOCOL), Integer.toString(VERSION));
        metadata.put(key(CLUSTER), cluster);
        metadata.put(key(FROM), from.toString());
        metadata.put(key(TO), to.toString());
        return metadata;
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    static Failure failure(Throwable failure) {
        var reason = EngramException.reasonOf(failure);
        var text = Objects.requireNonNullElseGet(
                reason.getMessage(), () -> reason.getClass().getSimpleName());
        return Failure.newBuilder()
                .setText(text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS))
                .setNotBegun(reason instanceof PeerException e && e.isNotSent())
                .build();
    }

    static PeerException exception(Failure failure) {
        return new PeerException(failure.getText(), failure.getNotBegun());
    }

    static String tooLarge(String what, long bytes, PeerSettings settings) {
        return "%s has %d bytes; at most %d bytes are carried".formatted(what, bytes, settings.maxMessageBytes());
    }

    /** Whether an answer's head is that of the other end of this protocol, which took the call. */
    static boolean isAccepted(Metadata head) {
        return head.containsKey(key(PROTOCOL));
    }
}
