package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The guide for application developers: its calls work when they are pasted. */
class GuideTest {
    private static final Path GUIDE = Path.of("../docs/http-api.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```bash\\n(.*?)^```");

    private static List<String> blocks() throws Exception {
        var matcher = BLOCK.matcher(Files.readString(GUIDE));
        var blocks = new ArrayList<String>();
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    @Test
    void every_call_of_the_guide_succeeds() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/curl")) && Files.isExecutable(Path.of("/bin/bash")),
                "needs bash and curl");
        var blocks = blocks();
        assertThat(blocks.size()).isGreaterThan(8);
        try (var door = Door.open(new FakeSpaces())) {
            for (var block : blocks) {
                var script = "set -e\n"
                        + block.replace("localhost:7432", "127.0.0.1:" + door.port())
                                .replace("curl -sS", "curl -sS --fail-with-body");
                var process = new ProcessBuilder("/bin/bash", "-c", script)
                        .redirectErrorStream(true)
                        .start();
                var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).as(block + "\n" + output).isZero();
            }
        }
    }

    @Test
    void every_code_that_the_door_answers_with_is_in_the_guide() throws Exception {
        var guide = Files.readString(GUIDE);
        var code = Pattern.compile("\"([A-Z]+(?:_[A-Z]+)+|FORBIDDEN)\"");
        var missing = new ArrayList<String>();
        for (var file : List.of(
                "Refusal",
                "RequestHandler",
                "ParsingErrors",
                "PlannedRoutes",
                "ClusterRoutes",
                "Drain",
                "SystemRoutes")) {
            var matcher = code.matcher(Files.readString(Path.of("src/main/java/io/engram/http/" + file + ".java")));
            while (matcher.find()) {
                if (!guide.contains("`" + matcher.group(1) + "`")) {
                    missing.add(matcher.group(1));
                }
            }
        }
        assertThat(missing).isEmpty();
    }
}
