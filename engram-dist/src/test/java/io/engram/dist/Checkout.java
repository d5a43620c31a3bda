package io.engram.dist;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The project's own files, and commands run beside them. */
public final class Checkout {
    public static final Path ROOT =
            Path.of(System.getProperty("engram.root", "..")).toAbsolutePath().normalize();

    /** What a command printed, on either stream, and how it ended. */
    public record Result(int exitCode, String output) {}

    private Checkout() {}

    public static String text(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    /** The options in a java argument file, without comments and empty lines. */
    public static List<String> options(String file) throws IOException {
        return text(file)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    public static Result run(int seconds, String... command) throws IOException, InterruptedException {
        var output = Files.createTempFile("engram-dist-", ".log");
        try {
            var process = new ProcessBuilder(command)
                    .directory(ROOT.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " did not end within " + seconds + " s:\n"
                        + Files.readString(output, StandardCharsets.UTF_8));
            }
            return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
