package io.engram.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Memories, one by one. */
@Command(
        name = "memory",
        description = "Remember, find and forget.",
        subcommands = {
            MemoryCommand.Create.class,
            MemoryCommand.Get.class,
            MemoryCommand.Search.class,
            MemoryCommand.ListAll.class,
            MemoryCommand.Delete.class
        })
final class MemoryCommand {
    private static final String PATH = "/api/v1/memories";

    private MemoryCommand() {}

    private static String line(JsonNode memory) {
        return "%s  %s  %s"
                .formatted(
                        memory.path("id").asText(),
                        percent(memory.path("confidence")),
                        memory.path("content").asText().replaceAll("\\s+", " "));
    }

    /** A confidence may be a number, or a number with its reasons. */
    private static String percent(JsonNode confidence) {
        var number = confidence.isObject() ? confidence.path("value") : confidence;
        return number.isNumber() ? "%3.0f%%".formatted(number.asDouble() * 100) : "  ? ";
    }

    private static String lines(JsonNode memories, String none) {
        if (memories.isEmpty()) {
            return none;
        }
        var text = new StringBuilder();
        memories.forEach(memory -> text.append(line(memory)).append('\n'));
        return text.toString();
    }

    /** Remembers a text. */
    @Command(name = "create", description = "Remember a text; it is on disk when this returns.")
    static final class Create implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ClientOptions client = new ClientOptions();

        @Parameters(paramLabel = "CONTENT", description = "The text.")
        String content = "";

        @Option(
                names = {"-c", "--confidence"},
                paramLabel = "0..1",
                description = "How sure it is; 0.7 if not given.")
        @Nullable
        Double confidence;

        @Option(names = "--id", paramLabel = "ID", description = "An id of your own; otherwise one is made.")
        @Nullable
        String id;

        @Option(names = "--tag", paramLabel = "TAG", description = "A tag; may be repeated.")
        List<String> tags = List.of();

        @Override
        public Integer call() {
            if (confidence != null && !(confidence >= 0 && confidence <= 1) && spec != null) {
                throw new ParameterException(spec.commandLine(), "--confidence must be from 0 to 1");
            }
            var body = Api.JSON.createObjectNode().put("content", content);
            body.put("id", id == null ? "mem_" + UUID.randomUUID().toString().replace("-", "") : id);
            if (confidence != null) {
                body.put("confidence", confidence.doubleValue());
            }
            if (!tags.isEmpty()) {
                tags.forEach(body.putArray("tags")::add);
            }
            return client.print(
                    "POST",
                    PATH + "/remember",
                    Optional.of(body),
                    answer -> "remembered " + answer.path("memory_id").asText());
        }
    }

    /** Shows a memory. */
    @Command(name = "get", description = "Show one memory.")
    static final class Get implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Parameters(paramLabel = "ID", description = "The memory's id.")
        String id = "";

        @Override
        public Integer call() {
            return client.print("GET", PATH + "/" + Api.encode(id), Optional.empty(), memory -> """
                id          %s
                content     %s
                confidence  %s
                time        %s
                """.formatted(
                            memory.path("id").asText(),
                            memory.path("content").asText(),
                            percent(memory.path("confidence")).strip(),
                            memory.path("timestamp").asText()));
        }
    }

    /** Finds memories. */
    @Command(name = "search", description = "Find the memories that match a text.")
    static final class Search implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Parameters(paramLabel = "QUERY", description = "Words, or a question.")
        String query = "";

        @Option(
                names = {"-l", "--limit"},
                paramLabel = "N",
                defaultValue = "10",
                description = "Most results.")
        int limit;

        @Override
        public Integer call() {
            return client.print(
                    "GET",
                    PATH + "/search?query=" + Api.encode(query) + "&limit=" + limit,
                    Optional.empty(),
                    answer -> lines(answer.path("memories"), "nothing found"));
        }
    }

    /** Lists memories. */
    @Command(name = "list", description = "List memories.")
    static final class ListAll implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Option(
                names = {"-l", "--limit"},
                paramLabel = "N",
                defaultValue = "100",
                description = "Most on this page.")
        int limit;

        @Option(
                names = {"-o", "--offset"},
                paramLabel = "N",
                defaultValue = "0",
                description = "How many to skip.")
        int offset;

        @Override
        public Integer call() {
            return client.print(
                    "GET",
                    PATH + "?tier=all&limit=" + limit + "&offset=" + offset,
                    Optional.empty(),
                    answer -> lines(answer.path("memories"), "no memories"));
        }
    }

    /** Forgets a memory. */
    @Command(name = "delete", description = "Forget one memory for good.")
    static final class Delete implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Parameters(paramLabel = "ID", description = "The memory's id.")
        String id = "";

        @Override
        public Integer call() {
            return client.print("DELETE", PATH + "/" + Api.encode(id), Optional.empty(), _ -> "deleted " + id);
        }
    }
}
