package io.engram.cli;

import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Goes once through what a node and a client do, in a folder that is deleted again, so that the virtual machine can note
 * which classes that takes. Only the launcher calls it, when it makes a class-data archive.
 */
@Command(name = "train", hidden = true, description = "Used by the launcher to make a class-data archive.")
final class TrainCommand implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
        var data = Files.createTempDirectory("engram-train-");
        try {
            var request = ConfigRequest.ofThisProcess("train")
                    .withEnvironment(Map.of())
                    .withSystemPlaces(java.util.List.of())
                    .withFolders(data, data)
                    .withFlag(
                            "train",
                            "persistence.data_root",
                            data.resolve("data").toString())
                    .withFlag("train", "server.http_port", "0")
                    .withFlag("train", "server.grpc_port", "0")
                    .withFlag("train", "embedding.provider", "none");
            var loaded = ConfigLoader.load(request);
            Logs.configure(loaded.config().logging());
            var server = Server.start(loaded, () -> {}, begun -> {});
            try (var api = new Api(
                    URI.create("http://127.0.0.1:" + server.httpAddress().getPort()), Duration.ofSeconds(30))) {
                var body = Api.JSON.createObjectNode().put("id", "train-1").put("content", "a text to remember");
                api.send("POST", "/api/v1/memories/remember", Map.of(), Optional.of(body));
                for (var path : new String[] {
                    "/api/v1/memories/train-1",
                    "/api/v1/memories/search?query=text",
                    "/api/v1/memories/recall?query=text",
                    "/api/v1/memories",
                    "/api/v1/spaces",
                    "/api/v1/system/health",
                    "/health/alive",
                    "/metrics/prometheus"
                }) {
                    api.send("GET", path, Map.of(), Optional.empty());
                }
                var nowhere = new PrintWriter(Writer.nullWriter());
                Main.run(
                        nowhere,
                        nowhere,
                        "memory",
                        "search",
                        "text",
                        "--server",
                        api.server().toString());
                Main.run(nowhere, nowhere, "status", "--server", api.server().toString());
            } finally {
                server.stop();
            }
            return ExitCodes.OK;
        } finally {
            delete(data);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var walk = Files.walk(folder)) {
            for (var path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
