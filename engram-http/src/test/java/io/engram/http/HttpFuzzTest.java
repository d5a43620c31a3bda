package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Sends garbage of many kinds to every route and looks at what comes back. {@code -Dengram.fuzz.seed=N} repeats a run,
 * {@code -Dengram.fuzz.seconds=N} makes it longer or shorter.
 */
class HttpFuzzTest {
    private static final List<String> METHODS =
            List.of("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "get");

    private static final List<String> GOOD_BODIES = List.of(
            "{\"content\":\"a text\",\"confidence\":0.5,\"tags\":[\"x\"],\"embedding\":[1,2,3]}",
            "{\"what\":\"happened\",\"when\":\"2026-01-01T00:00:00Z\",\"who\":[\"Ana\"],\"importance\":0.5}",
            "{\"items\":[{\"content\":\"a\"},{\"what\":\"b\",\"when\":\"2026-01-01T00:00:00Z\"}]}",
            "{\"id\":\"space-one\"}",
            "{\"content\":\"m\",\"metadata\":{\"a\":\"b\"},\"memory_type\":\"episodic\",\"overwrite\":true,\"id\":\"i\"}");

    private static final List<String> ODD_VALUES = List.of(
            "null",
            "true",
            "\"\"",
            "[]",
            "{}",
            "1e999",
            "-1e999",
            "NaN",
            "-0",
            "1" + "0".repeat(300),
            "9".repeat(500),
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"../../etc\"",
            "[[[[[[[[]]]]]]]]",
            "0.1e-400",
            "\"2026-13-45T99:00:00Z\"",
            "\"" + "x".repeat(3000) + "\"",
            "{\"a\":{\"a\":{\"a\":1}}}");

    private static final List<String> ODD_TEXTS = List.of(
            "",
            "%",
            "%zz",
            "%00",
            "%ff",
            "%C0%80",
            "..",
            "../..",
            "%2e%2e%2f",
            "-1",
            "0",
            "99999999999",
            "1.5",
            "NaN",
            "true",
            "[1,2]",
            "%5B1,%22a%22%5D",
            "%F0%9F%98%80",
            "a+b",
            "x".repeat(300),
            "2026-01-01T00:00:00Z",
            "episodic",
            "default",
            "DEFAULT",
            "%EF%BD%84efault");

    private record Shot(byte[] bytes, boolean wellFormed, String method) {}

    @Test
    void garbage_of_any_kind_is_refused_in_the_envelope_and_harms_nobody() throws Exception {
        var seed = Long.getLong("engram.fuzz.seed", System.nanoTime());
        var seconds = Integer.getInteger("engram.fuzz.seconds", 12);
        System.out.println("HttpFuzzTest: seed " + seed + ", " + seconds + " s");
        var random = new Random(seed);
        var routes = ApiDocumentTest.table();
        var statuses = new TreeMap<Integer, Integer>();
        var log = new ListAppender<ILoggingEvent>();
        var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        log.start();
        root.addAppender(log);
        try (var door = Door.open(new FakeSpaces())) {
            var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            for (int i = 0; System.nanoTime() < end; i++) {
                var route = routes.get(i % routes.size());
                var shot = shot(random, route);
                check(door, shot, "seed " + seed + ", shot " + i + " at " + route.template(), statuses);
                if (i % 10 == 0) {
                    stillWorks(door, i, "seed " + seed + ", after shot " + i);
                }
            }
            stillWorks(door, -1, "seed " + seed + ", at the end");
        } finally {
            root.detachAppender(log);
        }
        System.out.println("HttpFuzzTest: answers by status " + statuses);
        assertThat(statuses.keySet()).as("seed " + seed).contains(200, 400, 404, 405, 415, 422, 501);
        assertThat(log.list)
                .as("seed " + seed + ": nothing is logged about bad requests")
                .noneMatch(
                        event -> event.getLevel().isGreaterOrEqual(Level.ERROR) || event.getThrowableProxy() != null);
    }

    private static void check(Door door, Shot shot, String at, TreeMap<Integer, Integer> statuses) throws Exception {
        var answer = door.raw(shot.bytes());
        if (answer.isEmpty()) {
            // A request that is cut off may be dropped without an answer.
            assertThat(shot.wellFormed()).as(at + ": an answer is owed").isFalse();
            return;
        }
        assertThat(answer).as(at).matches("(?s)HTTP/1\\.1 \\d{3} .*");
        var status = Integer.parseInt(answer.substring(9, 12));
        statuses.merge(status, 1, Integer::sum);
        assertThat(status == 501 || status < 500).as(at + ": " + answer).isTrue();
        assertThat(answer).as(at).contains("X-Content-Type-Options: nosniff").contains("Access-Control-Allow-Origin");
        var body = answer.indexOf("\r\n\r\n");
        var isHead = shot.method().equals("HEAD");
        if (status >= 400 && !isHead && !answer.contains("no such check is registered")) {
            assertThat(answer.substring(body))
                    .as(at)
                    .contains("{\"error\":{\"code\":\"")
                    .contains("\"educational_context\":")
                    .contains("\"documentation\":{");
        }
        assertThat(answer).as(at).doesNotContain("Exception").doesNotContain("\tat ");
    }

    private static void stillWorks(Door door, int number, String at) {
        var id = "check" + number;
        assertThat(door.post(
                                "/api/v1/memories/remember",
                                "{\"id\":\"" + id + "\",\"content\":\"number " + number + "\",\"overwrite\":true}",
                                "X-Memory-Space",
                                "checks")
                        .status())
                .as(at)
                .isEqualTo(201);
        var reply = door.get("/api/v1/memories/" + id, "X-Memory-Space", "checks");
        assertThat(reply.status()).as(at).isEqualTo(200);
        assertThat(reply.json().path("content").asText()).as(at).isEqualTo("number " + number);
    }

    private static Shot shot(Random random, Route route) {
        if (random.nextInt(40) == 0) {
            var noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            return new Shot(noise, false, "");
        }
        var method =
                random.nextInt(4) == 0 ? pick(random, METHODS) : route.method().name();
        var wellFormed = true;
        var path = new StringBuilder(route.template().replaceAll("\\{[^}]*}", "PARAM"));
        var value = random.nextInt(3) == 0 ? pick(random, ODD_TEXTS) : "some-id";
        var at = path.indexOf("PARAM");
        if (at >= 0) {
            path.replace(at, at + 5, value);
        }
        var names = new java.util.ArrayList<>(route.query());
        names.sort(null);
        names.add("unknown");
        for (int i = random.nextInt(4); i > 0; i--) {
            path.append(path.indexOf("?") < 0 ? '?' : '&')
                    .append(pick(random, names))
                    .append('=')
                    .append(pick(random, ODD_TEXTS).replace("[", "%5B").replace("]", "%5D"));
        }
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        if (random.nextInt(5) == 0) {
            head.append(pick(
                    random,
                    List.of(
                            "X-Memory-Space: ../etc\r\n",
                            "X-Memory-Space: \r\n",
                            "X-Memory-Space: good-space\r\nX-Memory-Space-Id: other-space\r\n",
                            "Idempotency-Key: " + "k".repeat(400) + "\r\n",
                            "Accept: \r\n",
                            "Expect: 100-continue\r\n",
                            "Upgrade: websocket\r\n",
                            "Origin: null\r\n",
                            "Content-Encoding: gzip\r\n",
                            "X: " + "y".repeat(9000) + "\r\n",
                            "Bad Name: x\r\n",
                            "Range: bytes=0-0,5-\r\n")));
        }
        var body = body(random);
        var type = random.nextInt(8) == 0
                ? pick(random, List.of("", "Content-Type: text/plain\r\n", "Content-Type: x/y;;\r\n"))
                : "Content-Type: application/json\r\n";
        var out = new ByteArrayOutputStream();
        switch (random.nextInt(10)) {
            case 0 -> {
                wellFormed = false;
                head.append(type).append("Transfer-Encoding: chunked\r\n\r\n");
                out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
                out.writeBytes((pick(random, List.of("zz", "-1", "5", "ffffffffffff", "3;x=" + "y".repeat(500)))
                                + "\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
                out.writeBytes(body);
            }
            case 1 -> {
                wellFormed = false;
                var lie = pick(random, List.of(body.length + 10L, Math.max(0L, body.length - 3L), 99_999_999L, -1L));
                head.append(type).append("Content-Length: ").append(lie).append("\r\n\r\n");
                out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
                out.writeBytes(body);
            }
            case 2 -> {
                head.append(type).append("Transfer-Encoding: chunked\r\n\r\n");
                out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
                for (int from = 0; from < body.length; from += 1000) {
                    var length = Math.min(1000, body.length - from);
                    out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                    out.write(body, from, length);
                    out.writeBytes(new byte[] {'\r', '\n'});
                }
                out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            }
            default -> {
                if (route.body() || random.nextInt(4) == 0) {
                    head.append(type)
                            .append("Content-Length: ")
                            .append(body.length)
                            .append("\r\n\r\n");
                    out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
                    out.writeBytes(body);
                } else {
                    out.writeBytes((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                }
            }
        }
        // Large bodies may be cut off by the answer's arrival; their reset can swallow it.
        return new Shot(out.toByteArray(), wellFormed && body.length < 30_000, method);
    }

    private static byte[] body(Random random) {
        var good = pick(random, GOOD_BODIES);
        return switch (random.nextInt(10)) {
            case 0 -> {
                var noise = new byte[random.nextInt(500)];
                random.nextBytes(noise);
                yield noise;
            }
            case 1 -> "[".repeat(random.nextInt(50_000)).getBytes(StandardCharsets.UTF_8);
            case 2 ->
                ("{\"content\":\"" + "x".repeat(random.nextInt(2 * Door.MAX_BODY)) + "\"}")
                        .getBytes(StandardCharsets.UTF_8);
            case 3 -> {
                var bytes = good.getBytes(StandardCharsets.UTF_8);
                for (int i = 1 + random.nextInt(4); i > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
                yield bytes;
            }
            case 4 -> good.substring(0, random.nextInt(good.length())).getBytes(StandardCharsets.UTF_8);
            case 5 -> (good + pick(random, List.of("x", "{}", "]", "\u0000", "  "))).getBytes(StandardCharsets.UTF_8);
            case 6, 7 -> {
                // One value becomes something else.
                var values = java.util.regex.Pattern.compile(":(\"[^\"]*\"|[\\d.]+|\\[[^\\]]*]|true)")
                        .matcher(good)
                        .results()
                        .toList();
                var chosen = values.get(random.nextInt(values.size()));
                yield (good.substring(0, chosen.start(1)) + pick(random, ODD_VALUES) + good.substring(chosen.end(1)))
                        .getBytes(StandardCharsets.UTF_8);
            }
            default -> good.getBytes(StandardCharsets.UTF_8);
        };
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
