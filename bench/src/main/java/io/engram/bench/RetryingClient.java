package io.engram.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that knows all nodes, keeps to one of them while that answers, and sends a request that was not answered with success to
 * the next one, under the same id, until it is or patience ends. For one thread.
 */
final class RetryingClient implements AutoCloseable {
    private static final int ATTEMPT_MS = 10_000;
    private static final long PAUSE_MS = 20;
    private static final int HTTP_OK = 200;
    private static final int HTTP_CREATED = 201;

    /** Attempts without success, by what came of them; shared by many clients. */
    static final class Attempts {
        private final Map<String, Integer> byOutcome = new ConcurrentHashMap<>();

        private void add(String outcome) {
            byOutcome.merge(outcome, 1, Integer::sum);
        }

        void clear() {
            byOutcome.clear();
        }

        int total() {
            return byOutcome.values().stream().mapToInt(Integer::intValue).sum();
        }

        @Override
        public String toString() {
            return new TreeMap<>(byOutcome).toString();
        }
    }

    private final List<Integer> ports;
    private final long patienceNanos;
    private final Attempts attempts;
    private final List<@Nullable HttpConnection> connections = new ArrayList<>();
    private int current;
    private long sentNanos;

    /** @param first which of the ports to begin with */
    RetryingClient(List<Integer> ports, int first, double patienceSeconds, Attempts attempts) {
        this.ports = List.copyOf(ports);
        this.current = first % ports.size();
        this.patienceNanos = (long) (patienceSeconds * 1e9);
        this.attempts = attempts;
        ports.forEach(each -> connections.add(null));
    }

    /** Whether a memory was acknowledged before patience ended. */
    boolean remember(String space, String id, String content) throws InterruptedException {
        var body = "{\"id\":%s,\"content\":%s,\"confidence\":0.9}".formatted(Texts.quoted(id), Texts.quoted(content));
        long end = System.nanoTime() + patienceNanos;
        while (true) {
            sentNanos = System.nanoTime();
            var outcome = attempt(space, body);
            if (outcome.isEmpty()) {
                return true;
            }
            attempts.add(outcome);
            current = (current + 1) % ports.size();
            if (System.nanoTime() - end > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        }
    }

    /** When the last attempt was sent. */
    long sentNanos() {
        return sentNanos;
    }

    /** Empty if it was acknowledged. */
    private String attempt(String space, String body) {
        var connection = connections.get(current);
        boolean kept = connection != null;
        try {
            if (connection == null) {
                connection = new HttpConnection(ports.get(current), ATTEMPT_MS);
                connections.set(current, connection);
            }
            var answer = connection.post("/api/v1/memories/remember", space, body);
            return answer.status() == HTTP_CREATED || answer.status() == HTTP_OK ? "" : "status " + answer.status();
        } catch (IOException e) {
            drop(connection);
            return switch (e) {
                case ConnectException refused -> "nobody listens";
                case SocketTimeoutException late -> "no answer in time";
                default -> kept ? "connection lost" : "new connection lost";
            };
        }
    }

    private void drop(@Nullable HttpConnection connection) {
        connections.set(current, null);
        close(connection);
    }

    private static void close(@Nullable HttpConnection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (IOException e) {
            // Nothing is to be got of it any more.
            return;
        }
    }

    @Override
    public void close() {
        connections.forEach(RetryingClient::close);
    }
}
