package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.engram.dist.Checkout.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The image as it is meant to be run. Takes minutes and needs Docker, whose daemon may be another machine's: everything is
 * asked from inside the container.
 */
@Tag("long")
class DockerImageTest {
    private static final String IMAGE = "engram:under-test";
    private static final String NAME = "engram-under-test";
    private static final String VOLUME = "engram-under-test";
    private static final List<String> HARDENED = List.of(
            "--read-only",
            "--tmpfs",
            "/tmp:noexec,nosuid,size=100M",
            "--security-opt",
            "no-new-privileges:true",
            "--cap-drop",
            "ALL",
            "--memory=1g",
            "--pids-limit=200");

    @BeforeAll
    static void build() throws Exception {
        assumeThat(isDockerThere())
                .as("SKIPPED: there is no Docker daemon, so that the image was neither built nor run")
                .isTrue();
        var result = Checkout.run(
                1800,
                Checkout.ROOT.resolve("deployments/docker/build-image").toString(),
                "--tag",
                IMAGE,
                "--limit",
                "90");
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.output()).containsPattern("layer: \\d+\\.\\d MB compressed");
    }

    @AfterEach
    void remove() throws Exception {
        docker("rm", "--force", "--volumes", NAME);
        docker("volume", "rm", "--force", VOLUME);
    }

    @Test
    void it_serves_hardened_keeps_what_it_acknowledged_through_a_kill_and_stops_in_time() throws Exception {
        start();
        assertThat(client("memory", "create", "Miso hides under the piano", "--space", "home"))
                .satisfies(DockerImageTest::succeeded);

        // Not as process 1 of its own namespace, which would not hear it, but by the engine.
        succeeded(docker("kill", NAME));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> state("{{.State.Status}} {{.State.ExitCode}}").equals("exited 137"));
        succeeded(docker("start", NAME));
        awaitHealthy();
        assertThat(client("memory", "search", "piano", "--space", "home").output())
                .contains("Miso hides under the piano");

        succeeded(docker("stop", "--time", "30", NAME));
        assertThat(state("{{.State.ExitCode}}")).isEqualTo("0");
        assertThat(docker("logs", NAME).output()).contains("shutdown complete");
    }

    @Test
    void nothing_is_unpacked_at_run_time() throws Exception {
        start();
        var maps = docker("exec", NAME, "java", "-Xmx16m", "-cp", "/opt/engram/probe", "io.engram.cli.HealthProbe");
        assertThat(maps).satisfies(DockerImageTest::succeeded);
        assertThat(docker("diff", NAME).output()).doesNotContain(".so");
        assertThat(docker("logs", NAME).output()).doesNotContain("UnsatisfiedLinkError", "failed to map");
    }

    @Test
    void a_setting_that_is_wrong_stops_it_with_a_reason_and_no_success() throws Exception {
        var result = docker("run", "--rm", "--name", NAME, "-e", "ENGRAM_HTTP_PORT=many", IMAGE);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output()).contains("server.http_port").contains("many");
    }

    private static void start() throws Exception {
        var command = new ArrayList<>(List.of("run", "--detach", "--name", NAME, "--volume", VOLUME + ":/data"));
        command.addAll(HARDENED);
        command.add(IMAGE);
        succeeded(docker(command.toArray(String[]::new)));
        awaitHealthy();
    }

    private static void awaitHealthy() {
        await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> state("{{.State.Health.Status}}").equals("healthy"));
    }

    private static Result client(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("exec", NAME, "java", "@/engram"));
        command.addAll(List.of(arguments));
        return docker(command.toArray(String[]::new));
    }

    private static String state(String format) throws Exception {
        return docker("inspect", "--format", format, NAME).output().strip();
    }

    private static void succeeded(Result result) {
        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    private static boolean isDockerThere() {
        try {
            return Checkout.run(20, "docker", "version", "--format", "{{.Server.Version}}")
                            .exitCode()
                    == 0;
        } catch (Exception e) {
            return false;
        }
    }

    private static Result docker(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("docker"));
        command.addAll(List.of(arguments));
        return Checkout.run(120, command.toArray(String[]::new));
    }
}
