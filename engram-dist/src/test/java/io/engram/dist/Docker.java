package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.engram.dist.Checkout.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Docker's own command, and the image under test. A container is asked from inside, so that published ports need not be
 * reachable from where the tests run; folders that are mounted must be on the daemon's machine.
 *
 * <p>With {@code -Dengram.test.image=NAME}, and {@code -Dengram.test.image.onnx=NAME} for the one with the model, an image
 * that is there is taken instead of building one.
 */
final class Docker {
    /** The flags of the guide that take things away from a container. */
    static final List<String> HARDENED = List.of(
            "--read-only",
            "--tmpfs",
            "/tmp:noexec,nosuid,size=100M",
            "--security-opt",
            "no-new-privileges:true",
            "--cap-drop",
            "ALL",
            "--cap-add",
            "NET_BIND_SERVICE");

    private static final Map<String, String> MADE = new HashMap<>();

    private Docker() {}

    /** The standard image. */
    static String image() throws Exception {
        return image("static", "engram.test.image", "--limit", "60");
    }

    /** The image with the model. */
    static String imageWithEncoder() throws Exception {
        return image("onnx", "engram.test.image.onnx");
    }

    /** Skips the test where there is no engine, else makes the image once in a run. */
    private static synchronized String image(String encoder, String property, String... flags) throws Exception {
        assumeThat(isThere())
                .as("SKIPPED: there is no Docker daemon, so that the image was neither built nor run")
                .isTrue();
        var given = System.getProperty(property, "");
        if (!given.isEmpty()) {
            return given;
        }
        var tag = "engram:under-test-" + encoder;
        if (MADE.put(encoder, tag) == null) {
            var command = new ArrayList<>(List.of(
                    Checkout.ROOT.resolve("deployments/docker/build-image").toString(),
                    "--encoder",
                    encoder,
                    "--tag",
                    tag));
            command.addAll(List.of(flags));
            var result = Checkout.run(3600, command.toArray(String[]::new));
            assertThat(result.exitCode()).as(result.output()).isZero();
            assertThat(result.output())
                    .containsPattern("layer: \\d+\\.\\d MB compressed .*, \\d+\\.\\d MB uncompressed");
        }
        return tag;
    }

    private static boolean isThere() {
        try {
            return Checkout.run(20, "docker", "version", "--format", "{{.Server.Version}}")
                            .exitCode()
                    == 0;
        } catch (Exception e) {
            return false;
        }
    }

    static Result run(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("docker"));
        command.addAll(List.of(arguments));
        return Checkout.run(240, command.toArray(String[]::new));
    }

    /** What a command that must succeed printed. */
    static String ok(String... arguments) throws Exception {
        var result = run(arguments);
        assertThat(result.exitCode())
                .as("docker %s:%n%s", String.join(" ", arguments), result.output())
                .isZero();
        return result.output();
    }

    /** {@code docker run} with the hardening flags, these and the standard image. */
    static void start(String name, String... flags) throws Exception {
        startImage(image(), name, flags);
    }

    static void startImage(String image, String name, String... flags) throws Exception {
        var command = new ArrayList<>(List.of("run", "--detach", "--name", name));
        command.addAll(HARDENED);
        command.addAll(List.of(flags));
        command.add(image);
        ok(command.toArray(String[]::new));
    }

    /** {@code docker run} until it ends by itself. */
    static Result runToItsEnd(String name, String... flags) throws Exception {
        var command = new ArrayList<>(List.of("run", "--name", name));
        command.addAll(HARDENED);
        command.addAll(List.of(flags));
        command.add(image());
        return run(command.toArray(String[]::new));
    }

    /** A command of the node's own client, next to it in the container. */
    static Result client(String name, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("exec", name, "java", "@/engram"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    static String inspect(String name, String format) throws Exception {
        return ok("inspect", "--format", format, name).strip();
    }

    static void awaitHealthy(String... names) {
        for (var name : names) {
            await().atMost(Duration.ofMinutes(5))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        var state = inspect(name, "{{.State.Status}} {{.State.Health.Status}}");
                        assertThat(state).as(() -> logs(name)).startsWith("running");
                        return state.equals("running healthy");
                    });
        }
    }

    static void awaitEnd(String name) {
        await().atMost(Duration.ofMinutes(3))
                .pollInterval(250, TimeUnit.MILLISECONDS)
                .until(() -> inspect(name, "{{.State.Status}}").equals("exited"));
    }

    static int exitCode(String name) throws Exception {
        return Integer.parseInt(inspect(name, "{{.State.ExitCode}}"));
    }

    static String logs(String name) {
        try {
            return run("logs", name).output();
        } catch (Exception e) {
            return e.toString();
        }
    }

    static void remove(String... names) throws Exception {
        for (var name : names) {
            run("rm", "--force", "--volumes", name);
        }
    }

    static void removeVolumes(String... names) throws Exception {
        run(concat(new String[] {"volume", "rm", "--force"}, names));
    }

    private static String[] concat(String[] one, String[] other) {
        var all = new ArrayList<>(Arrays.asList(one));
        all.addAll(Arrays.asList(other));
        return all.toArray(String[]::new);
    }
}
