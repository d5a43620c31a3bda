package io.engram.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Memory spaces. */
@Command(
        name = "space",
        description = "List, create and delete memory spaces.",
        subcommands = {SpaceCommand.ListAll.class, SpaceCommand.Create.class, SpaceCommand.Delete.class})
final class SpaceCommand {
    private static final String PATH = "/api/v1/spaces";

    private SpaceCommand() {}

    /** Lists the spaces. */
    @Command(name = "list", description = "List all spaces.")
    static final class ListAll implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Override
        public Integer call() {
            return client.print("GET", PATH, Optional.empty(), answer -> {
                var spaces = answer.path("spaces");
                int width = StreamSupport.stream(spaces.spliterator(), false)
                        .mapToInt(space -> space.path("id").asText().length())
                        .max()
                        .orElse(2);
                var row = "%-" + Math.max(2, width) + "s  %s%n";
                var text = new StringBuilder(row.formatted("ID", "CREATED AT"));
                spaces.forEach(space -> {
                    text.append(row.formatted(
                            space.path("id").asText(), space.path("created_at").asText()));
                    if (space.path("quarantined").isTextual()) {
                        text.append("  in quarantine: ")
                                .append(space.path("quarantined").asText())
                                .append('\n');
                    }
                });
                return text.toString();
            });
        }
    }

    /** Creates a space. */
    @Command(name = "create", description = "Create a space, or show the one that is there.")
    static final class Create implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Parameters(paramLabel = "ID", description = "3 to 64 characters of a-z, 0-9, - and _.")
        String id = "";

        @Override
        public Integer call() {
            var body = Api.JSON.createObjectNode().put("id", id);
            return client.print(
                    "POST",
                    PATH,
                    Optional.of(body),
                    space -> "space %s, created at %s"
                            .formatted(
                                    space.path("id").asText(),
                                    space.path("created_at").asText()));
        }
    }

    /** Deletes a space. */
    @Command(
            name = "delete",
            description = "Delete a space with everything in it. Asks for its id once more, unless --yes is given.")
    static final class Delete implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ClientOptions client = new ClientOptions();

        @Parameters(paramLabel = "ID", description = "The space's id.")
        String id = "";

        @Option(
                names = {"-y", "--yes"},
                description = "Do not ask.")
        boolean yes;

        @Override
        public Integer call() {
            if (!yes) {
                confirm();
            }
            var path = PATH + "/" + Api.encode(id) + "?confirm=" + Api.encode(id);
            return client.print("DELETE", path, Optional.empty(), _ -> "deleted space " + id);
        }

        private void confirm() {
            if (spec == null) {
                throw new IllegalStateException("not part of a command");
            }
            var err = spec.commandLine().getErr();
            err.print("This deletes every memory of space " + id + " for good. Type its id to go on: ");
            err.flush();
            try {
                var line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
                if (line == null || !line.strip().equals(id)) {
                    throw new CommandFailure("not deleted: the id was not typed (--yes does not ask)");
                }
            } catch (IOException e) {
                throw new CommandFailure("not deleted: " + e.getMessage());
            }
        }
    }
}
