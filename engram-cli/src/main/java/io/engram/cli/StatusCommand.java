package io.engram.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.config.ConfigException;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How the node does. */
@Command(
        name = "status",
        description = "Show how the node does.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:it serves, healthy or degraded",
            "1:the command itself failed",
            "3:no node is running there",
            "4:a node is running, but it does not answer or is unhealthy"
        })
final class StatusCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** The node itself waits for some seconds for its shards. */
    private static final Duration REPLICATION_TIMEOUT = Duration.ofSeconds(8);

    private static final int MAX_REPLICAS = 1000;
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final String SPACE_ROW = "%-32s %10s %8s %12s %9s %9s%n";

    @Mixin
    ClientOptions client = new ClientOptions();

    @Option(names = "--watch", description = "Show it again every 5 seconds.")
    boolean watch;

    /** What was found, and what the exit code says of it. */
    private record Found(ObjectNode document, @Nullable JsonNode health, int exitCode) {}

    @Override
    public Integer call() throws InterruptedException {
        while (true) {
            var found = look();
            client.show(found.document(), _ -> text(found));
            if (!watch) {
                return found.exitCode();
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        }
    }

    private Found look() throws InterruptedException {
        var pidFile = PidFile.ofThisMachine(System.getenv());
        var explicit = client.explicitServer();
        if (explicit.isPresent()) {
            return probe(document(), explicit.get());
        }
        return switch (pidFile.read()) {
            case PidFile.State.Missing _ -> withoutPidFile();
            case PidFile.State.Corrupted _ ->
                trouble("error", "corrupted", pidFile.path() + " is not of the form pid:port", ExitCodes.NOT_SERVING);
            case PidFile.State.Present(PidFile.Entry entry) -> {
                var document = document().put("pid", entry.pid()).put("port", entry.port());
                document.put("process_running", entry.isRunning());
                if (!entry.isRunning()) {
                    yield finish(
                            document,
                            "offline",
                            "process_dead",
                            "process %d, which %s names, has ended".formatted(entry.pid(), pidFile.path()),
                            ExitCodes.NOT_RUNNING);
                }
                yield probe(document, URI.create("http://127.0.0.1:" + entry.port()));
            }
        };
    }

    /** A node may run without having been able to write the file. */
    private Found withoutPidFile() throws InterruptedException {
        var found = probe(document(), client.address());
        if (found.exitCode() == ExitCodes.NOT_RUNNING) {
            found.document().put("health", "not_found");
        }
        return found;
    }

    private Found trouble(String status, String health, String message, int exitCode) {
        return finish(document(), status, health, message, exitCode);
    }

    private static ObjectNode document() {
        return Api.JSON.createObjectNode();
    }

    private Found finish(ObjectNode document, String status, String health, String message, int exitCode) {
        document.put("status", status).put("health", health).put("message", message);
        return complete(document, null, exitCode);
    }

    private Found probe(ObjectNode document, URI address) throws InterruptedException {
        document.put("server", address.toString());
        try (var api = new Api(address, TIMEOUT)) {
            long begun = System.nanoTime();
            var alive = api.send("GET", "/health/alive", Map.of(), Optional.empty());
            document.put("latency_ms", (System.nanoTime() - begun) / 1_000_000);
            if (!alive.isSuccess()) {
                return finish(document, "error", "unresponsive", alive.error(), ExitCodes.NOT_SERVING);
            }
            var query = client.space().map(id -> "?space=" + Api.encode(id)).orElse("");
            var health = api.send("GET", "/api/v1/system/health" + query, Map.of(), Optional.empty());
            if (health.body().path("cluster").isObject()) {
                document.set("cluster", health.body().path("cluster"));
                replication(document, address);
            }
            return judge(document, health);
        } catch (Api.Unreachable e) {
            return e.isSilent()
                    ? finish(document, "error", "unresponsive", reason(e), ExitCodes.NOT_SERVING)
                    : finish(document, "offline", "unreachable", reason(e), ExitCodes.NOT_RUNNING);
        }
    }

    /** How far the copies are of the spaces that the node leads. */
    private static void replication(ObjectNode document, URI address) throws InterruptedException {
        try (var api = new Api(address, REPLICATION_TIMEOUT)) {
            var reply = api.send("GET", "/cluster/health?limit=" + MAX_REPLICAS, Map.of(), Optional.empty());
            var replication = reply.body().path("replication");
            if (replication.path("replicas").isArray()) {
                document.set("replication", replication.path("replicas"));
                document.put("replication_total", replication.path("total").asLong());
                document.put("replication_max_lag", replication.path("max_lag").asLong());
            } else {
                document.put(
                        "replication_message",
                        reply.isSuccess() ? "the shards of this node do not tell at the moment" : reply.error());
            }
        } catch (Api.Unreachable e) {
            document.put("replication_message", reason(e));
        }
    }

    private static String reason(Api.Unreachable e) {
        return e.getMessage() == null ? "unreachable" : e.getMessage();
    }

    private Found judge(ObjectNode document, Api.Reply health) {
        var body = health.body();
        var says = body.path("status").asText("");
        if (says.isEmpty()) {
            return finish(document, "error", "unresponsive", health.error(), ExitCodes.NOT_SERVING);
        }
        document.put("health", "responsive");
        document.put(
                "status",
                switch (says) {
                    case "healthy" -> "online";
                    case "degraded" -> "degraded";
                    default -> "error";
                });
        boolean serves = says.equals("healthy") || says.equals("degraded");
        if (!says.equals("healthy")) {
            document.put("message", troubles(body));
        }
        long memories = 0;
        for (var space : body.path("spaces")) {
            memories += space.path("memories").asLong();
        }
        document.put("node_id", body.path("node_id").asText(null));
        document.put("incarnation", body.path("incarnation").asText(null));
        document.put("memory_count", memories);
        document.set("spaces", body.path("spaces").isArray() ? body.path("spaces") : Api.JSON.createArrayNode());
        document.set("checks", body.path("checks").isArray() ? body.path("checks") : Api.JSON.createArrayNode());
        return complete(document, body, serves ? ExitCodes.OK : ExitCodes.NOT_SERVING);
    }

    /** Nothing is known of a space that did not answer: that is not the same as an empty one. */
    private static String memories(JsonNode space) {
        return space.hasNonNull("quarantined")
                ? "quarantine"
                : space.hasNonNull("memories") ? space.path("memories").asText() : "-";
    }

    /** What the node does not tell is not the same as 0. */
    private static String figure(JsonNode space, String name, String format) {
        return space.hasNonNull(name)
                ? String.format(Locale.ROOT, format, space.path(name).asDouble())
                : "-";
    }

    private static String troubles(JsonNode health) {
        var text = new StringBuilder();
        for (var check : health.path("checks")) {
            if (!check.path("status").asText().equals("healthy")) {
                text.append(text.isEmpty() ? "" : "; ")
                        .append(check.path("name").asText())
                        .append(": ")
                        .append(check.path("message").asText());
            }
        }
        return text.toString();
    }

    private static Found complete(ObjectNode document, @Nullable JsonNode health, int exitCode) {
        document.set("config", config());
        if (!document.has("replication")) {
            document.putArray("replication");
        }
        return new Found(document, health, exitCode);
    }

    /** What {@code start} would say of the configuration here and now. */
    private static ObjectNode config() {
        var document = document();
        var request = ConfigRequest.ofThisProcess("start");
        try {
            var loaded = ConfigLoader.load(request);
            document.put("status", "valid");
            loaded.file()
                    .ifPresentOrElse(path -> document.put("path", path.toString()), () -> document.putNull("path"));
            document.put("error_count", 0)
                    .put("warning_count", loaded.warnings().size());
            var warnings = document.putArray("warnings");
            loaded.warnings()
                    .forEach(text ->
                            warnings.addObject().put("severity", "warning").put("message", text));
            var cluster = loaded.config().cluster();
            document.putObject("cluster")
                    .put("enabled", cluster.enabled())
                    .put("discovery", cluster.discovery().type().name().toLowerCase(Locale.ROOT))
                    .put("advertise_addr_set", cluster.network().advertiseAddr().isPresent())
                    .putArray("issues");
        } catch (ConfigException e) {
            document.put("status", "invalid").putNull("path");
            document.put("error_count", e.problems().size()).put("warning_count", 0);
            var warnings = document.putArray("warnings");
            e.problems()
                    .forEach(problem ->
                            warnings.addObject().put("severity", "error").put("message", problem.toString()));
        }
        return document;
    }

    private static String text(Found found) {
        var document = found.document();
        var text = new StringBuilder();
        line(text, "Process ID", document.path("pid").asText(""));
        line(text, "Node", document.path("node_id").asText(""));
        line(text, "HTTP Address", document.path("server").asText(""));
        line(
                text,
                "HTTP Health",
                document.path("health").asText()
                        + (document.has("latency_ms")
                                ? " (" + document.path("latency_ms").asLong() + " ms)"
                                : ""));
        line(text, "Overall Status", Colour.of(document.path("status").asText()));
        if (document.path("cluster").isObject()) {
            var cluster = document.path("cluster");
            line(
                    text,
                    "Cluster Node",
                    cluster.path("node_id").asText() + " " + ClusterCommand.peers(cluster) + " ("
                            + cluster.at("/partition/state").asText() + ")");
            line(
                    text,
                    "Copies",
                    document.has("replication_message")
                            ? document.path("replication_message").asText()
                            : document.path("replication_total").asText() + ", the largest lag is "
                                    + document.path("replication_max_lag").asText() + " entries");
        }
        line(text, "Message", document.path("message").asText(""));
        var health = found.health();
        if (health != null) {
            text.append('\n')
                    .append(SPACE_ROW.formatted(
                            "Space", "Memories", "Pressure", "WAL Lag (ms)", "Writes/s", "Reads/s"));
            for (var space : health.path("spaces")) {
                text.append(SPACE_ROW.formatted(
                        space.path("space").asText(),
                        memories(space),
                        figure(space, "pressure", "%.2f"),
                        figure(space, "wal_lag_ms", "%.0f"),
                        figure(space, "writes_per_second", "%.1f"),
                        figure(space, "reads_per_second", "%.1f")));
            }
            var leftOff = health.path("spaces_left_off").asLong();
            if (leftOff > 0) {
                text.append("and %d more spaces%n".formatted(leftOff));
            }
            text.append('\n');
            for (var check : health.path("checks")) {
                text.append("%-16s %s  %s%n"
                        .formatted(
                                check.path("name").asText(),
                                Colour.of(check.path("status").asText()),
                                check.path("message").asText()));
            }
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        if (!value.isEmpty()) {
            text.append("%-15s %s%n".formatted(name + ":", value));
        }
    }
}
