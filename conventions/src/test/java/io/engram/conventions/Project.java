package io.engram.conventions;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The project's own files. */
final class Project {
    static final Path ROOT =
            Path.of(System.getProperty("engram.root", "..")).toAbsolutePath().normalize();

    private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git", ".engram", "engram-data");

    private Project() {}

    /** Paths relative to {@link #ROOT}: what git tracks or would track, or without git everything that is not built. */
    static List<String> files() throws IOException, InterruptedException {
        return Files.exists(ROOT.resolve(".git")) ? filesByGit() : filesByWalking();
    }

    private static List<String> filesByGit() throws IOException, InterruptedException {
        var git = new ProcessBuilder("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
                .directory(ROOT.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var output = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (git.waitFor() != 0) {
            return filesByWalking();
        }
        return output.lines()
                .flatMap(line -> List.of(line.split("\0", -1)).stream())
                .filter(name -> !name.isEmpty() && Files.isRegularFile(ROOT.resolve(name)))
                .sorted()
                .toList();
    }

    private static List<String> filesByWalking() throws IOException {
        try (var walk = Files.walk(ROOT)) {
            return walk.filter(Files::isRegularFile)
                    .map(ROOT::relativize)
                    .filter(path -> StreamSupport.stream(path.spliterator(), false)
                            .noneMatch(part -> NOT_OURS.contains(part.toString())))
                    .map(Path::toString)
                    .sorted()
                    .toList();
        }
    }

    /** A file's text, or empty if it is not UTF-8 text. */
    static Optional<String> text(String file) throws IOException {
        var bytes = Files.readAllBytes(ROOT.resolve(file));
        for (byte each : bytes) {
            if (each == 0) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** The project's documents: every tracked Markdown file. */
    static List<String> documents() throws IOException, InterruptedException {
        return files().stream().filter(file -> file.endsWith(".md")).toList();
    }

    static String bullets(Iterable<String> lines) {
        return StreamSupport.stream(lines.spliterator(), false).collect(Collectors.joining("\n  ", "\n  ", "\n"));
    }
}
