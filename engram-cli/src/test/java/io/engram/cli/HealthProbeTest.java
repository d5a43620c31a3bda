package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthProbeTest {
    @Test
    void a_node_that_is_ready_is_a_success_and_one_that_is_not_is_none(@TempDir Path folder) throws Exception {
        try (var node = new StubNode()
                .on("GET", "/health", 200, "{\"status\": \"healthy\"}")
                .on("GET", "/not/ready", 503, "{\"status\": \"unhealthy\"}")) {
            assertThat(probe(folder, node.port())).isEqualTo("HTTP/1.1 200 OK: 0");
            assertThat(probe(folder, node.port(), "/not/ready"))
                    .startsWith("HTTP/1.1 503 ")
                    .endsWith(": 1");
        }
    }

    @Test
    void no_node_is_no_success(@TempDir Path folder) throws Exception {
        int port;
        try (var node = new StubNode()) {
            port = node.port();
        }
        assertThat(probe(folder, port))
                .startsWith("nothing answers at port " + port)
                .endsWith(": 1");
    }

    @Test
    void the_port_is_the_running_node_s_else_the_configured_one(@TempDir Path folder) throws Exception {
        var file = folder.resolve("engram.pid");
        var environment = Map.of("ENGRAM_PID_PATH", file.toString(), "ENGRAM_HTTP_PORT", "8432");
        assertThat(HealthProbe.port(environment)).isEqualTo(8432);
        Files.writeString(file, "1:9432\n");
        assertThat(HealthProbe.port(environment)).isEqualTo(9432);
        Files.writeString(file, "neither\n");
        assertThat(HealthProbe.port(environment)).isEqualTo(8432);
        assertThat(HealthProbe.port(
                        Map.of("ENGRAM_PID_PATH", folder.resolve("none").toString())))
                .isEqualTo(7432);
    }

    @Test
    void a_wildcard_is_asked_on_loopback() {
        assertThat(HealthProbe.host(Map.of())).isEqualTo("127.0.0.1");
        assertThat(HealthProbe.host(Map.of("ENGRAM_HTTP_BIND", "0.0.0.0"))).isEqualTo("127.0.0.1");
        assertThat(HealthProbe.host(Map.of("ENGRAM_HTTP_BIND", "10.0.0.7"))).isEqualTo("10.0.0.7");
    }

    @Test
    void it_waits_without_asking_anybody(@TempDir Path folder) throws Exception {
        try (var node = new StubNode().on("GET", "/health", 503, "{}")) {
            long begun = System.nanoTime();
            assertThat(probe(folder, node.port(), "--wait", "1")).isEqualTo(": 0");
            assertThat(System.nanoTime() - begun).isGreaterThan(TimeUnit.SECONDS.toNanos(1));
        }
        assertThat(HealthProbe.seconds("5")).isEqualTo(5);
        assertThat(HealthProbe.seconds("-1")).isZero();
        assertThat(HealthProbe.seconds("soon")).isZero();
        assertThat(HealthProbe.seconds("99999")).isEqualTo(600);
    }

    /** What it prints and its exit code, run as an image runs it: with no other class on its class path. */
    private static String probe(Path folder, int port, String... path) throws Exception {
        var name = HealthProbe.class.getName().replace('.', '/') + ".class";
        var alone = folder.resolve("alone").resolve(name);
        Files.createDirectories(alone.getParent());
        try (var content = HealthProbe.class.getResourceAsStream("/" + name)) {
            assertThat(content).isNotNull();
            Files.write(alone, content.readAllBytes());
        }
        var command = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                folder.resolve("alone").toString(),
                HealthProbe.class.getName());
        command.command().addAll(java.util.List.of(path));
        command.environment().put("ENGRAM_PID_PATH", folder.resolve("none").toString());
        command.environment().put("ENGRAM_HTTP_PORT", String.valueOf(port));
        command.environment().remove("ENGRAM_HTTP_BIND");
        var process = command.redirectError(ProcessBuilder.Redirect.to(new File("/dev/null")))
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output.strip() + ": " + process.exitValue();
    }
}
