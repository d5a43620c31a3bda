package io.engram.http;

import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/** Answers requests that are not HTTP enough to reach a handler. Pekko finds it by its name in the configuration. */
public final class ParsingErrors extends ParsingErrorHandler {
    /** The one instance, under the name by which Pekko looks for it. */
    public static final ParsingErrors MODULE$ = new ParsingErrors();

    private ParsingErrors() {}

    @Override
    public HttpResponse handle(StatusCode status, ErrorInfo info, LoggingAdapter log, ServerSettings settings) {
        log.debug("Refused to read a request: {}", info.summary());
        return Responses.of(Envelope.of(refusal(status.intValue(), info.summary())), true);
    }

    private static Refusal refusal(int status, String summary) {
        return switch (status) {
            case 413 -> Refusal.tooLarge("the body is larger than this node accepts");
            // An unknown method is the sender's mistake, not the node's.
            case 501 ->
                new Refusal(
                        405,
                        "METHOD_NOT_ALLOWED",
                        "no route takes this method",
                        java.util.Map.of("Allow", "DELETE, GET, HEAD, OPTIONS, POST"));
            case 414 -> new Refusal(414, "BAD_REQUEST", "the address is too long");
            case 431 -> new Refusal(431, "BAD_REQUEST", "the headers are too large: " + summary);
            default ->
                new Refusal(
                        status >= 400 && status < 500 ? status : 400,
                        "BAD_REQUEST",
                        "the request is not acceptable HTTP: " + summary);
        };
    }
}
