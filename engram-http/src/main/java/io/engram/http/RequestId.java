package io.engram.http;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.AttributeKey;
import org.apache.pekko.http.javadsl.model.HttpRequest;

/** By what a request can be found in the logs of all who had it in hand: the client's or a proxy's name for it, else one of ours. */
final class RequestId {
    static final String HEADER = "X-Request-Id";

    private static final AttributeKey<String> KEY = AttributeKey.create("request-id", String.class);
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    private RequestId() {}

    /** The request with its id; one that is not of a form that logs can take is replaced. */
    static HttpRequest name(HttpRequest request) {
        var id = request.getHeader(HEADER)
                .map(header -> header.value())
                .filter(value -> FORM.matcher(value).matches())
                .orElseGet(RequestId::drawn);
        return request.addAttribute(KEY, id);
    }

    private static String drawn() {
        var random = ThreadLocalRandom.current();
        var hex = HexFormat.of();
        return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
    }

    /** The id of a request that has one. */
    static String of(HttpRequest request) {
        return request.getAttribute(KEY).orElse("");
    }
}
