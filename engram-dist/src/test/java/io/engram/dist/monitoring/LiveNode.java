package io.engram.dist.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.dist.Checkout;
import io.engram.grpc.v1.EngramService;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A node of this build in a process of its own. */
final class LiveNode implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("ready: HTTP on \\S+?:(\\d+), gRPC on \\S+?:(\\d+)");
    private static final Duration LONGEST_START = Duration.ofMinutes(5);

    private final Path log;
    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private int httpPort;
    private int grpcPort;

    private LiveNode(Path log, Process process) {
        this.log = log;
        this.process = process;
    }

    /** Starts it; {@link #awaitReady()} waits for it. */
    static LiveNode start(Path folder, Map<String, String> environment, String... settings) throws IOException {
        Files.createDirectories(folder);
        var command = new ArrayList<String>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(Checkout.options("conf/jvm.options"));
        // Little room for classes' descriptions at first, so that there is a full collection early.
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx400m", "-Xss512k", "-XX:MetaspaceSize=16m", "-jar"));
        command.add(jar().toString());
        command.addAll(List.of("start", "--http-port", "0", "--grpc-port", "0"));
        command.addAll(List.of("--data-dir", folder.resolve("data").toString()));
        for (var setting : settings) {
            command.addAll(List.of("--set", setting));
        }
        var log = folder.resolve("node.log");
        Files.deleteIfExists(log);
        var start = new ProcessBuilder(command);
        start.environment().keySet().removeIf(name -> name.startsWith("ENGRAM_") || name.startsWith("RUST_"));
        start.environment().putAll(environment);
        start.environment().put("ENGRAM_PID_PATH", folder.resolve("engram.pid").toString());
        return new LiveNode(
                log,
                start.directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start());
    }

    private static Path jar() throws IOException {
        try (var jars = Files.newDirectoryStream(Checkout.ROOT.resolve("engram-cli/target"), "engram-cli-*.jar")) {
            for (var jar : jars) {
                if (!jar.toString().contains("-tests") && !jar.toString().contains("-sources")) {
                    return jar;
                }
            }
        }
        throw new IOException("engram-cli is not packaged");
    }

    LiveNode awaitReady() {
        await().atMost(LONGEST_START)
                .until(() -> !process.isAlive() || READY.matcher(text()).find());
        var ready = READY.matcher(text());
        assertThat(ready.find()).as(this::text).isTrue();
        httpPort = Integer.parseInt(ready.group(1));
        grpcPort = Integer.parseInt(ready.group(2));
        return this;
    }

    String text() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HttpResponse<String> get(String path, String... headers) {
        return send(request(path, headers).build()).join();
    }

    HttpResponse<String> delete(String path) {
        return send(request(path).DELETE().build()).join();
    }

    HttpResponse<String> post(String path, String json, String... headers) {
        return posting(path, json, headers).join();
    }

    /** The same without waiting for the answer. */
    CompletableFuture<HttpResponse<String>> posting(String path, String json, String... headers) {
        return send(request(path, headers)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build());
    }

    private CompletableFuture<HttpResponse<String>> send(HttpRequest request) {
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path, String... headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
                .timeout(Duration.ofMinutes(1));
        return headers.length == 0 ? request : request.headers(headers);
    }

    List<Series.Sample> told() {
        return Series.told(get("/metrics/prometheus").body());
    }

    /** A call through the other door; its answer is not looked at. */
    void introspect() throws Exception {
        var method = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(EngramService.name, "Introspect"))
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
        var channel = ManagedChannelBuilder.forAddress("127.0.0.1", grpcPort)
                .usePlaintext()
                .build();
        try {
            var ended = new CompletableFuture<Status>();
            var call = channel.newCall(method, CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            ended.complete(status);
                        }
                    },
                    new Metadata());
            call.request(2);
            call.sendMessage(new byte[0]);
            call.halfClose();
            assertThat(ended.get(60, TimeUnit.SECONDS).isOk()).isTrue();
        } finally {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    void stop() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(this::text).isTrue();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
        client.close();
    }
}
