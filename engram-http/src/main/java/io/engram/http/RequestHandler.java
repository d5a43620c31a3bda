package io.engram.http;

import io.engram.health.Crashes;
import io.engram.space.EngramException;
import io.engram.space.ServedBy;
import io.engram.trace.Span;
import io.engram.trace.Tracing;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RemoteAddress;
import org.apache.pekko.http.javadsl.model.headers.RawRequestURI;
import org.apache.pekko.http.javadsl.model.headers.TimeoutAccess;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes each request from Pekko HTTP to its route and back, and turns whatever goes wrong into the envelope. */
final class RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
    private static final String ALLOWED_HEADERS =
            "*, Authorization, Content-Type, Idempotency-Key, " + Terms.CONSISTENCY_HEADER + ", "
                    + Terms.ACKNOWLEDGEMENT_HEADER + ", " + String.join(", ", SpaceSelection.HEADERS);

    private final ActorSystem<?> system;
    private final HttpSettings settings;
    private final Router router;
    private final Metrics metrics;
    private final RequestWindow window;
    private final Drain drain;
    private final Supplier<Refusal> unknown;
    private final Tracing tracing;

    /** @param unknown what is said to who asks for what the router does not know */
    RequestHandler(
            ActorSystem<?> system,
            HttpSettings settings,
            Router router,
            Metrics metrics,
            RequestWindow window,
            Drain drain,
            Supplier<Refusal> unknown,
            Tracing tracing) {
        this.system = system;
        this.settings = settings;
        this.router = router;
        this.metrics = metrics;
        this.window = window;
        this.drain = drain;
        this.unknown = unknown;
        this.tracing = tracing;
    }

    CompletionStage<HttpResponse> handle(HttpRequest sent) {
        var began = System.nanoTime();
        var named = RequestId.name(sent);
        var target = target(named);
        var method = named.method().value();
        Optional<Router.Found> found;
        try {
            found = router.find(target.path());
        } catch (Refusal refusal) {
            return CompletableFuture.completedFuture(
                    refused(named, refusal, method, "unmatched", Optional.empty(), began));
        }
        var template = found.map(Router.Found::template).orElse("unmatched");
        var route = found.flatMap(f -> Optional.ofNullable(f.methods().get(declared(method))));
        var isWork = route.isPresent() && route.get().kind() == Route.Kind.WORK;
        var request = tracing.isOn()
                ? RequestTrace.begin(tracing, named, known(method), found.map(Router.Found::template), isWork, began)
                : named;
        if (method.equals("OPTIONS") && (found.isPresent() || target.path().equals("*"))) {
            return CompletableFuture.completedFuture(answered(
                    request,
                    preflight(found.map(Router.Found::allow).orElse("DELETE, GET, HEAD, OPTIONS, POST")),
                    method,
                    template,
                    Optional.empty(),
                    began));
        }
        if (route.isEmpty()) {
            var refusal = found.map(f -> new Refusal(
                            405,
                            "METHOD_NOT_ALLOWED",
                            f.template() + " takes " + f.allow(),
                            Map.of("Allow", f.allow())))
                    .orElseGet(unknown);
            return CompletableFuture.completedFuture(
                    refused(request, refusal, method, template, Optional.empty(), began));
        }
        var taken = route.get();
        if (isWork) {
            var refusal = drain.enter();
            if (refusal.isPresent()) {
                return CompletableFuture.completedFuture(
                        refused(request, refusal.get(), method, template, route, began));
            }
        }
        nameTimeout(request, taken);
        var servedBy = new AtomicReference<@Nullable ServedBy>();
        CompletionStage<Answer> answer;
        try {
            var query = Query.parse(target.query(), taken.query());
            answer = body(request, taken)
                    .thenCompose(bytes -> taken.handler()
                            .handle(new Call(
                                    taken,
                                    found.get().pathValue(),
                                    query,
                                    headers(request),
                                    bytes,
                                    peer(request),
                                    settings.defaultSpace(),
                                    servedBy,
                                    span(request))));
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedStage(e);
        }
        return answer.handle((done, failure) -> {
            try {
                return failure == null
                        ? answered(request, naming(servedBy, done), method, template, route, began)
                        : refused(request, refusal(failure, request, method, template), method, template, route, began);
            } finally {
                if (isWork) {
                    drain.leave();
                }
            }
        });
    }

    private Span span(HttpRequest request) {
        return tracing.isOn() ? RequestTrace.of(request) : Span.NONE;
    }

    private static Answer naming(AtomicReference<@Nullable ServedBy> servedBy, Answer answer) {
        var by = servedBy.get();
        if (by == null) {
            return answer;
        }
        var named = answer.with(Terms.SERVED_BY_HEADER, by.node());
        return by.lag().isPresent()
                ? named.with(Terms.LAG_HEADER, Long.toString(by.lag().getAsLong()))
                : named;
    }

    private record Target(String path, String query) {}

    /** The address as it was sent, without scheme and authority. */
    private static Target target(HttpRequest request) {
        var raw = request.getUri().toString();
        for (var header : request.getHeaders()) {
            if (header instanceof RawRequestURI uri) {
                raw = uri.uri();
                break;
            }
        }
        var scheme = raw.indexOf("://");
        if (scheme > 0 && !raw.startsWith("/")) {
            var path = raw.indexOf('/', scheme + 3);
            raw = path < 0 ? "/" : raw.substring(path);
        }
        var question = raw.indexOf('?');
        return question < 0 ? new Target(raw, "") : new Target(raw.substring(0, question), raw.substring(question + 1));
    }

    private static @org.jspecify.annotations.Nullable Method declared(String method) {
        return switch (method) {
            case "GET", "HEAD" -> Method.GET;
            case "POST" -> Method.POST;
            case "DELETE" -> Method.DELETE;
            default -> null;
        };
    }

    private static Answer preflight(String allow) {
        return Answer.empty(204)
                .with("Allow", allow)
                .with("Access-Control-Allow-Methods", allow)
                .with("Access-Control-Allow-Headers", ALLOWED_HEADERS)
                .with("Access-Control-Max-Age", "3600");
    }

    private CompletionStage<byte[]> body(HttpRequest request, Route route) {
        if (!route.body()) {
            request.discardEntityBytes(system);
            return CompletableFuture.completedFuture(new byte[0]);
        }
        var type = request.entity().getContentType().mediaType();
        if (!type.mainType().equals("application")
                || !(type.subType().equals("json") || type.subType().endsWith("+json"))) {
            throw new Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be sent as application/json");
        }
        var most = settings.maxBodyBytes();
        var length = request.entity().getContentLengthOption();
        if (length.isPresent() && length.getAsLong() > most) {
            throw tooLarge();
        }
        return request.entity()
                .withSizeLimit(most)
                .toStrict(settings.bodyTimeout().toMillis(), most, system)
                .thenApply(strict -> strict.getData().toArrayUnsafe());
    }

    private Refusal tooLarge() {
        return Refusal.tooLarge("the body is larger than " + settings.maxBodyBytes() + " bytes");
    }

    private static Map<String, List<String>> headers(HttpRequest request) {
        var headers = new LinkedHashMap<String, List<String>>();
        for (var header : request.getHeaders()) {
            headers.computeIfAbsent(header.name().toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                    .add(header.value());
        }
        return headers;
    }

    private static Optional<InetAddress> peer(HttpRequest request) {
        return request.getAttribute(AttributeKeys.remoteAddress).flatMap(RemoteAddress::getAddress);
    }

    /** Pekko gives up on a request after a while; then, too, the answer is ours. */
    private static void nameTimeout(HttpRequest request, Route route) {
        // Made only when it is needed: an exception with its stack for each request is dear.
        request.getHeader(TimeoutAccess.class)
                .ifPresent(header -> header.timeoutAccess()
                        .updateHandler(_ -> Responses.of(Envelope.of(tooSlow(route.method())), true)));
    }

    private static Refusal tooSlow(Method method) {
        return method == Method.GET
                ? new Refusal(408, "QUERY_TIMEOUT", "the answer took too long")
                : Refusal.of(EngramException.outcomeUnknown("the answer took too long"));
    }

    private Refusal refusal(Throwable failure, HttpRequest request, String method, String template) {
        var cause = EngramException.reasonOf(failure);
        return switch (cause) {
            case Refusal refusal -> refusal;
            case EngramException e -> Refusal.of(e);
            case EntityStreamSizeException _ -> tooLarge();
            case EntityStreamException _ -> Refusal.badRequest("the body could not be read to its end");
            case TimeoutException _ -> new Refusal(408, "REQUEST_TIMEOUT", "the body did not arrive in time");
            default -> {
                Crashes.seen(cause, method + " " + template);
                span(request)
                        .context()
                        .into(LOG.atError().addKeyValue("request_id", RequestId.of(request)))
                        .setCause(cause)
                        .log("{} {} failed for a reason that nobody expected", method, template);
                yield new Refusal(500, "MEMORY_SYSTEM_ERROR", "the node failed to answer; its log says more");
            }
        };
    }

    private HttpResponse refused(
            HttpRequest request, Refusal refusal, String method, String template, Optional<Route> route, long began) {
        LOG.debug("{} {}: {} {}", method, template, refusal.status(), refusal.message());
        return answered(request, Envelope.of(refusal), method, template, route, began, refusal.isTheNodesFault());
    }

    private HttpResponse answered(
            HttpRequest request, Answer answer, String method, String template, Optional<Route> route, long began) {
        return answered(
                request, answer, method, template, route, began, answer.status() >= 500 && answer.status() != 501);
    }

    private HttpResponse answered(
            HttpRequest request,
            Answer answer,
            String method,
            String template,
            Optional<Route> route,
            long began,
            boolean isFault) {
        var nanos = System.nanoTime() - began;
        metrics.answered(known(method), template, answer.status(), nanos);
        if (route.isPresent() && route.get().kind() == Route.Kind.WORK) {
            window.add(nanos, isFault);
        }
        var span = span(request);
        if (span.isRecorded()) {
            RequestTrace.end(request, answer.status());
        }
        span.context()
                .into(LOG.atDebug().addKeyValue("request_id", RequestId.of(request)))
                .log("{} {} {} in {} us", method, template, answer.status(), nanos / 1000);
        // A body that nobody read would be taken for the next request.
        var unread = !request.entity().isKnownEmpty() && (route.isEmpty() || answer.status() == 413);
        if (unread || answer.status() == 415 || answer.status() == 429) {
            request.discardEntityBytes(system).completionStage().exceptionally(_ -> null);
        }
        return Responses.of(answer.with(RequestId.HEADER, RequestId.of(request)), drain.isDraining());
    }

    private static String known(String method) {
        return switch (method) {
            case "GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH" -> method;
            default -> "OTHER";
        };
    }
}
