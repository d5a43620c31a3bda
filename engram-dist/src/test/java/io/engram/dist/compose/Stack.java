package io.engram.dist.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.engram.dist.Checkout;
import io.engram.dist.Checkout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A Compose file under a project of its own, so that the data of nobody else is touched. The commands may have other names:
 * ENGRAM_DOCKER and ENGRAM_DOCKER_COMPOSE.
 */
final class Stack {
    private static final Path FOLDER = Checkout.ROOT.resolve("deployments/docker");
    private static final String PROMETHEUS = "engram-prometheus:under-test";
    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

    private final String file;
    private Optional<String> prometheus = Optional.empty();

    Stack(String file) {
        this.file = file;
    }

    static boolean isEngineThere() {
        return succeeds(docker(), "version", "--format", "{{.Server.Version}}") && succeeds(composer(), "version");
    }

    static String image() {
        return System.getenv().getOrDefault("ENGRAM_IMAGE", "engram:latest");
    }

    static boolean isImageThere() {
        return succeeds(docker(), "image", "inspect", image());
    }

    private static boolean succeeds(String... command) {
        try {
            return Checkout.run(60, command).exitCode() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String docker() {
        return System.getenv().getOrDefault("ENGRAM_DOCKER", "docker");
    }

    private static String composer() {
        return System.getenv().getOrDefault("ENGRAM_DOCKER_COMPOSE", "docker-compose");
    }

    static Result tryDocker(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(docker()));
        command.addAll(Arrays.asList(arguments));
        return Checkout.run(180, command.toArray(String[]::new));
    }

    static String docker(String... arguments) throws Exception {
        var result = tryDocker(arguments);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output();
    }

    static String inspect(String container, String format) throws Exception {
        return tryDocker("inspect", "--format", format, container).output().strip();
    }

    /** What Prometheus answers, by the tool that comes with it. */
    static String query(String container, String question) throws Exception {
        return tryDocker("exec", container, "/bin/promtool", "query", "instant", "http://127.0.0.1:9090", question)
                .output();
    }

    /** The image that PROMETHEUS_IMAGE names, or one made of this machine's Prometheus; without either the test is skipped. */
    void withPrometheus() throws Exception {
        var given = System.getenv("PROMETHEUS_IMAGE");
        prometheus = Optional.of(given != null ? given : madeHere());
    }

    private static String madeHere() throws Exception {
        var binaries = List.of(Path.of("/usr/bin/prometheus"), Path.of("/usr/bin/promtool"));
        assumeThat(binaries)
                .as("SKIPPED: PROMETHEUS_IMAGE is not set, and there is no Prometheus here to make an image of")
                .allMatch(Files::isExecutable);
        var context = Files.createTempDirectory("engram-prometheus-");
        var root = context.resolve("root");
        for (var folder : List.of("bin", "etc/prometheus", "prometheus", "tmp")) {
            Files.createDirectories(root.resolve(folder));
        }
        for (var binary : binaries) {
            Files.copy(binary, root.resolve("bin").resolve(binary.getFileName().toString()));
            var libraries =
                    LIBRARY.matcher(Checkout.run(20, "ldd", binary.toString()).output());
            while (libraries.find()) {
                var to = root.resolve(libraries.group(1).substring(1));
                Files.createDirectories(to.getParent());
                if (!Files.exists(to)) {
                    Files.copy(Path.of(libraries.group(1)), to);
                }
            }
        }
        var archive = context.resolve("context");
        Files.createDirectories(archive);
        var packed = Checkout.run(
                60,
                "tar",
                "--create",
                "--file",
                archive.resolve("root.tar").toString(),
                "--directory",
                root.toString(),
                "--numeric-owner",
                "--owner=65534",
                "--group=65534",
                ".");
        assertThat(packed.exitCode()).as(packed.output()).isZero();
        Files.writeString(archive.resolve("Dockerfile"), """
            FROM scratch
            ADD root.tar /
            USER 65534:65534
            VOLUME /prometheus
            WORKDIR /prometheus
            ENTRYPOINT ["/bin/prometheus"]
            """);
        docker("build", "--quiet", "--tag", PROMETHEUS, archive.toString());
        return PROMETHEUS;
    }

    void up(String... services) throws Exception {
        var command = new ArrayList<>(List.of("up", "-d"));
        command.addAll(Arrays.asList(services));
        compose(command.toArray(String[]::new));
    }

    void down() throws Exception {
        compose("down", "--volumes", "--timeout", "5");
    }

    Result compose(String... arguments) throws Exception {
        // What lies in a .env or in a folder of the host is somebody else's.
        var command = new ArrayList<>(List.of("env", "ENGRAM_DATA_PATH=engram-data", "ENGRAM_IMAGE=" + image()));
        prometheus.ifPresent(image -> command.add("PROMETHEUS_IMAGE=" + image));
        command.add(composer());
        command.addAll(
                List.of("-p", "engram-under-test", "-f", FOLDER.resolve(file).toString()));
        command.addAll(List.of("--profile", "monitoring"));
        command.addAll(Arrays.asList(arguments));
        var result = Checkout.run(300, command.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result;
    }
}
