package io.engram.grpc;

import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.pekko.NotUsed;
import org.apache.pekko.grpc.Trailers;
import org.apache.pekko.stream.javadsl.Source;

/**
 * The span of a client's call. It ends where the call does: with its answer, with the last one of a stream, or with the status
 * that a failure is turned into.
 */
final class CallTrace {
    /** The names of OpenTelemetry's semantic conventions for calls. */
    static final String SYSTEM = "rpc.system";

    static final String SERVICE = "rpc.service";
    static final String METHOD = "rpc.method";
    static final String STATUS = "rpc.grpc.status_code";
    static final String GRPC = "grpc";

    static final CallTrace NONE = new CallTrace(Span.NONE, TraceContext.NONE);

    private final Span span;
    private final TraceContext ofRequests;

    private CallTrace(Span span, TraceContext ofRequests) {
        this.span = span;
        this.ofRequests = ofRequests;
    }

    /**
     * @param isStream whether it has many requests or answers; then its span is all there is of it, since a stream may go on for
     *     days
     * @param metadata gives the values of the call's metadata by lower-case name
     */
    static CallTrace begin(
            Tracing tracing, String service, String method, boolean isStream, Function<String, List<String>> metadata) {
        if (!tracing.isOn()) {
            return NONE;
        }
        var span = tracing.request(service + "/" + method, TraceContext.of(metadata), System.nanoTime());
        if (!span.isRecorded()) {
            return NONE;
        }
        span.with(SYSTEM, GRPC).with(SERVICE, service).with(METHOD, method);
        return new CallTrace(span, isStream ? TraceContext.NONE : span.context());
    }

    boolean isRecorded() {
        return span.isRecorded();
    }

    /** What a record of the log says of it. */
    TraceContext context() {
        return span.context();
    }

    /** The span above what its request does. */
    TraceContext ofRequests() {
        return ofRequests;
    }

    /** The request speaks of this space. */
    void in(String space) {
        span.with(Span.SPACE, space);
    }

    /** One answer; what it fails with is {@linkplain #failing told} later. */
    <T> CompletionStage<T> around(CompletionStage<T> answer) {
        return isRecorded()
                ? answer.whenComplete((_, failure) -> {
                    if (failure == null) {
                        end(Status.OK);
                    }
                })
                : answer;
    }

    <T> Source<T, NotUsed> around(Source<T, NotUsed> answers) {
        return isRecorded()
                ? answers.watchTermination((materialized, done) -> {
                    var _ = around(done);
                    return materialized;
                })
                : answers;
    }

    /** Ends the span with what a failure is called. */
    UnaryOperator<Trailers> failing() {
        return trailers -> {
            end(trailers.getStatus());
            return trailers;
        };
    }

    private void end(Status status) {
        span.with(STATUS, status.getCode().value());
        // The client's own mistakes are no errors of the server.
        switch (status.getCode()) {
            case UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS ->
                span.failed(status.getCode().name());
            default -> {}
        }
        span.end();
    }
}
