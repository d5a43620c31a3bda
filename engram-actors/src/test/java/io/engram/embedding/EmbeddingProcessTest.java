package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.embedding.TextEmbedding.State;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The native library loads once in a process, so what depends on how it loads is tried in processes of their own. */
@Timeout(120)
class EmbeddingProcessTest {
    @TempDir
    Path folder;

    /** Runs in the other process; arguments: the native directory, or nothing. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws Exception {
            var settings = arguments.length == 0
                    ? EmbeddingSettings.DEFAULT
                    : EmbeddingSettings.DEFAULT.withNativeDirectory(Path.of(arguments[0]));
            try (var service = new EmbeddingService(settings, new SimpleMeterRegistry())) {
                service.load();
                var state = service.settled().toCompletableFuture().get(60, TimeUnit.SECONDS);
                System.out.println("state=" + state);
                System.out.println("health=" + service.health().check());
                if (state == State.READY) {
                    var vector = service.passage("The meeting moved to Friday.")
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS);
                    System.out.println("bytes=" + vector.bytes().length);
                }
            }
        }
    }

    private List<String> run(List<String> flags, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx256m"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        var output = folder.resolve("output");
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readAllLines(output);
    }

    @Test
    void a_library_that_cannot_be_loaded_is_one_warning_and_no_exception() throws Exception {
        var broken = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(broken.resolve(System.mapLibraryName("onnxruntime")), "no library");
        var lines = run(List.of("-D" + NativeLibraries.PATH_PROPERTY + "=" + broken));
        assertThat(lines).contains("state=UNAVAILABLE");
        assertThat(lines)
                .filteredOn(line -> line.contains("WARN") && line.contains("EmbeddingService"))
                .singleElement()
                .asString()
                .contains("found by their words", "noexec", broken.toString());
        assertThat(lines)
                .filteredOn(line -> line.startsWith("health="))
                .singleElement()
                .asString()
                .contains("DEGRADED");
        assertThat(lines).noneMatch(line -> line.strip().startsWith("at "));
    }

    @Test
    void a_temporary_folder_that_cannot_be_written_is_no_exception_either() throws Exception {
        var lines = run(List.of("-Djava.io.tmpdir=" + folder.resolve("missing")));
        assertThat(lines).contains("state=UNAVAILABLE");
        assertThat(lines).noneMatch(line -> line.strip().startsWith("at "));
    }

    @Test
    void with_a_native_directory_nothing_of_size_goes_through_the_temporary_folder() throws Exception {
        var temporary = Files.createDirectory(folder.resolve("tmp"));
        var directory = folder.resolve("native");
        for (int start = 0; start < 2; start++) {
            var lines = run(List.of("-Djava.io.tmpdir=" + temporary), directory.toString());
            assertThat(lines).contains("state=READY", "bytes=" + EmbeddingModel.ENCODER.dimension());
        }
        try (var left = Files.walk(temporary)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(directory.resolve("e5-small-v2-q.onnx")).isNotEmptyFile();
    }
}
