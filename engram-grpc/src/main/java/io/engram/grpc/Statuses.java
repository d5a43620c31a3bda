package io.engram.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.engram.health.Crashes;
import io.engram.space.EngramException;
import io.engram.trace.TraceContext;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.grpc.GrpcServiceException;
import org.apache.pekko.grpc.Trailers;
import org.apache.pekko.grpc.internal.MissingParameterException;
import org.apache.pekko.grpc.javadsl.MetadataBuilder;
import org.apache.pekko.http.scaladsl.model.http2.PeerClosedStreamException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a failure is called in gRPC. Everything that a sender can bring about has a status of its own and leaves nothing
 * in the log; what is left is a bug, logged once with its stack trace and answered as INTERNAL without details.
 */
final class Statuses {
    /** gRPC's own trailer for "try again after so many milliseconds". */
    static final String RETRY_AFTER = "grpc-retry-pushback-ms";

    /** The trailer with the failure's kind, which tells apart what shares a status. */
    static final String KIND = "engram-error-kind";

    private static final Logger LOG = LoggerFactory.getLogger(Statuses.class);

    private Statuses() {}

    /** What ends a failed call; logs the failure if it is a bug. */
    static Trailers trailers(Throwable failure) {
        return trailers(failure, TraceContext.NONE);
    }

    /** @param trace the span of the call, by which the bug's record is found */
    static Trailers trailers(Throwable failure, TraceContext trace) {
        var plain = of(failure, trace);
        var text = plain.getStatus().getDescription();
        return text == null || text.indexOf('%') < 0
                ? plain
                : new Trailers(plain.getStatus().withDescription(percentEncoded(text)), plain.getMetadata());
    }

    /**
     * Pekko gRPC decodes the percent signs of a description, as if it had come from the wire, before it encodes it for
     * the wire; a description with such a sign is therefore handed over encoded.
     */
    private static String percentEncoded(String text) {
        var out = new StringBuilder();
        for (var b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b < ' ' || b > '~' || b == '%') {
                out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            } else {
                out.append((char) b);
            }
        }
        return out.toString();
    }

    /** Maps a failure, and logs it if it is a bug. */
    static Trailers of(Throwable failure) {
        return of(failure, TraceContext.NONE);
    }

    private static Trailers of(Throwable failure, TraceContext trace) {
        return switch (EngramException.reasonOf(failure)) {
            case EngramException e -> of(e);
            case GrpcServiceException e -> new Trailers(e.getStatus(), e.getMetadata());
            case StatusRuntimeException e -> new Trailers(e.getStatus());
            case StatusException e -> new Trailers(e.getStatus());
            case InvalidProtocolBufferException e ->
                new Trailers(Status.INVALID_ARGUMENT.withDescription(
                        "the request is not a message of the expected type: " + e.getMessage()));
            case MissingParameterException _ ->
                new Trailers(Status.INVALID_ARGUMENT.withDescription("the request holds no message"));
            case PeerClosedStreamException _ ->
                new Trailers(Status.CANCELLED.withDescription("the client closed the call"));
            case TimeoutException _ ->
                new Trailers(Status.DEADLINE_EXCEEDED.withDescription(
                        "the call's deadline passed before the answer was there; a write may have taken effect"));
            case Throwable bug -> {
                Crashes.seen(bug, "a gRPC call");
                trace.into(LOG.atError().setCause(bug)).log("A gRPC call failed for a reason that no caller can cause");
                yield new Trailers(Status.INTERNAL.withDescription("the server failed; its log says why"));
            }
        };
    }

    private static Trailers of(EngramException e) {
        var metadata = new MetadataBuilder().addText(KIND, e.kind().name());
        retryAfter(e).ifPresent(wait -> metadata.addText(RETRY_AFTER, Long.toString(wait.toMillis())));
        return new Trailers(status(e.kind()).withDescription(e.getMessage()), metadata.build());
    }

    /** How long to wait, where trying again without further ado is right. */
    static Optional<Duration> retryAfter(Throwable failure) {
        return EngramException.reasonOf(failure) instanceof EngramException e
                        && e.kind() != EngramException.Kind.OUTCOME_UNKNOWN
                ? e.retryAfter()
                : Optional.empty();
    }

    /**
     * The status of each kind. An unknown outcome is DEADLINE_EXCEEDED because that is the status of which every gRPC
     * client knows that the call may have taken effect all the same. A damaged space is DATA_LOSS and not UNAVAILABLE,
     * which clients try again by themselves: that does not help here.
     */
    static Status status(EngramException.Kind kind) {
        return switch (kind) {
            case INVALID -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONFLICT -> Status.ALREADY_EXISTS;
            case TOO_LARGE, OVERLOADED, STORAGE_FULL -> Status.RESOURCE_EXHAUSTED;
            case UNAVAILABLE, WRITES_STOPPED -> Status.UNAVAILABLE;
            case QUARANTINED -> Status.DATA_LOSS;
            case OUTCOME_UNKNOWN -> Status.DEADLINE_EXCEEDED;
            case NOT_IMPLEMENTED -> Status.UNIMPLEMENTED;
        };
    }

    static GrpcServiceException failure(Status status, String description) {
        return new GrpcServiceException(status.withDescription(description));
    }
}
