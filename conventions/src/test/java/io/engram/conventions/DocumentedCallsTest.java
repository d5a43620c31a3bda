package io.engram.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.engram.bench.Node;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The calls in the documents, pasted into a shell in front of a real node. A {@code bash} block with a call of curl is
 * run; a {@code json} block that follows it is the answer that it must give: fields that the document leaves out may be
 * there, and {@code "..."} stands for any value.
 */
class DocumentedCallsTest {
    private static final Pattern BLOCKS = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");
    private static final List<String> DOCUMENTS = List.of("README.md");
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * A call and what it must answer.
     *
     * @param shell what to paste
     * @param answer the answer, or an empty text if the document gives none
     */
    private record Call(String shell, String answer) {}

    @TempDir
    static Path data;

    @TestFactory
    Stream<DynamicTest> the_documents_tell_what_really_happens() {
        return DOCUMENTS.stream()
                .filter(document -> Files.exists(Project.ROOT.resolve(document)))
                .map(document -> DynamicTest.dynamicTest(document, () -> {
                    var calls = calls(Project.text(document).orElseThrow());
                    assertThat(calls).as("calls with curl in " + document).isNotEmpty();
                    try (var node = Node.start(Project.ROOT, data.resolve(document), Map.of())) {
                        for (var call : calls) {
                            check(node, call);
                        }
                    }
                }));
    }

    private static List<Call> calls(String text) {
        var calls = new ArrayList<Call>();
        var pending = "";
        var matcher = BLOCKS.matcher(text);
        while (matcher.find()) {
            var language = matcher.group(1);
            var body = matcher.group(2);
            if (language.equals("json") && !pending.isEmpty()) {
                calls.add(new Call(pending, body));
                pending = "";
                continue;
            }
            if (!pending.isEmpty()) {
                calls.add(new Call(pending, ""));
            }
            pending = language.equals("bash") && body.lines().anyMatch(line -> line.startsWith("curl ")) ? body : "";
        }
        if (!pending.isEmpty()) {
            calls.add(new Call(pending, ""));
        }
        return calls;
    }

    private static void check(Node node, Call call) throws IOException, InterruptedException {
        var shell = call.shell().replace("7432", String.valueOf(node.port()));
        var process = new ProcessBuilder("bash", "-euo", "pipefail", "-c", shell)
                .directory(Project.ROOT.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(shell + "\n" + output).isZero();
        if (call.answer().isEmpty()) {
            assertThat(output).as(shell).doesNotContain("\"error\":");
        } else {
            var differences = new ArrayList<String>();
            compare("", JSON.readTree(call.answer()), JSON.readTree(output), differences);
            assertThat(differences).as(shell + "\nanswered\n" + output).isEmpty();
        }
    }

    /** Everything that the document says must be so; what it does not say may be anything. */
    private static void compare(String path, JsonNode said, JsonNode real, List<String> differences) {
        if (said.isTextual() && said.asText().equals("...")) {
            if (real.isMissingNode()) {
                differences.add(path + " is not there");
            }
        } else if (said.isObject() && real.isObject()) {
            said.properties()
                    .forEach(each -> compare(
                            path + "/" + each.getKey(), each.getValue(), real.path(each.getKey()), differences));
        } else if (said.isArray() && real.isArray() && said.size() == real.size()) {
            for (int i = 0; i < said.size(); i++) {
                compare(path + "/" + i, said.get(i), real.get(i), differences);
            }
        } else if (said.isNumber() && real.isNumber()) {
            if (Math.abs(said.asDouble() - real.asDouble()) > 1e-6) {
                differences.add(path + " is " + real + ", not " + said);
            }
        } else if (!said.equals(real)) {
            differences.add(path + " is " + real + ", not " + said);
        }
    }

    @Test
    void a_document_that_is_wrong_is_noticed() throws Exception {
        var differences = new ArrayList<String>();
        compare(
                "",
                JSON.readTree(
                        "{\"count\": 1, \"id\": \"...\", \"memories\": [{\"content\": \"a\"}], \"gone\": \"...\"}"),
                JSON.readTree("{\"count\": 2, \"id\": \"x\", \"memories\": [{\"content\": \"b\", \"more\": 1}]}"),
                differences);
        assertThat(differences)
                .containsExactly("/count is 2, not 1", "/memories/0/content is \"b\", not \"a\"", "/gone is not there");
    }

    @Test
    void calls_are_taken_from_documents_with_their_answers() {
        var calls = calls("""
            ```bash
            mvn verify
            ```
            ```bash
            curl -s localhost:7432/a
            ```
            Some words.
            ```json
            {"a": 1}
            ```
            ```bash
            curl -s localhost:7432/b
            ```
            """);
        assertThat(calls)
                .containsExactly(
                        new Call("curl -s localhost:7432/a\n", "{\"a\": 1}\n"),
                        new Call("curl -s localhost:7432/b\n", ""));
    }
}
