package io.engram.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures a running node from the outside. Every answer is checked, and one that is not right counts as an error, is
 * not timed, and makes the exit code 1. It works in a space of its own that is deleted afterwards; if it cannot be, that is said, and
 * makes the exit code 1, too.
 */
@Command(
        name = "benchmark",
        description = "Measure a running node, in a space of its own that is deleted afterwards.",
        subcommands = {BenchmarkCommand.Latency.class, BenchmarkCommand.Throughput.class})
final class BenchmarkCommand {
    private BenchmarkCommand() {}

    /** What is measured. */
    enum Operation {
        create,
        get,
        search,
        recall
    }

    /** A space of its own and what is done in it. */
    private static final class Bench implements AutoCloseable {
        private final Api api;
        private final String space = "benchmark-" + UUID.randomUUID();
        private final Histogram times =
                new ConcurrentHistogram(Duration.ofMinutes(1).toNanos(), 3);
        private final AtomicReference<@Nullable String> firstError = new AtomicReference<>();
        private final java.util.concurrent.atomic.LongAdder errors = new java.util.concurrent.atomic.LongAdder();

        Bench(ClientOptions options) {
            this.api = options.api();
        }

        static String content(String id) {
            return "the word w" + id + " stands in a note about the harbour, its lighthouse and the tide";
        }

        Api.Reply send(String method, String path, Optional<JsonNode> body)
                throws Api.Unreachable, InterruptedException {
            return api.send(method, path, Map.of("X-Memory-Space", space), body);
        }

        /** Whether one operation gave the right answer. */
        boolean run(Operation operation, String id) throws Api.Unreachable, InterruptedException {
            return switch (operation) {
                case create -> {
                    var body = Api.JSON.createObjectNode().put("id", id).put("content", content(id));
                    var reply = send("POST", "/api/v1/memories/remember", Optional.of(body));
                    yield reply.status() == 201
                            && reply.body().path("memory_id").asText().equals(id);
                }
                case get -> {
                    var reply = send("GET", "/api/v1/memories/" + id, Optional.empty());
                    yield reply.status() == 200
                            && reply.body().path("content").asText().equals(content(id));
                }
                case search -> {
                    var reply = send("GET", "/api/v1/memories/search?query=w" + id, Optional.empty());
                    yield reply.status() == 200 && has(reply.body().path("memories"), id);
                }
                case recall -> {
                    var reply = send("GET", "/api/v1/memories/recall?query=w" + id, Optional.empty());
                    var memories = reply.body().path("memories");
                    yield reply.status() == 200
                            && (has(memories.path("vivid"), id)
                                    || has(memories.path("associated"), id)
                                    || has(memories.path("reconstructed"), id));
                }
            };
        }

        private static boolean has(JsonNode memories, String id) {
            for (var memory : memories) {
                if (memory.path("id").asText().equals(id)) {
                    return true;
                }
            }
            return false;
        }

        void timed(Operation operation, String id) throws InterruptedException {
            long begun = System.nanoTime();
            try {
                if (run(operation, id)) {
                    times.recordValue(Math.min(System.nanoTime() - begun, times.getHighestTrackableValue()));
                } else {
                    fail(operation + " of " + id + " did not give the right answer");
                }
            } catch (Api.Unreachable e) {
                fail(operation + " of " + id + ": " + e.getMessage());
            }
        }

        private void fail(String reason) {
            errors.increment();
            firstError.compareAndSet(null, reason);
        }

        ObjectNode result(double seconds) {
            var document = Api.JSON.createObjectNode();
            document.put("operations", times.getTotalCount()).put("errors", errors.sum());
            var error = firstError.get();
            if (error != null) {
                document.put("first_error", error);
            }
            document.put("duration_s", seconds);
            document.put("operations_per_second", times.getTotalCount() / seconds);
            var latency = document.putObject("latency_ms");
            if (times.getTotalCount() > 0) {
                latency.put("min", times.getMinValue() / 1e6)
                        .put("mean", times.getMean() / 1e6)
                        .put("p50", times.getValueAtPercentile(50) / 1e6)
                        .put("p95", times.getValueAtPercentile(95) / 1e6)
                        .put("p99", times.getValueAtPercentile(99) / 1e6)
                        .put("max", times.getMaxValue() / 1e6);
            }
            return document;
        }

        /** Deletes the space, and says what is left behind if that fails. One that was never made is no failure. */
        Optional<String> remove() throws InterruptedException {
            String reason;
            try {
                var reply = send("DELETE", "/api/v1/spaces/" + space + "?confirm=" + space, Optional.empty());
                if (reply.isSuccess() || reply.status() == 404) {
                    return Optional.empty();
                }
                reason = reply.error();
            } catch (Api.Unreachable e) {
                reason = e.getMessage() == null ? "unreachable" : e.getMessage();
            }
            return Optional.of(
                    "the space '%s' is left behind, since it could not be removed (%s); remove it with: engram space delete %s"
                            .formatted(space, reason, space));
        }

