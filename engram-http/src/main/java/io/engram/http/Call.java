package io.engram.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.engram.space.RequestTerms;
import io.engram.space.ServedBy;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.engram.trace.Span;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request, ready for its handler.
 *
 * @param route the route that it matched
 * @param pathValue what stood in place of the path's parameter, decoded; empty where the path has none
 * @param query its query parameters
 * @param headers its headers by lower-case name, in order
 * @param body its body's bytes
 * @param peer who sent it, where that is known
 * @param defaultSpace the space of requests that name none
 * @param servedBy takes which node answers, if it is told
 * @param span the request's span
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Call(
        Route route,
        String pathValue,
        Query query,
        Map<String, List<String>> headers,
        byte[] body,
        Optional<InetAddress> peer,
        SpaceId defaultSpace,
        AtomicReference<@Nullable ServedBy> servedBy,
        Span span) {

    /** The header's one value. */
    Optional<String> header(String name) {
        var given = headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
        if (given.stream().distinct().count() > 1) {
            throw Refusal.badRequest("the header " + name + " is given twice with different values");
        }
        return given.stream().findFirst();
    }

    /** The body as JSON; see {@link Json#parse(byte[], String)}. */
    JsonNode json() {
        return Json.parse(body, "the body");
    }

    /** The space that headers or query name, else the default. */
    SpaceId space() {
        return in(SpaceSelection.of(this, Optional.empty()));
    }

    /** The space that headers, query or body name, in this order, else the default. */
    SpaceId space(Fields bodyFields) {
        return in(SpaceSelection.of(this, bodyFields.text("memory_space_id")));
    }

    /** The space of which the request turned out to speak. */
    SpaceId in(SpaceId space) {
        span.with(Span.SPACE, space.value());
        return space;
    }

    /** The spaces on the ordinary terms, asked for by this request. */
    SpaceClient ordinary(SpaceClient spaces) {
        return span.isRecorded() ? spaces.on(RequestTerms.ORDINARY.under(span.context()), _ -> {}) : spaces;
    }

    /**
     * Whether the request was made by a program on this machine: not by way of a proxy, and not by a web page, which any
     * site could have put into a browser here.
     */
    boolean isFromHere() {
        return peer().filter(peer -> peer.isLoopbackAddress()).isPresent()
                && header("X-Forwarded-For").isEmpty()
                && header("Forwarded").isEmpty()
                && header("Origin").map(Call::isLocalOrigin).orElse(true);
    }

    private static boolean isLocalOrigin(String origin) {
        return origin.matches("https?://(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d{1,5})?");
    }
}
