package io.engram.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** A node in a process of its own, started as the launcher does, without a model and on free ports. */
final class NodeProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("(?m)^ {2}HTTP {4}(http://[0-9.]+:(\\d+))$");

    private final Process process;
    private final Path output;

    private NodeProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static NodeProcess launch(Path folder, String... arguments) throws IOException {
        return launch(folder, Map.of(), arguments);
    }

    /** @param environment what the process gets in its environment besides the test's own */
    static NodeProcess launch(Path folder, Map<String, String> environment, String... arguments) throws IOException {
        return launch(folder, environment, NodeClasses.arguments(), arguments);
    }

    /** @param classes the arguments of the JVM that have to do with classes */
    static NodeProcess launch(Path folder, Map<String, String> environment, List<String> classes, String... arguments)
            throws IOException {
        var all = new ArrayList<>(List.of("dev"));
        all.addAll(List.of(arguments));
        return launch(folder, environment, List.of(), classes, all);
    }

    /**
     * @param before a command that runs the rest of its line as a command, and is replaced by it
     * @param arguments the command of {@code engram}, and what belongs to it
     */
    static NodeProcess launch(
            Path folder,
            Map<String, String> environment,
            List<String> before,
            List<String> classes,
            List<String> arguments)
            throws IOException {
        var output = Files.createTempFile(folder, "node-", ".log");
        var root = Path.of(System.getProperty("engram.root"));
        var command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + root.resolve("conf/jvm.options"),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(classes);
        command.add("io.engram.cli.Main");
        command.addAll(arguments);
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ENGRAM_"));
        builder.environment().put("XDG_CONFIG_HOME", folder.toString());
        builder.environment()
                .put(
                        "ENGRAM_PID_PATH",
                        folder.resolve(output.getFileName() + ".pid").toString());
        builder.environment().put("ENGRAM_EMBEDDING_PROVIDER", "none");
        builder.environment().put("ENGRAM_LOGGING_FORMAT", "text");
        builder.environment().putAll(environment);
        return new NodeProcess(builder.start(), output);
    }

    /** Starts a node in {@code folder} and waits until it is ready. */
    static NodeProcess ready(Path folder) throws IOException {
        return ready(folder, Map.of());
    }

    static NodeProcess ready(Path folder, Map<String, String> environment) throws IOException {
        var node = launch(folder, environment, "-p", "0", "-g", "0");
        if (!node.becomesReady()) {
            throw new IOException("the node did not start:\n" + node.output());
        }
        return node;
    }

    /** Waits until it is ready or has ended; whether it is ready. */
    boolean becomesReady() throws IOException {
        Awaitility.await()
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> address().find() || !process.isAlive());
        return address().find();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    private Matcher address() throws IOException {
        return ADDRESS.matcher(output());
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    int port() throws IOException {
        var matcher = address();
        if (!matcher.find()) {
            throw new IllegalStateException("not ready");
        }
        return Integer.parseInt(matcher.group(2));
    }

    Api api() throws IOException {
        var matcher = address();
        if (!matcher.find()) {
            throw new IllegalStateException("not ready");
        }
        return new Api(URI.create(matcher.group(1)), Duration.ofSeconds(20));
    }

    long pid() {
        return process.pid();
    }

    /** What {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** What {@code kill} does. */
    void terminate() {
        process.destroy();
    }

    boolean awaitEnd(long limit, TimeUnit unit) throws InterruptedException {
        return process.waitFor(limit, unit);
    }

    /** The exit code of a process that ends by itself within the limit. */
    int exitCode(Duration limit) throws Exception {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("still running after " + limit + ":\n" + output());
        }
        return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
