package io.engram.cli;

import io.engram.config.ConfigRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that override settings. */
final class ServerOptions {
    @Option(
            names = {"-p", "--port", "--http-port"},
            paramLabel = "PORT",
            description = "The HTTP port; 0 takes a free one.")
    @Nullable
    String httpPort;

    @Option(
            names = {"-g", "--grpc-port"},
            paramLabel = "PORT",
            description = "The gRPC port; 0 takes a free one.")
    @Nullable
    String grpcPort;

    @Option(names = "--data-dir", paramLabel = "FOLDER", description = "Where everything that must last is kept.")
    @Nullable
    String dataDir;

    @Option(
            names = {"-l", "--log-level"},
            paramLabel = "LEVEL",
            description = "off, error, warn, info, debug or trace; also info,logger=debug.")
    @Nullable
    String logLevel;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration file; several are laid one over the other.")
    List<Path> config = new ArrayList<>();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any other setting, such as limits.bulk_items=500; may be repeated.")
    Map<String, String> settings = new LinkedHashMap<>();

    /** Adds what was given to a request. */
    ConfigRequest applyTo(ConfigRequest request, Optional<String> generalLogLevel) {
        var result = request;
        for (var file : config) {
            result = result.withFile(file);
        }
        if (generalLogLevel.isPresent()) {
            result = result.withFlag("--log-level", "logging.level", generalLogLevel.get());
        }
        result = flag(result, "--http-port", "server.http_port", httpPort);
        result = flag(result, "--grpc-port", "server.grpc_port", grpcPort);
        result = flag(result, "--data-dir", "persistence.data_root", dataDir);
        result = flag(result, "--log-level", "logging.level", logLevel);
        for (var setting : settings.entrySet()) {
            result = result.withFlag("--set", setting.getKey(), setting.getValue());
        }
        return result;
    }

    private static ConfigRequest flag(ConfigRequest request, String name, String key, @Nullable String value) {
        return value == null ? request : request.withFlag(name, key, value);
    }
}