        @Override
        public void close() {
            api.close();
        }
    }

    /** What is measured in a space. */
    @FunctionalInterface
    private interface Work {
        /** @return how many seconds it took */
        double run(Bench bench) throws Api.Unreachable, InterruptedException;
    }

    private static int measured(ClientOptions client, Work work) throws InterruptedException {
        try (var bench = new Bench(client)) {
            double seconds;
            try {
                seconds = work.run(bench);
            } catch (Api.Unreachable | CommandFailure e) {
                var reason = e.getMessage() == null ? "unreachable" : e.getMessage();
                throw new CommandFailure(
                        bench.remove().map(left -> reason + "; and " + left).orElse(reason));
            }
            var left = bench.remove();
            var document = bench.result(seconds);
            left.ifPresent(_ -> document.put("space_left", bench.space));
            client.show(document, BenchmarkCommand::text);
            if (document.path("errors").asLong() > 0) {
                throw new CommandFailure(document.path("errors").asLong() + " operations failed, the first: "
                        + document.path("first_error").asText()
                        + left.map(text -> "; and " + text).orElse(""));
            }
            left.ifPresent(text -> {
                throw new CommandFailure(text);
            });
            return ExitCodes.OK;
        }
    }

    private static String text(JsonNode document) {
        var text = new StringBuilder();
        for (var name : List.of("operations", "errors", "duration_s", "operations_per_second")) {
            text.append("%-22s %s%n".formatted(name, number(document.path(name))));
        }
        document.path("latency_ms")
                .properties()
                .forEach(each -> text.append("%-22s %s ms%n".formatted(each.getKey(), number(each.getValue()))));
        return text.toString();
    }

    private static String number(JsonNode number) {
        return number.isIntegralNumber() ? number.asText() : "%.3f".formatted(number.asDouble());
    }

    /** One after the other. */
    @Command(name = "latency", description = "How long one operation takes, one after the other.")
    static final class Latency implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ClientOptions client = new ClientOptions();

        @Parameters(paramLabel = "OPERATION", description = "${COMPLETION-CANDIDATES}")
        Operation operation = Operation.create;

        @Option(
                names = {"-i", "--iterations"},
                paramLabel = "N",
                defaultValue = "1000",
                description = "How many.")
        int iterations;

        @Option(
                names = {"-w", "--warmup"},
                paramLabel = "N",
                defaultValue = "100",
                description = "How many before.")
        int warmup;

        @Override
        public Integer call() throws InterruptedException {
            if ((iterations < 1 || warmup < 0) && spec != null) {
                throw new ParameterException(spec.commandLine(), "--iterations must be 1 or more, --warmup 0 or more");
            }
            return measured(client, bench -> {
                var run = UUID.randomUUID().toString().substring(0, 8);
                int stored = operation == Operation.create ? 0 : Math.min(1000, iterations);
                for (int i = 0; i < stored; i++) {
                    if (!bench.run(Operation.create, run + "x" + i)) {
                        throw new CommandFailure("the memories to look for cannot be stored");
                    }
                }
                for (int i = 0; i < warmup; i++) {
                    bench.run(operation, id(run, i, "w", stored));
                }
                long begun = System.nanoTime();
                for (int i = 0; i < iterations; i++) {
                    bench.timed(operation, id(run, i, "m", stored));
                }
                return (System.nanoTime() - begun) / 1e9;
            });
        }

        private String id(String run, int i, String phase, int stored) {
            return operation == Operation.create ? run + phase + i : run + "x" + (i % stored);
        }
    }

    /** Many at once. */
    @Command(name = "throughput", description = "How many durable writes a second the node takes.")
    static final class Throughput implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ClientOptions client = new ClientOptions();

        @Option(
                names = {"-d", "--duration"},
                paramLabel = "SECONDS",
                defaultValue = "60",
                description = "How long.")
        int seconds;

        @Option(
                names = {"-c", "--clients"},
                paramLabel = "N",
                defaultValue = "10",
                description = "How many at once.")
        int clients;

        @Override
        public Integer call() throws InterruptedException {
            if ((seconds < 1 || clients < 1 || clients > 1000) && spec != null) {
                throw new ParameterException(
                        spec.commandLine(), "--duration must be 1 or more, --clients from 1 to 1000");
            }
            return measured(client, this::write);
        }

        private double write(Bench bench) throws InterruptedException {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                long begun = System.nanoTime();
                long end = begun + Duration.ofSeconds(seconds).toNanos();
                var running = new ArrayList<Future<?>>();
                for (int i = 0; i < clients; i++) {
                    var prefix = "c" + i + "x";
                    running.add(threads.submit(() -> {
                        for (int n = 0; System.nanoTime() < end; n++) {
                            bench.timed(Operation.create, prefix + n);
                        }
                        return true;
                    }));
                }
                for (var each : running) {
                    each.get();
                }
                return (System.nanoTime() - begun) / 1e9;
            } catch (java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
    }
}
