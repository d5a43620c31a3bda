package io.engram.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The measuring instrument itself, in front of a server whose behaviour is known. */
class LoadTest {
    private static final int STALL_MS = 400;

    private final ConcurrentHashMap<String, Integer> paths = new ConcurrentHashMap<>();
    private final AtomicBoolean stall = new AtomicBoolean();
    private HttpServer server = newServer();

    private static HttpServer newServer() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            var body = exchange.getRequestBody().readAllBytes();
            if (stall.getAndSet(false)) {
                try {
                    TimeUnit.MILLISECONDS.sleep(STALL_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            paths.merge(exchange.getRequestURI().getPath(), 1, Integer::sum);
            var answer = body.length == 0 ? "ä€".getBytes(StandardCharsets.UTF_8) : body;
            // A length of 0 makes this server answer in chunks.
            exchange.sendResponseHeaders(
                    200, exchange.getRequestURI().getPath().startsWith("/chunked") ? 0 : answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int port() {
        return server.getAddress().getPort();
    }

    @Test
    void answers_with_a_length_and_in_chunks_are_read_whole_on_one_connection() throws IOException {
        try (var connection = new HttpConnection(port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(connection.get("/plain").text()).isEqualTo("ä€");
                assertThat(connection.get("/chunked").text()).isEqualTo("ä€");
                var large = "x".repeat(200_000 + i);
                assertThat(connection.post("/chunked", "a-space", large).text()).isEqualTo(large);
                assertThat(connection.post("/plain", "a-space", large).text()).isEqualTo(large);
            }
        }
    }

    @Test
    void each_number_is_used_once() throws Exception {
        var figure = new Load(port(), 7)
                .count(200, new AtomicInteger(5), (connection, number) -> connection.get("/n" + number));
        assertThat(figure.calls()).isEqualTo(200);
        assertThat(paths)
                .hasSize(200)
                .containsKeys("/n5", "/n204")
                .allSatisfy((_, count) -> assertThat(count).isEqualTo(1));
    }

    @Test
    void a_wrong_answer_stops_the_measurement() {
        assertThatThrownBy(() -> new Load(port(), 2).count(10, new AtomicInteger(), (_, number) -> {
                    if (number == 7) {
                        throw new IOException("wrong content");
                    }
                }))
                .hasMessageContaining("wrong content");
    }

    @Test
    void a_stall_counts_for_every_request_that_was_due_during_it() throws Exception {
        stall.set(true);
        var figure = new Load(port(), 1)
                .fixedRate(100, 1, new AtomicInteger(), (connection, number) -> connection.get("/n" + number));
        // 40 requests were due while the first one stalled; the first 20 of them waited for at least half of that.
        long late = figure.latencies()
                .getCountBetweenValues(
                        STALL_MS / 2 * 1_000_000L, figure.latencies().getMaxValue());
        assertThat(late).isGreaterThanOrEqualTo(19);

        stall.set(true);
        var closed = new Load(port(), 1)
                .count(100, new AtomicInteger(), (connection, number) -> connection.get("/n" + number));
        assertThat(closed.latencies().getMaxValue()).isGreaterThanOrEqualTo(STALL_MS * 1_000_000L);
    }
}
