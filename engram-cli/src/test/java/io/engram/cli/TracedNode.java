package io.engram.cli;

import static io.grpc.MethodDescriptor.MethodType.UNARY;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.Message;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import io.engram.grpc.v1.EngramService;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A whole node with its doors, in the test's own process, and clients that may trace what they ask. */
final class TracedNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final Server server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ManagedChannel channel;

    private TracedNode(Server server) {
        this.server = server;
        channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.grpcAddress().getPort())
                .usePlaintext()
                .build();
    }

    /** Starts a node that may not be ready yet. */
    static TracedNode start(Path folder, Map<String, String> settings) throws InterruptedException {
        var all = new HashMap<>(Map.of(
                "persistence.data_root", folder.resolve("data").toString(),
                "persistence.min_free_bytes", "0",
                "server.http_port", "0",
                "server.grpc_port", "0",
                "embedding.provider", "none"));
        all.putAll(settings);
        var request = ConfigRequest.ofThisProcess("start")
                .withEnvironment(Map.of())
                .withSystemPlaces(List.of())
                .withFolders(folder, folder);
        for (var setting : all.entrySet()) {
            request = request.withFlag("--set", setting.getKey(), setting.getValue());
        }
        return new TracedNode(Server.start(ConfigLoader.load(request), () -> {}, _ -> {}));
    }

    static Map<String, String> tracing(String endpoint) {
        return Map.of("tracing.enabled", "true", "tracing.endpoint", endpoint, "tracing.export_interval", "20ms");
    }

    void awaitReady() {
        server.ready().toCompletableFuture().orTimeout(180, TimeUnit.SECONDS).join();
    }

    HttpResponse<String> remember(String space, String id, String text, Map<String, String> headers)
            throws IOException, InterruptedException {
        JsonNode body = JsonNodeFactory.instance.objectNode().put("id", id).put("content", text);
        return send(
                space,
                HttpRequest.newBuilder(uri("/api/v1/memories/remember"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString())),
                headers);
    }

    HttpResponse<String> recall(String space, String cue, Map<String, String> headers)
            throws IOException, InterruptedException {
        var query = URLEncoder.encode(cue, StandardCharsets.UTF_8);
        return get(space, "/api/v1/memories/recall?query=" + query, headers);
    }

    HttpResponse<String> get(String space, String path, Map<String, String> headers)
            throws IOException, InterruptedException {
        return send(space, HttpRequest.newBuilder(uri(path)), headers);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.httpAddress().getPort() + path);
    }

    private HttpResponse<String> send(String space, HttpRequest.Builder request, Map<String, String> headers)
            throws IOException, InterruptedException {
        headers.forEach(request::header);
        return http.send(
                request.timeout(PATIENCE).header("X-Memory-Space", space).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** What the node counts, summed over all labels but for those that are named. */
    double figure(String name, String labels) throws IOException, InterruptedException {
        return get("default", "/metrics/prometheus", Map.of())
                .body()
                .lines()
                .filter(line -> line.startsWith(name) && line.contains(labels) && !line.startsWith("#"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** A gRPC call; fails with the status's exception. */
    <Q extends Message, A extends Message> A call(String method, Q request, A answer, Map<String, String> headers) {
        var descriptor = MethodDescriptor.<Q, A>newBuilder(
                        ProtoUtils.marshaller(requestOf(request)), ProtoUtils.marshaller(answer))
                .setType(UNARY)
                .setFullMethodName(EngramService.name + "/" + method)
                .build();
        var metadata = new Metadata();
        headers.forEach((name, value) -> metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        var result = new CompletableFuture<A>();
        ClientCall<Q, A> call = channel.newCall(
                descriptor, CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(A message) {
                        result.complete(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        result.completeExceptionally(status.asRuntimeException());
                    }
                },
                metadata);
        call.sendMessage(request);
        call.halfClose();
        call.request(2);
        return result.join();
    }

    @SuppressWarnings("unchecked")
    private static <Q extends Message> Q requestOf(Q request) {
        return (Q) request.getDefaultInstanceForType();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        http.shutdownNow();
        server.stop();
    }
}
