package io.engram.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.zip.CRC32C;

/**
 * What nodes in processes of their own are started from: the product's classes without the tests', and an archive of them as the
 * JVM has them in memory, which takes half the time off a start. The JVM makes no archive of folders, so that the classes of each
 * module go into a jar first. Both stay in {@code target} until a class changes.
 */
final class NodeClasses {
    private static final Path ROOT = Path.of(System.getProperty("engram.root"));
    private static final Path KEPT = ROOT.resolve("engram-cli/target/node-classes");
    private static final NodeClasses CLASSES = made();

    private final String classPath;
    private final Optional<Path> archive;

    private NodeClasses(String classPath, Optional<Path> archive) {
        this.classPath = classPath;
        this.archive = archive;
    }

    /** The arguments of the JVM that have to do with classes. */
    static List<String> arguments() {
        return CLASSES.archive
                .map(file -> List.of(
                        // It would say that it cannot share the modules, too.
                        "-Xlog:cds=off", "-Xlog:aot=off", "-XX:SharedArchiveFile=" + file, "-cp", CLASSES.classPath))
                .orElseGet(() -> List.of("-cp", CLASSES.classPath));
    }

    private static NodeClasses made() {
        try {
            Files.createDirectories(KEPT);
            var jars = new ArrayList<String>();
            var sum = new CRC32C();
            for (var element : System.getProperty("java.class.path").split(File.pathSeparator)) {
                var path = Path.of(element);
                if (path.endsWith("test-classes")) {
                    continue;
                }
                var jar = Files.isDirectory(path) ? jarOf(path) : path;
                jars.add(jar.toString());
                sum.update((jar + "|" + Files.size(jar) + "|" + Files.getLastModifiedTime(jar)).getBytes());
            }
            var classPath = String.join(File.pathSeparator, jars);
            return new NodeClasses(
                    classPath,
                    archiveOf(classPath, KEPT.resolve("node-" + HexFormat.of().toHexDigits(sum.getValue()) + ".jsa")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The jar of a module's classes; older ones of that module go. */
    private static Path jarOf(Path classes) throws IOException {
        List<Path> files;
        try (var all = Files.walk(classes)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        var sum = new CRC32C();
        for (var file : files) {
            sum.update((classes.relativize(file) + "|" + Files.size(file) + "|" + Files.getLastModifiedTime(file))
                    .getBytes());
        }
        var module = ROOT.relativize(classes).getName(0);
        var jar = KEPT.resolve(module + "-" + HexFormat.of().toHexDigits(sum.getValue()) + ".jar");
        if (!Files.exists(jar)) {
            removeAll(module + "-*.jar");
            var unfinished = Files.createTempFile(KEPT, "unfinished-", ".tmp");
            try (var out = new JarOutputStream(Files.newOutputStream(unfinished))) {
                out.setLevel(1);
                for (var file : files) {
                    out.putNextEntry(
                            new JarEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
                    Files.copy(file, out);
                }
            }
            Files.move(unfinished, jar, StandardCopyOption.ATOMIC_MOVE);
        }
        return jar;
    }

    private static void removeAll(String names) throws IOException {
        try (var old = Files.newDirectoryStream(KEPT, names)) {
            for (var file : old) {
                Files.delete(file);
            }
        }
    }

    /** Has a node leave an archive when it stops; without one, nodes start as well, only slower. */
    private static Optional<Path> archiveOf(String classPath, Path archive) throws IOException, InterruptedException {
        if (Files.exists(archive)) {
            return Optional.of(archive);
        }
        removeAll("node-*.jsa");
        var folder = Files.createTempDirectory(KEPT, "archived-");
        try (var node = NodeProcess.launch(
                folder,
                Map.of(),
                List.of("-XX:ArchiveClassesAtExit=" + archive, "-cp", classPath),
                "-p",
                "0",
                "-g",
                "0")) {
            if (node.becomesReady()) {
                try (var api = node.api()) {
                    var body = Api.JSON.createObjectNode().put("content", "so that these classes are in it, too");
                    api.send("POST", "/api/v1/memories/remember", Map.of(), Optional.of(body));
                    api.send("GET", "/api/v1/memories?limit=1", Map.of(), Optional.empty());
                    api.send("GET", "/api/v1/system/health", Map.of(), Optional.empty());
                }
                node.terminate();
                node.awaitEnd(60, TimeUnit.SECONDS);
            }
        } catch (Api.Unreachable e) {
            // Then there is none.
            System.out.println("no class archive: " + e.getMessage());
        } finally {
            DamagedFolder.deleteAll(folder);
        }
        return Optional.of(archive).filter(Files::exists);
    }
}
