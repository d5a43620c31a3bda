package io.engram.cli;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Takes OTLP over HTTP as a collector does, and reads of the protobuf what the tests ask about: the numbers of the fields are
 * those of {@code opentelemetry/proto/trace/v1/trace.proto}.
 */
final class TraceCollector implements AutoCloseable {
    /** The kinds of spans, as they are on the wire. */
    static final long INTERNAL = 1;

    static final long SERVER = 2;
    static final long CLIENT = 3;

    /**
     * A span as it came.
     *
     * @param node {@code service.instance.id} of its resource
     * @param service {@code service.name} of its resource
     * @param parent empty if it has none
     * @param status 0 for nothing said, 2 for an error
     */
    record Span(
            String node,
            String service,
            String trace,
            String id,
            String parent,
            String name,
            long kind,
            long startNanos,
            long endNanos,
            String state,
            long status,
            Map<String, Object> attributes) {
        Object attribute(String name) {
            return attributes.getOrDefault(name, "(none)");
        }
    }

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Span> spans = new CopyOnWriteArrayList<>();
    private final List<String> problems = new CopyOnWriteArrayList<>();

    TraceCollector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::take);
        server.setExecutor(executor);
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    List<Span> spans() {
        if (!problems.isEmpty()) {
            throw new AssertionError(problems);
        }
        return List.copyOf(spans);
    }

    List<Span> of(String trace) {
        return spans().stream().filter(span -> span.trace().equals(trace)).toList();
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            if (!exchange.getRequestURI().getPath().equals("/v1/traces")
                    || !"application/x-protobuf"
                            .equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
                problems.add(exchange.getRequestURI() + " " + Map.copyOf(exchange.getRequestHeaders()));
            }
            for (var each : messages(body, 1)) {
                resourceSpans(each);
            }
            exchange.sendResponseHeaders(200, -1);
        } catch (RuntimeException | IOException e) {
            problems.add(e.toString());
            throw e;
        }
    }

    private void resourceSpans(byte[] bytes) throws IOException {
        var resource = messages(bytes, 1).stream().findFirst().orElse(new byte[0]);
        var about = attributes(resource, 1);
        for (var scope : messages(bytes, 2)) {
            for (var span : messages(scope, 2)) {
                spans.add(span(about, span));
            }
        }
    }

    private static Span span(Map<String, Object> about, byte[] bytes) throws IOException {
        var fields = fields(bytes);
        var status = one(fields, 15).map(value -> (byte[]) value).orElse(new byte[0]);
        return new Span(
                String.valueOf(about.get("service.instance.id")),
                String.valueOf(about.get("service.name")),
                hex(fields, 1),
                hex(fields, 2),
                hex(fields, 4),
                text(fields, 5),
                number(fields, 6),
                number(fields, 7),
                number(fields, 8),
                text(fields, 3),
                number(fields(status), 3),
                attributes(bytes, 9));
    }

    private static Map<String, Object> attributes(byte[] bytes, int field) throws IOException {
        var found = new HashMap<String, Object>();
        for (var each : messages(bytes, field)) {
            var pair = fields(each);
            var value = fields((byte[]) one(pair, 2).orElseThrow());
            found.put(text(pair, 1), value.containsKey(1) ? text(value, 1) : number(value, 3));
        }
        return Map.copyOf(found);
    }

    private static List<byte[]> messages(byte[] bytes, int field) throws IOException {
        return fields(bytes).getOrDefault(field, List.of()).stream()
                .map(value -> (byte[]) value)
                .toList();
    }

    private static Optional<Object> one(Map<Integer, List<Object>> fields, int number) {
        return fields.getOrDefault(number, List.of()).stream().findFirst();
    }

    private static String text(Map<Integer, List<Object>> fields, int number) {
        return one(fields, number)
                .map(value -> new String((byte[]) value, StandardCharsets.UTF_8))
                .orElse("");
    }

    private static String hex(Map<Integer, List<Object>> fields, int number) {
        return one(fields, number)
                .map(value -> HexFormat.of().formatHex((byte[]) value))
                .orElse("");
    }

    private static long number(Map<Integer, List<Object>> fields, int number) {
        return one(fields, number).map(value -> (Long) value).orElse(0L);
    }

    /** Any message, by the numbers of its fields. */
    private static Map<Integer, List<Object>> fields(byte[] bytes) throws IOException {
        var in = CodedInputStream.newInstance(bytes);
        var found = new HashMap<Integer, List<Object>>();
        for (var tag = in.readTag(); tag != 0; tag = in.readTag()) {
            Object value = switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT -> in.readRawVarint64();
                case WireFormat.WIRETYPE_FIXED64 -> in.readRawLittleEndian64();
                case WireFormat.WIRETYPE_FIXED32 -> (long) in.readRawLittleEndian32();
                case WireFormat.WIRETYPE_LENGTH_DELIMITED -> in.readByteArray();
                default -> throw new IOException("tag " + tag);
            };
            found.computeIfAbsent(WireFormat.getTagFieldNumber(tag), _ -> new ArrayList<>())
                    .add(value);
        }
        return found;
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
