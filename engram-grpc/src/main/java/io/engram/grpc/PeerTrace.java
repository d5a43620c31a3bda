package io.engram.grpc;

import io.engram.grpc.cluster.v1.PeerService;
import io.engram.peer.Peer;
import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import io.grpc.Metadata;
import io.grpc.Status;

/**
 * The two spans of a call between nodes: that of whoever asks, and below it that of whoever answers. The context travels as
 * gRPC metadata; who does not know it reads over it.
 */
final class PeerTrace {
    private static final String NAME = PeerProtocol.CALL.getFullMethodName();

    private PeerTrace() {}

    static Span asking(Tracing tracing, TraceContext above, Peer peer, String method) {
        var span = tracing.begin(above, NAME, Tracing.Kind.CLIENT);
        return span.isRecorded()
                ? described(span, method)
                        .with("engram.peer", peer.nodeId())
                        .with("server.address", peer.host())
                        .with("server.port", peer.port())
                : span;
    }

    static Span answering(Tracing tracing, TraceContext above, String method) {
        var span = tracing.begin(above, NAME, Tracing.Kind.SERVER);
        return span.isRecorded() ? described(span, method) : span;
    }

    private static Span described(Span span, String method) {
        var terms = method.indexOf(';');
        return span.with(CallTrace.SYSTEM, CallTrace.GRPC)
                .with(CallTrace.SERVICE, PeerService.name)
                .with(CallTrace.METHOD, "Call")
                .with(Span.OPERATION, terms < 0 ? method : method.substring(0, terms));
    }

    /** Tells the other one of the span, if it is recorded. */
    static void put(Metadata metadata, TraceContext trace) {
        if (trace.isRecorded()) {
            metadata.put(key(TraceContext.TRACEPARENT), trace.traceparent());
            if (!trace.state().isEmpty()) {
                metadata.put(key(TraceContext.TRACESTATE), trace.state());
            }
        }
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    static void end(Span span, Status status) {
        span.with(CallTrace.STATUS, status.getCode().value());
        if (!status.isOk()) {
            span.failed(status.getCode().name());
        }
        span.end();
    }
}
