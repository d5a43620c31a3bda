package io.engram.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands that talk to a node have in common. */
final class ClientOptions {
    private static final Duration TIMEOUT = Duration.ofSeconds(35);

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The node's HTTP address. Otherwise that of ENGRAM_SERVER, of the node that runs on this"
                    + " machine, or http://127.0.0.1:7432.")
    @Nullable
    String server;

    @Option(
            names = "--space",
            paramLabel = "ID",
            description = "The memory space. Otherwise that of ENGRAM_MEMORY_SPACE, or the node's default.")
    @Nullable
    String space;

    @Option(names = "--json", description = "Print one JSON document instead of text.")
    boolean json;

    PrintWriter out() {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        return spec.commandLine().getOut();
    }

    Optional<String> space() {
        return Optional.ofNullable(space)
                .or(() -> Optional.ofNullable(System.getenv("ENGRAM_MEMORY_SPACE")))
                .filter(id -> !id.isBlank());
    }

    /** The address that was asked for in so many words. */
    Optional<URI> explicitServer() {
        return Optional.ofNullable(server)
                .or(() -> Optional.ofNullable(System.getenv("ENGRAM_SERVER")))
                .filter(text -> !text.isBlank())
                .map(ClientOptions::uri);
    }

    static URI uri(String text) {
        var full = text.contains("://") ? text : "http://" + text;
        var plain = full.endsWith("/") ? full.substring(0, full.length() - 1) : full;
        try {
            var uri = URI.create(plain);
            if (uri.getHost() == null
                    || uri.getScheme() == null
                    || !uri.getScheme().matches("https?")) {
                throw new IllegalArgumentException();
            }
            return uri;
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    "--server " + text + " is not an address such as http://127.0.0.1:7432", ExitCodes.USAGE);
        }
    }

    /** Where the node is believed to be. */
    URI address() {
        return explicitServer()
                .orElseGet(() -> URI.create("http://127.0.0.1:"
                        + PidFile.ofThisMachine(System.getenv())
                                .running()
                                .map(PidFile.Entry::port)
                                .orElse(7432)));
    }

    Api api() {
        return new Api(address(), TIMEOUT);
    }

    Map<String, String> headers() {
        var headers = new HashMap<String, String>();
        space().ifPresent(id -> headers.put("X-Memory-Space", id));
        return headers;
    }

    /** Sends one request and prints its answer, as JSON or in the words of {@code text}. */
    int print(String method, String path, Optional<JsonNode> body, Function<JsonNode, String> text) {
        return print(method, path, body, UnaryOperator.identity(), text);
    }

    /** Sends one request and prints a part of its answer. */
    int print(
            String method,
            String path,
            Optional<JsonNode> body,
            UnaryOperator<JsonNode> part,
            Function<JsonNode, String> text) {
        try (var api = api()) {
            var answer = part.apply(require(api.send(method, path, headers(), body)));
            show(answer, text);
            return ExitCodes.OK;
        } catch (Api.Unreachable e) {
            throw new CommandFailure(e.getMessage() + "; is it running? (engram status)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }

    /** The body of a success. */
    static JsonNode require(Api.Reply reply) {
        if (!reply.isSuccess()) {
            throw new CommandFailure(reply.error());
        }
        return reply.body();
    }

    void show(JsonNode document, Function<JsonNode, String> text) {
        var shown = json ? document.toString() : text.apply(document);
        out().println(shown.stripTrailing());
        out().flush();
    }
}
