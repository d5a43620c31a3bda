package io.engram.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** Turns answers into Pekko's responses, with the headers that all of them carry. */
final class Responses {
    private static final List<HttpHeader> ALWAYS = List.of(
            RawHeader.create("X-Content-Type-Options", "nosniff"),
            RawHeader.create("X-Frame-Options", "DENY"),
            RawHeader.create("X-XSS-Protection", "1; mode=block"),
            RawHeader.create("Access-Control-Allow-Origin", "*"),
            RawHeader.create(
                    "Access-Control-Expose-Headers",
                    "Allow, Location, Retry-After, " + RequestId.HEADER + ", " + Terms.SERVED_BY_HEADER + ", "
                            + Terms.LAG_HEADER));

    private static final HttpHeader CLOSE = org.apache.pekko.http.javadsl.model.headers.Connection.create("close");

    /** As many as there are kinds of answers: types never come from requests. */
    private static final Map<String, ContentType> TYPES = new ConcurrentHashMap<>();

    private Responses() {}

    static HttpResponse of(Answer answer, boolean close) {
        var headers = new ArrayList<>(ALWAYS);
        answer.headers().forEach((name, value) -> headers.add(RawHeader.create(name, value)));
        if (close) {
            headers.add(CLOSE);
        }
        var response = HttpResponse.create()
                .withStatus(StatusCodes.get(answer.status()))
                .withHeaders(headers);
        return answer.body().length == 0
                ? response
                : response.withEntity(HttpEntities.create(
                        TYPES.computeIfAbsent(answer.contentType(), ContentTypes::parse), answer.body()));
    }
}
