package io.engram.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A node's HTTP door as the commands see it. */
final class Api implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    /** What a node answered; a body that is no JSON is missing. */
    record Reply(int status, JsonNode body) {
        boolean isSuccess() {
            return status >= 200 && status < 300;
        }

        /** The error's text, for people. */
        String error() {
            var message = body.at("/error/message").asText("");
            return message.isEmpty() ? "the node answered with status " + status : message;
        }
    }

    /** The node cannot be reached, or does not answer. */
    static final class Unreachable extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean silent;

        Unreachable(String message, boolean silent) {
            super(message, null, false, false);
            this.silent = silent;
        }

        /** Whether somebody is there and says nothing. */
        boolean isSilent() {
            return silent;
        }
    }

    private final URI server;
    private final Duration timeout;
    private final HttpClient client;

    Api(URI server, Duration timeout) {
        this.server = server;
        this.timeout = timeout;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout.compareTo(Duration.ofSeconds(5)) < 0 ? timeout : Duration.ofSeconds(5))
                .build();
    }

    URI server() {
        return server;
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Sends a request and returns whatever comes back. */
    Reply send(String method, String path, Map<String, String> headers, Optional<JsonNode> body)
            throws Unreachable, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(server + path)).timeout(timeout);
        headers.forEach(request::header);
        if (body.isPresent()) {
            request.header("Content-Type", "application/json")
                    .method(method, BodyPublishers.ofString(body.get().toString()));
        } else {
            request.method(method, BodyPublishers.noBody());
        }
        try {
            var response = client.send(request.build(), BodyHandlers.ofString());
            return new Reply(response.statusCode(), parse(response.body()));
        } catch (HttpConnectTimeoutException | ConnectException e) {
            throw new Unreachable("no node answers at " + server, false);
        } catch (HttpTimeoutException e) {
            throw new Unreachable(server + " did not answer within " + timeout.toMillis() + " ms", true);
        } catch (IOException e) {
            throw new Unreachable(server + " broke off the connection: " + e.getMessage(), true);
        }
    }

    private static JsonNode parse(String text) {
        if (text.isBlank()) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
