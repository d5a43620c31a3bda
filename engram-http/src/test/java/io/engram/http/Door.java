package io.engram.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.engram.cluster.ClusterReport;
import io.engram.space.SpaceClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** An open door before some spaces, and a client of it. */
final class Door implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    static final int MAX_BODY = 64 * 1024;

    static final HttpSettings SETTINGS = new HttpSettings(
            "127.0.0.1",
            0,
            HttpSettings.DEFAULTS.defaultSpace(),
            MAX_BODY,
            20,
            50,
            64,
            256,
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            false);

    /** An answer's status, headers and body. */
    record Reply(int status, java.net.http.HttpHeaders headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        JsonNode json() {
            try {
                return MAPPER.readTree(body);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + text(), e);
            }
        }

        String code() {
            return json().path("error").path("code").asText();
        }

        String message() {
            return json().path("error").path("message").asText();
        }
    }

    private final End end;
    private final HttpClient client = HttpClient.newHttpClient();
    AtomicInteger shutdowns = new AtomicInteger();
    final HttpDoor door;

    private Door(ActorSystem<?> system, HttpContext context, HttpSettings settings, End end) {
        this.end = end;
        try {
            door = HttpDoor.bind(system, context, settings)
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            system.terminate();
            throw new AssertionError(e);
        }
    }

    /** What ends together with the door. */
    interface End {
        void run() throws Exception;
    }

    static Door open(ActorSystem<?> system, HttpContext context, End end) {
        return new Door(system, context, SETTINGS, end);
    }

    static Door open(SpaceClient spaces) {
        return open(spaces, SETTINGS);
    }

    static Door open(SpaceClient spaces, HttpSettings settings) {
        return open(spaces, settings, Optional.empty());
    }

    static Door open(SpaceClient spaces, HttpSettings settings, Optional<ClusterReport> cluster) {
        // The conventions say which versions may stand together.
        var config = ConfigFactory.parseString("""
            pekko.fail-mixed-versions = off
            pekko.loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
            pekko.loglevel = WARNING
            pekko.stdout-loglevel = WARNING
            pekko.log-dead-letters = off
            """).withFallback(ConfigFactory.load());
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "door-test", config);
        var shutdowns = new AtomicInteger();
        var door = new Door(
                system,
                new HttpContext(
                        spaces,
                        List.of(),
                        Metrics.create(),
                        "0.0.0-test",
                        FakeSpaces.NOW,
                        Optional.empty(),
                        Optional.empty(),
                        cluster,
                        Optional.of(new FakeLog()),
                        shutdowns::incrementAndGet,
                        InstantSource.system()),
                settings,
                system::terminate);
        door.shutdowns = shutdowns;
        return door;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    int port() {
        return ((InetSocketAddress) door.address()).getPort();
    }

    Reply get(String path, String... headers) {
        return call("GET", path, new byte[0], headers);
    }

    Reply delete(String path, String... headers) {
        return call("DELETE", path, new byte[0], headers);
    }

    Reply post(String path, String json, String... headers) {
        var all = new java.util.ArrayList<>(List.of(headers));
        if (!all.contains("Content-Type")) {
            all.add("Content-Type");
            all.add("application/json");
        }
        return call("POST", path, json.getBytes(StandardCharsets.UTF_8), all.toArray(String[]::new));
    }

    Reply call(String method, String path, byte[] body, String... headers) {
        var request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            var response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Reply(response.statusCode(), response.headers(), response.body());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(method + " " + path + ": " + e, e);
        }
    }

    /** Sends bytes as they are and returns what comes back until the other side closes or falls silent. */
    String raw(byte[] bytes) throws IOException {
        try (var socket = new Socket("127.0.0.1", port())) {
            socket.setSoTimeout(5_000);
            var out = socket.getOutputStream();
            try {
                out.write(bytes);
                out.flush();
                socket.shutdownOutput();
            } catch (IOException e) {
                // The server may close before it has read everything; what it said is still to be read.
            }
            var answer = new java.io.ByteArrayOutputStream();
            try {
                socket.getInputStream().transferTo(answer);
            } catch (IOException e) {
                // A reset after the answer.
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }

    String raw(String text) throws IOException {
        return raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
        try {
            door.stop(Duration.ofSeconds(5)).toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            client.close();
            try {
                end.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
