package io.engram.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The level of a running node's log. */
@Command(
        name = "log-level",
        description = "Show which records a running node writes to its log, or change it until its next start.")
final class LogLevelCommand implements Callable<Integer> {
    @Mixin
    ClientOptions client = new ClientOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "LEVEL",
            description = "off, error, warn, info, debug or trace; also info,engram.space=debug.")
    @Nullable
    String level;

    @Override
    public Integer call() {
        Optional<JsonNode> body = level == null
                ? Optional.empty()
                : Optional.of(Api.JSON.createObjectNode().put("level", level));
        return client.print(
                body.isPresent() ? "POST" : "GET",
                "/api/v1/system/log-level",
                body,
                answer -> answer.path("level").asText() + "\n");
    }
}
