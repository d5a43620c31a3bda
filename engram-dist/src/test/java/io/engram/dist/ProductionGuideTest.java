package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide for operators: its headings, its commands, and what it promises of those that can be run here. */
class ProductionGuideTest {
    private static final String GUIDE = "docs/operations/production-deployment.md";
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```");
    private static final Pattern MARK = Pattern.compile("<!-- (run|proven|not run): (.+?) -->\\n\\z");
    private static final Pattern PROOF = Pattern.compile("([A-Z]\\w+Test)|(deployments/[\\w/-]+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /**
     * Commands of the guide.
     *
     * @param how {@code run}, {@code proven} or {@code not run}
     * @param with what runs or proves them, or why nothing does
     */
    private record Block(String language, String text, String how, String with) {}

    private static List<Block> blocks() throws IOException {
        var guide = Checkout.text(GUIDE);
        var blocks = new ArrayList<Block>();
        var matcher = BLOCK.matcher(guide);
        while (matcher.find()) {
            var mark = MARK.matcher(guide.substring(0, matcher.start()));
            var isMarked = mark.find();
            blocks.add(new Block(
                    matcher.group(1), matcher.group(2), isMarked ? mark.group(1) : "", isMarked ? mark.group(2) : ""));
        }
        return blocks;
    }

    @Test
    void everything_that_operators_look_for_has_its_heading() throws Exception {
        var headings = Checkout.text(GUIDE)
                .lines()
                .filter(line -> line.matches("#+ .*"))
                .toList();
        assertThat(headings)
                .containsSubsequence(
                        "# Production Deployment",
                        "## Prerequisites",
                        "### System Requirements",
                        "### Software Requirements",
                        "## Docker Deployment",
                        "### Build from Source",
                        "### Run Container",
                        "### Production Configuration",
                        "#### Gossip advertise address",
                        "#### Cluster config template",
                        "#### Placement and rebalance controls",
                        "#### Replication monitoring",
                        "## docker-compose Deployment",
                        "### Basic Stack",
                        "### With Monitoring",
                        "### Configuration Override",
                        "## Kubernetes Deployment",
                        "### Apply Manifests",
                        "### Verify Deployment",
                        "### Access Service",
                        "### Update Configuration",
                        "## Helm Deployment",
                        "### Install Chart",
                        "### Verify Installation",
                        "### Upgrade Deployment",
                        "### Rollback",
                        "### Uninstall",
                        "## Bare-Metal Deployment",
                        "### Build Binary",
                        "### Install as systemd Service",
                        "## Configuration",
                        "### Data Directory",
                        "### Port Configuration",
                        "### Resource Limits",
                        "### Logging Configuration",
                        "## Verification",
                        "### Health Check Endpoints",
                        "### Store Test Memory",
                        "### Recall Test Memory",
                        "### Monitor Logs",
                        "## Troubleshooting",
                        "### Container Won't Start",
                        "### Health Check Failing",
                        "### Port Conflicts",
                        "### Permission Errors",
                        "### Kubernetes Pod Not Ready",
                        "### StatefulSet Update Stuck",
                        "## Security Best Practices",
                        "### Container Security",
                        "### Network Security",
                        "### Data Security",
                        "## Performance Tuning",
                        "### Memory Allocator",
                        "### Cache Configuration",
                        "### Resource Reservation",
                        "## Panic and Crash Capture",
                        "### Why This Matters",
                        "### Custom Panic Hook",
                        "### Environment Variables",
                        "### Docker Configuration",
                        "### Systemd Configuration",
                        "### Kubernetes Configuration",
                        "### Panic Log Format",
                        "### Monitoring and Alerting",
                        "### Crash Recovery",
                        "### Production Checklist",
                        "## Next Steps");
    }

    @Test
    void each_block_of_commands_says_how_it_is_proven_and_the_proof_is_there() throws Exception {
        var report = new ArrayList<String>();
        for (var block : blocks()) {
            if (!block.language().equals("bash")) {
                assertThat(block.how()).as(block.text()).isEmpty();
                continue;
            }
            assertThat(block.how()).as(block.text()).isNotEmpty();
            block.text()
                    .lines()
                    .filter(line -> line.matches("[A-Za-z].*"))
                    .forEach(line -> report.add(block.how() + " | " + block.with() + " | " + line));
            if (block.how().equals("run")) {
                assertThat(block.with()).isEqualTo("node");
            }
            if (block.how().equals("proven")) {
                var proof = PROOF.matcher(block.with());
                var named = 0;
                while (proof.find()) {
                    named++;
                    if (proof.group(1) != null) {
                        assertThat(isThere(proof.group(1) + ".java"))
                                .as(proof.group(1))
                                .isTrue();
                    } else {
                        assertThat(Checkout.ROOT.resolve(proof.group(2))).exists();
                    }
                }
                assertThat(named > 0 || block.with().startsWith("the build"))
                        .as(block.with())
                        .isTrue();
            }
        }
        Files.createDirectories(Path.of("target"));
        Files.write(Path.of("target/production-guide-commands.txt"), report);
        assertThat(report).hasSizeGreaterThan(80);
    }

    private static boolean isThere(String file) throws IOException {
        try (var files = Files.walk(Checkout.ROOT.resolve("engram-dist/src/test"))) {
            return files.anyMatch(each -> each.endsWith(file));
        }
    }

    @Test
    void files_that_the_commands_use_are_there() throws Exception {
        var used = Pattern.compile("(?<![\\w/.-])((?:deployments|conf)/[\\w./-]+)");
        for (var block : blocks()) {
            var matcher = used.matcher(block.text());
            while (matcher.find()) {
                assertThat(Checkout.ROOT.resolve(matcher.group(1)))
                        .as(block.text())
                        .exists();
            }
        }
    }

    @Test
    void what_can_be_run_here_gives_what_is_promised() throws Exception {
        assumeThat(Path.of("/bin/bash")).exists();
        assumeThat(Path.of("/usr/bin/curl")).exists();
        var installed = UnpackedArchive.in(folder);
        try (var node = NodeOfArchive.start(installed, folder.resolve("data"), freePort(), freePort())) {
            var run = 0;
            for (var block : blocks()) {
                if (block.how().equals("run")) {
                    for (var part : parts(block.text())) {
                        check(part, node, installed);
                        run++;
                    }
                }
            }
            assertThat(run).isGreaterThan(10);
        }
    }

    /**
     * A part of a block.
     *
     * @param commands for the shell
     * @param expected what the comment behind them promises; empty if it promises nothing but that they work
     */
    private record Part(String commands, String expected) {}

    private static List<Part> parts(String block) {
        var parts = new ArrayList<Part>();
        var commands = new StringBuilder();
        for (var line : block.split("\n", -1)) {
            if (line.startsWith("# Expected: ")) {
                parts.add(new Part(commands.toString(), line.substring("# Expected: ".length())));
                commands.setLength(0);
            } else {
                commands.append(line).append('\n');
            }
        }
        if (!commands.toString().isBlank()) {
            parts.add(new Part(commands.toString(), ""));
        }
        return parts;
    }

    private void check(Part part, NodeOfArchive node, Path installed) throws Exception {
        var script = "set -euo pipefail\n"
                + part.commands()
                        .replace("localhost:7432", "127.0.0.1:" + node.port())
                        .replace(
                                "curl ",
                                part.expected().equals("HTTP 200") ? "curl -sS -w '%{http_code}' " : "curl -sS ");
        var builder = new ProcessBuilder("/bin/bash", "-c", script).directory(installed.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ENGRAM_") || name.startsWith("RUST_"));
        builder.environment().put("PATH", installed.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENGRAM_SERVER", "http://127.0.0.1:" + node.port());
        builder.environment().put("ENGRAM_CACHE_DIR", "/dev/null/none");
        builder.environment().put("XDG_CONFIG_HOME", folder.toString());
        var errors = folder.resolve("errors.txt");
        var process = builder.redirectError(errors.toFile()).start();
        var output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(script + "\n" + output + Files.readString(errors))
                .isZero();
        if (part.expected().startsWith("HTTP ")) {
            assertThat(output).as(script).endsWith(part.expected().substring(5));
        } else if (!part.expected().isEmpty()) {
            requirePromised(part.expected(), JSON.readTree(output));
        }
    }

    /** Promises are written as JSON with dots for what is not promised. */
    private static void requirePromised(String promised, JsonNode answer) throws IOException {
        var tree = JSON.readTree(promised.replace(", ...}", "}").replace("[...]", "[\"...\"]"));
        for (var promise : tree.properties()) {
            var value = answer.get(promise.getKey());
            assertThat(value).as(promised + "\n" + answer).isNotNull();
            if (promise.getValue().isArray()) {
                assertThat(value.isArray() && !value.isEmpty())
                        .as(promised + "\n" + answer)
                        .isTrue();
            } else if (promise.getValue().asText().equals("...")) {
                assertThat(value.asText()).isNotEmpty();
            } else {
                assertThat(value.asText()).isEqualTo(promise.getValue().asText());
            }
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
