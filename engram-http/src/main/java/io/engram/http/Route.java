package io.engram.http;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * One entry of the routing table.
 *
 * @param method its method
 * @param template its path; at most one segment, such as {@code {id}}, stands for any text
 * @param kind what sort of work it is
 * @param query the names of its query parameters
 * @param body whether it takes a JSON body
 * @param headers the request headers that mean something to it
 * @param handler what answers
 */
record Route(
        Method method,
        String template,
        Kind kind,
        Set<String> query,
        boolean body,
        Set<String> headers,
        Handler handler) {

    /** Answers a request; may also throw a {@link Refusal} at once. */
    interface Handler {
        CompletionStage<Answer> handle(Call call);
    }

    /** What sort of work a route is. */
    enum Kind {
        /** Reads and writes of memories: counted in latency and error rate, refused while the node stops. */
        WORK,
        /** What operators and their tools ask: answered to the end, and not counted. */
        OPERATION
    }

    Route {
        query = Set.copyOf(query);
        headers = Set.copyOf(headers);
    }

    static Route of(Method method, String template, Kind kind, Handler handler) {
        return new Route(method, template, kind, Set.of(), false, Set.of(), handler);
    }

    Route query(String... names) {
        var all = new HashSet<>(query);
        all.addAll(Set.of(names));
        return new Route(method, template, kind, all, body, headers, handler);
    }

    Route withBody() {
        return new Route(method, template, kind, query, true, headers, handler);
    }

    private Route header(String name) {
        var all = new HashSet<>(headers);
        all.add(name);
        return new Route(method, template, kind, query, body, all, handler);
    }

    /** It acts within a space, which headers or the query parameter {@code space} name. */
    Route inSpace() {
        return query("space").header(SpaceSelection.HEADERS.getFirst());
    }

    /** A retry under the same {@code Idempotency-Key} gets the first answer. */
    Route idempotent() {
        return header("Idempotency-Key");
    }

    /** It reads a space; {@link Terms} say what the answer rests on. */
    Route reading() {
        return inSpace().query(Terms.CONSISTENCY).header(Terms.CONSISTENCY_HEADER);
    }

    /** It changes a space, once however often it is sent; {@link Terms} say when it is answered. */
    Route writing() {
        return inSpace().idempotent().query(Terms.ACKNOWLEDGEMENT).header(Terms.ACKNOWLEDGEMENT_HEADER);
    }

    List<String> segments() {
        return List.of(template.substring(1).split("/", -1));
    }
}
