package io.engram.http;

import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.pekko.http.javadsl.model.AttributeKey;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;

/**
 * The span of a request, which goes with it. Nothing of the address is in it but the route's template: ids and cues stand in
 * the rest.
 */
final class RequestTrace {
    private static final AttributeKey<Span> KEY = AttributeKey.create("request-span", Span.class);
    private static final int FIRST_FAULT = 500;

    private RequestTrace() {}

    /**
     * The request with its span. Traces are begun for work alone: what operators and their tools ask every few seconds is
     * traced if the one who asks traces it.
     *
     * @param method one that is known
     * @param template of the path; empty if it has none
     * @param begunNanos when it came, by {@link System#nanoTime()}
     */
    static HttpRequest begin(
            Tracing tracing,
            HttpRequest request,
            String method,
            Optional<String> template,
            boolean isWork,
            long begunNanos) {
        var from = TraceContext.of(name -> values(request, name));
        if (!isWork && !from.isRecorded()) {
            return request;
        }
        var span = tracing.request(template.map(path -> method + " " + path).orElse(method), from, begunNanos);
        if (!span.isRecorded()) {
            return request;
        }
        span.with("http.request.method", method)
                .with("url.scheme", "http")
                .with(Span.REQUEST_ID, RequestId.of(request));
        template.ifPresent(path -> span.with("http.route", path));
        return request.addAttribute(KEY, span);
    }

    private static List<String> values(HttpRequest request, String name) {
        return StreamSupport.stream(request.getHeaders().spliterator(), false)
                .filter(header -> header.is(name))
                .map(HttpHeader::value)
                .toList();
    }

    /** The span of a request; one that is not recorded if it has none. */
    static Span of(HttpRequest request) {
        return request.getAttribute(KEY).orElse(Span.NONE);
    }

    /** The request is answered. */
    static void end(HttpRequest request, int status) {
        var span = of(request).with("http.response.status_code", status);
        if (status >= FIRST_FAULT) {
            span.failed(Integer.toString(status));
        }
        span.end();
    }
}
