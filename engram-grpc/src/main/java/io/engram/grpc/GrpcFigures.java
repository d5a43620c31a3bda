package io.engram.grpc;

import io.engram.health.AnswerTimes;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.StreamSupport;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.Trailer;
import org.apache.pekko.http.scaladsl.model.HttpEntity.ChunkStreamPart;
import org.apache.pekko.http.scaladsl.model.HttpEntity.Chunked;
import org.apache.pekko.stream.javadsl.Source;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Counts and times the answers to gRPC calls by what their clients are told. A stream is over when its last word has been handed
 * over, or when its client has closed it before, which is CANCELLED. That the client of a call with one answer has given up is not
 * seen here: it counts as what it was answered.
 */
final class GrpcFigures {
    /** In place of a method's name that there is none of. */
    static final String UNMATCHED = "unmatched";

    private static final String STATUS = "grpc-status";

    private final MeterRegistry meters;

    GrpcFigures(MeterRegistry meters) {
        this.meters = meters;
    }

    /**
     * An answer that is counted once it is over.
     *
     * @param method what it is called; empty if it is no gRPC call, and not counted
     */
    CompletionStage<HttpResponse> measured(Optional<String> method, CompletionStage<HttpResponse> answer) {
        if (method.isEmpty()) {
            return answer;
        }
        var began = System.nanoTime();
        return answer.handle((response, failure) -> {
                    if (failure != null) {
                        record(method.get(), Status.Code.INTERNAL, began);
                        return CompletableFuture.<HttpResponse>failedFuture(failure);
                    }
                    return CompletableFuture.completedFuture(measured(method.get(), response, began));
                })
                .thenCompose(result -> result);
    }

    private HttpResponse measured(String method, HttpResponse response, long began) {
        var atOnce = status(response.getHeaders())
                .or(() -> response.getAttribute(AttributeKeys.trailer).flatMap(GrpcFigures::status));
        if (atOnce.isEmpty() && response.entity() instanceof Chunked stream) {
            return response.withEntity(new Chunked(
                    stream.contentType(),
                    watched(stream.chunks().asJava(), method, began).asScala()));
        }
        record(method, atOnce.orElse(Status.Code.UNKNOWN), began);
        return response;
    }

    private Source<ChunkStreamPart, Object> watched(Source<ChunkStreamPart, Object> parts, String method, long began) {
        var said = new AtomicReference<>(Status.Code.CANCELLED);
        return parts.map(part -> {
                    if (part.isLastChunk()) {
                        said.set(status(part.getTrailerHeaders()).orElse(Status.Code.UNKNOWN));
                    }
                    return part;
                })
                .watchTermination((materialized, end) -> {
                    var _ = end.whenComplete((_, _) -> record(method, said.get(), began));
                    return materialized;
                });
    }

    private static Optional<Status.Code> status(Iterable<HttpHeader> headers) {
        return StreamSupport.stream(headers.spliterator(), false)
                .filter(header -> header.is(STATUS))
                .findFirst()
                .map(header -> code(header.value()));
    }

    private static Optional<Status.Code> status(Trailer trailer) {
        return trailer instanceof org.apache.pekko.http.scaladsl.model.Trailer known
                ? CollectionConverters.asJava(known.headers()).stream()
                        .filter(each -> each._1().equals(STATUS))
                        .findFirst()
                        .map(each -> code(each._2()))
                : Optional.empty();
    }

    private static Status.Code code(String number) {
        return number.chars().allMatch(Character::isDigit) && !number.isEmpty() && number.length() < 3
                ? Status.fromCodeValue(Integer.parseInt(number)).getCode()
                : Status.Code.UNKNOWN;
    }

    private void record(String method, Status.Code status, long began) {
        Counter.builder("engram.grpc.requests")
                .description("gRPC calls answered, by the status that their clients were told")
                .tags("method", method, "status", status.name())
                .register(meters)
                .increment();
        Timer.builder("engram.grpc.request.duration")
                .description("Time from a gRPC call's arrival to the end of its answer")
                .tag("method", method)
                .serviceLevelObjectives(AnswerTimes.bounds())
                .register(meters)
                .record(Duration.ofNanos(System.nanoTime() - began));
    }
}
