package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What surrounds every route: errors, headers, bodies that are no good, addresses that lead nowhere. */
class FrameTest {
    private static final String REMEMBER = "/api/v1/memories/remember";
    private static Door door;

    @BeforeAll
    static void open() {
        door = Door.open(new FakeSpaces());
    }

    @AfterAll
    static void close() {
        door.close();
    }

    static void isEnvelope(Door.Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.code()).isEqualTo(code);
        var names = new ArrayList<String>();
        reply.json().path("error").fieldNames().forEachRemaining(names::add);
        assertThat(names).containsExactly("code", "message", "educational_context", "cognitive_guidance");
        names.clear();
        reply.json().path("documentation").fieldNames().forEachRemaining(names::add);
        assertThat(names).containsExactly("api_guide", "memory_concepts", "examples");
        hasFrame(reply);
    }

    static void hasFrame(Door.Reply reply) {
        assertThat(reply.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(reply.headers().firstValue("X-Frame-Options")).contains("DENY");
        assertThat(reply.headers().firstValue("X-XSS-Protection")).contains("1; mode=block");
        assertThat(reply.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
    }

    @Test
    void paths_that_lead_nowhere_answer_404() {
        for (var path : List.of("/", "/nothing", "/api/v1/memories/", "/api/v1/memories/a/b", "/health/", "/docs/no")) {
            isEnvelope(door.get(path), 404, "RESOURCE_NOT_FOUND");
        }
    }

    @Test
    void wrong_methods_answer_405_and_name_the_right_ones() {
        var reply = door.call("PUT", "/api/v1/memories/x", new byte[0]);
        isEnvelope(reply, 405, "METHOD_NOT_ALLOWED");
        assertThat(reply.headers().firstValue("Allow")).contains("DELETE, GET, HEAD, OPTIONS");
        isEnvelope(door.call("PATCH", "/health", new byte[] {'x'}), 405, "METHOD_NOT_ALLOWED");
        isEnvelope(door.get(REMEMBER), 405, "METHOD_NOT_ALLOWED");
        isEnvelope(door.call("BREW", "/health", new byte[0]), 405, "METHOD_NOT_ALLOWED");
    }

    @Test
    void bodies_that_are_no_json_answer_400() {
        for (var body : List.of(
                "",
                " ",
                "{",
                "{\"content\":\"a\"} x",
                "{\"content\":\"a\"}{}",
                "{\"content\":\"a\",\"content\":\"b\"}",
                "{'content':'a'}",
                "{\"content\":\"\\ud8\"}",
                "{\"content\":NaN}",
                "[".repeat(1000),
                "{\"a\":".repeat(200) + "1" + "}".repeat(200),
                "{\"content\":\"a\",\"confidence\":0." + "1".repeat(500) + "}",
                "{\"" + "n".repeat(2000) + "\":1}",
                "\ufeff{\"content\":\"a\"}")) {
            isEnvelope(door.post(REMEMBER, body), 400, "BAD_REQUEST");
        }
    }

    @Test
    void bytes_that_are_no_utf8_answer_400() {
        for (var broken : List.of(new byte[] {(byte) 0xff}, new byte[] {(byte) 0xc0, (byte) 0x80}, new byte[] {
            (byte) 0xed, (byte) 0xa0, (byte) 0x80
        })) {
            var body = new java.io.ByteArrayOutputStream();
            body.writeBytes("{\"content\":\"".getBytes(StandardCharsets.UTF_8));
            body.writeBytes(broken);
            body.writeBytes("\"}".getBytes(StandardCharsets.UTF_8));
            isEnvelope(
                    door.call("POST", REMEMBER, body.toByteArray(), "Content-Type", "application/json"),
                    400,
                    "BAD_REQUEST");
        }
        isEnvelope(
                door.call(
                        "POST",
                        REMEMBER,
                        "{\"content\":\"a\"}".getBytes(StandardCharsets.UTF_16LE),
                        "Content-Type",
                        "application/json"),
                400,
                "BAD_REQUEST");
    }

    @Test
    void bodies_of_another_type_answer_415() {
        for (var type : List.of("text/plain", "application/x-www-form-urlencoded", "application/xml")) {
            isEnvelope(door.post(REMEMBER, "{\"content\":\"a\"}", "Content-Type", type), 415, "UNSUPPORTED_MEDIA_TYPE");
        }
        isEnvelope(door.call("POST", REMEMBER, new byte[] {'{', '}'}), 415, "UNSUPPORTED_MEDIA_TYPE");
        for (var type : List.of("application/json; charset=utf-8", "application/ld+json", "Application/JSON")) {
            assertThat(door.post(REMEMBER, "{\"content\":\"a\"}", "Content-Type", type)
                            .status())
                    .as(type)
                    .isEqualTo(201);
        }
    }

    @Test
    void a_body_over_the_limit_answers_413_however_it_is_sent() throws Exception {
        var large = "{\"content\":\"" + "x".repeat(Door.MAX_BODY) + "\"}";
        isEnvelope(door.post(REMEMBER, large), 413, "PAYLOAD_TOO_LARGE");
        var chunk = Integer.toHexString(large.length()) + "\r\n" + large + "\r\n";
        assertThat(door.raw("POST " + REMEMBER
                        + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + chunk + "0\r\n\r\n"))
                .startsWith("HTTP/1.1 413")
                .contains("PAYLOAD_TOO_LARGE");
        assertThat(door.raw("POST " + REMEMBER
                        + " HTTP/1.1\r\n"
                        + "Host: x\r\n"
                        + "Content-Type: application/json\r\n"
                        + "Content-Length: 99999999999\r\n\r\n"
                        + "{"))
                .startsWith("HTTP/1.1 413");
    }

    @Test
    void a_body_that_does_not_come_answers_408_or_400() throws Exception {
        try (var socket = new java.net.Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("POST " + REMEMBER
                                    + " HTTP/1.1\r\n"
                                    + "Host: x\r\n"
                                    + "Content-Type: application/json\r\n"
                                    + "Content-Length: 50\r\n\r\n"
                                    + "{")
                            .getBytes(StandardCharsets.US_ASCII));
            var answer = new byte[12];
            assertThat(socket.getInputStream().readNBytes(answer, 0, 12)).isEqualTo(12);
            assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 408");
        }
    }

    @Test
    void broken_http_answers_in_the_envelope() throws Exception {
        var head = " HTTP/1.1\r\nHost: x\r\n";
        for (var request : List.of(
                "POST " + REMEMBER + head
                        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
                "GET /api/v1/memories?space={x}" + head + "\r\n",
                "GET /a b c" + head + "\r\n",
                "GET /api/v1/memories/%zz" + head + "\r\n",
                "GET /health HTTP/1.1\r\n\r\n",
                "GET /health" + head + "Bad Header: x\r\n\r\n",
                "GET /health" + head + "Content-Length: -5\r\n\r\n",
                "GET /health" + head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                "POST " + REMEMBER + head + "Content-Type: nonsense\r\nContent-Length: 2\r\n\r\n{}",
                "GET /" + "x".repeat(200_000) + head + "\r\n",
                "GET /health" + head + "X: " + "y".repeat(20_000) + "\r\n\r\n")) {
            var answer = door.raw(request);
            assertThat(answer)
                    .as(request.substring(0, Math.min(80, request.length())))
                    .matches("(?s)HTTP/1.1 4\\d\\d.*");
            assertThat(answer).contains("\"educational_context\"").contains("X-Frame-Options: DENY");
            assertThat(door.get("/health/alive").status()).isEqualTo(200);
        }
    }

    @Test
    void paths_are_taken_as_they_are_sent() throws Exception {
        assertThat(door.raw(
                        "GET /api/v1/memories/../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 404");
        assertThat(door.raw("GET http://x/health/alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        assertThat(door.get("/docs/..%2f..%2fserver.conf").status()).isEqualTo(404);
        assertThat(door.get("/docs/%2e%2e").status()).isEqualTo(404);
        assertThat(door.get("/api/v1/memories/%ff").status()).isEqualTo(400);
    }

    @Test
    void head_answers_like_get_without_the_body() {
        for (var path : List.of("/health", "/api/v1/memories", "/api-docs/openapi.json", "/nothing")) {
            var get = door.get(path);
            var head = door.call("HEAD", path, new byte[0]);
            assertThat(head.status()).isEqualTo(get.status());
            assertThat(head.body()).isEmpty();
            assertThat(head.headers().firstValue("Content-Type"))
                    .isEqualTo(get.headers().firstValue("Content-Type"));
            hasFrame(head);
        }
        assertThat(door.get("/health/alive").status()).isEqualTo(200);
    }

    @Test
    void browsers_may_ask_first() {
        var reply = door.call(
                "OPTIONS",
                REMEMBER,
                new byte[0],
                "Origin",
                "https://example.org",
                "Access-Control-Request-Method",
                "POST");
        assertThat(reply.status()).isEqualTo(204);
        assertThat(reply.headers().firstValue("Access-Control-Allow-Methods")).contains("OPTIONS, POST");
        assertThat(reply.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
                .contains("X-Memory-Space", "Idempotency-Key", "Content-Type");
        hasFrame(reply);
        assertThat(door.call("OPTIONS", "/nothing", new byte[0]).status()).isEqualTo(404);
    }

    @Test
    void planned_routes_say_so() {
        isEnvelope(door.get("/api/v1/consolidations"), 501, "NOT_IMPLEMENTED");
        isEnvelope(door.get("/api/v1/consolidations/x"), 501, "NOT_IMPLEMENTED");
        isEnvelope(door.post("/api/v1/complete", "{}"), 501, "NOT_IMPLEMENTED");
        isEnvelope(door.get("/cluster/health"), 501, "FEATURE_NOT_ENABLED");
        isEnvelope(door.post("/cluster/rebalance", "{}"), 501, "FEATURE_NOT_ENABLED");
    }

    @Test
    void every_refusal_of_bad_input_is_below_500() {
        Map<String, Integer> seen = new HashMap<>();
        for (var body : List.of(
                "{\"content\":{}}",
                "{\"content\":[]}",
                "{\"content\":\"a\",\"tags\":\"b\"}",
                "{\"content\":\"a\",\"tags\":[1]}",
                "{\"content\":\"a\",\"metadata\":[]}",
                "{\"content\":\"a\",\"metadata\":{\"k\":{}}}",
                "{\"content\":\"a\",\"overwrite\":\"yes\"}",
                "{\"content\":\"a\",\"embedding\":[]}",
                "{\"content\":\"a\",\"embedding\":[1e39]}",
                "{\"content\":\"a\",\"timestamp\":\"+99999-01-01T00:00:00Z\"}",
                "{\"content\":\"a\",\"timestamp\":17}",
                "{\"content\":\"a\",\"emotional_valence\":2}",
                "{\"content\":\"a\",\"link_threshold\":2}",
                "{\"content\":\"a\",\"decay_rate\":-1}")) {
            seen.put(body, door.post(REMEMBER, body).status());
        }
        assertThat(seen).allSatisfy((_, status) -> assertThat(status).isIn(400, 422));
    }
}
