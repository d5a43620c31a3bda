package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive as somebody unpacks it. */
class DistributionTest {
    private static final Pattern HTTP = Pattern.compile("(?m)^ +HTTP +(http://\\S+)$");

    @TempDir
    static Path folder;

    private static Path unpacked = Path.of("");

    @BeforeAll
    static void unpack() throws Exception {
        unpacked = UnpackedArchive.in(folder);
        assertThat(unpacked.getFileName()).asString().matches("engram-\\d.*");
    }

    @Test
    void what_belongs_to_it_is_there() {
        assertThat(List.of(
                        "LICENSE",
                        "NOTICE",
                        "README.md",
                        "CHANGELOG.md",
                        "SECURITY.md",
                        "conf/default.toml",
                        "conf/jvm.options",
                        "docs/configuration.md",
                        "docs/operations.md"))
                .allSatisfy(file -> assertThat(unpacked.resolve(file)).isRegularFile());
        assertThat(unpacked.resolve("bin/engram")).isExecutable();
        assertThat(unpacked.resolve("pom.xml")).doesNotExist();
    }

    @Test
    void the_executable_finds_each_library_that_it_names_and_there_is_no_other() throws Exception {
        try (var jar = new JarFile(executable().toFile())) {
            var named = List.of(
                    jar.getManifest().getMainAttributes().getValue("Class-Path").split(" ", -1));
            try (var libraries = Files.list(unpacked.resolve("lib"))) {
                assertThat(libraries.map(path -> "lib/" + path.getFileName()))
                        .containsExactlyInAnyOrderElementsOf(named)
                        .hasSizeGreaterThan(50);
            }
        }
    }

    @Test
    void its_launcher_runs_a_node() throws Exception {
        var log = folder.resolve("node.log");
        var start = new ProcessBuilder(
                unpacked.resolve("bin/engram").toString(),
                "start",
                "--http-port",
                "0",
                "--grpc-port",
                "0",
                "--data-dir",
                folder.resolve("data").toString(),
                "--set",
                "embedding.provider=none");
        start.environment().keySet().removeIf(name -> name.startsWith("ENGRAM_"));
        start.environment().put("ENGRAM_PID_PATH", folder.resolve("engram.pid").toString());
        start.environment().put("ENGRAM_LOGGING_FORMAT", "text");
        // There is no such folder and none can be made: without a class-data archive, which takes long to make.
        start.environment().put("ENGRAM_CACHE_DIR", "/dev/null/none");
        var node = start.directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            await().atMost(Duration.ofMinutes(2)).until(() -> !node.isAlive() || url(log) != null);
            var url = url(log);
            assertThat(url).as(() -> read(log)).isNotNull();
            try (var client = HttpClient.newHttpClient()) {
                var response = client.send(
                        HttpRequest.newBuilder(URI.create(Objects.requireNonNull(url) + "/health"))
                                .build(),
                        BodyHandlers.ofString());
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.body()).contains("\"status\":\"healthy\"");
            }
            node.destroy();
            assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(node.exitValue()).isZero();
            assertThat(read(log)).contains("shutdown complete");
        } finally {
            node.destroyForcibly();
        }
    }

    @Test
    void an_archive_that_was_not_unpacked_whole_says_so() throws Exception {
        var broken = Files.createDirectories(folder.resolve("broken/bin")).resolve("engram");
        Files.copy(unpacked.resolve("bin/engram"), broken);
        assertThat(broken.toFile().setExecutable(true)).isTrue();
        var result = Checkout.run(60, broken.toString(), "start");
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.output())
                .contains("this distribution is not complete")
                .contains("unpack it again");
    }

    private static Path executable() throws IOException {
        try (var jars = Files.newDirectoryStream(unpacked, "engram-cli-*.jar")) {
            return jars.iterator().next();
        }
    }

    private static @org.jspecify.annotations.Nullable String url(Path log) {
        var matcher = HTTP.matcher(read(log));
        return matcher.find() ? matcher.group(1) : null;
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "";
        }
    }
}
