package io.engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real node in processes of its own, started by {@code bin/engram dev} on free ports. */
public final class Node implements AutoCloseable {
    private static final Duration LONGEST_START = Duration.ofMinutes(3);

    private final Process process;
    private final int port;
    private final Path log;
    private final long readyAfterNanos;

    private Node(Process process, int port, Path log, long readyAfterNanos) {
        this.process = process;
        this.port = port;
        this.log = log;
        this.readyAfterNanos = readyAfterNanos;
    }

    /** Starts a node on {@code data} and waits until it is ready, by {@code /health}. */
    public static Node start(Path root, Path data, Map<String, String> environment) throws Exception {
        return start(root, data, environment, List.of());
    }

    /** The same with more arguments for {@code dev}. */
    public static Node start(Path root, Path data, Map<String, String> environment, List<String> arguments)
            throws Exception {
        int port = freePort();
        Files.createDirectories(data);
        var log = Files.createTempFile("engram-node-", ".log");
        var command = new ArrayList<>(List.of(
                root.resolve("bin/engram").toString(),
                "dev",
                "--port",
                String.valueOf(port),
                "--grpc-port",
                String.valueOf(freePort())));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("ENGRAM_DATA_DIR", data.toString());
        builder.environment().put("ENGRAM_PID_PATH", data.resolve("engram.pid").toString());
        builder.environment().putAll(environment);
        long begun = System.nanoTime();
        var process = builder.start();
        while (!answers(port, "/health")) {
            if (!process.isAlive() || System.nanoTime() - begun > LONGEST_START.toNanos()) {
                kill(process);
                throw new IOException("the node did not start; its output:\n" + Files.readString(log));
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
        return new Node(process, port, log, System.nanoTime() - begun);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean answers(int port, String path) {
        try (var connection = new HttpConnection(port)) {
            return connection.get(path).status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    /** From the start of the launcher to the first answer. */
    public double readyAfterMs() {
        return readyAfterNanos / 1e6;
    }

    public HttpConnection connect() throws IOException {
        return new HttpConnection(port);
    }

    /** Processor time of the Java process so far: unlike time on the wall it does not grow with others' load. */
    public double processorMs() {
        return jvm().info().totalCpuDuration().map(Duration::toMillis).orElse(0L);
    }

    /** What the node has printed so far. */
    public String output() throws IOException {
        return Files.readString(log);
    }

    /** The Java process itself, which may be the launcher's child. */
    public ProcessHandle jvm() {
        return java.util.stream.Stream.concat(
                        process.toHandle().descendants(), java.util.stream.Stream.of(process.toHandle()))
                .filter(each -> each.info().command().orElse("").endsWith("/java"))
                .findFirst()
                .orElse(process.toHandle());
    }

    /** Resident memory of the Java process in MiB, from {@code /proc}. */
    public double residentMib() throws IOException {
        return statusKib("VmRSS:") / 1024.0;
    }

    private long statusKib(String name) throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc", String.valueOf(jvm().pid()), "status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + name + " for process " + jvm().pid());
    }

    /** What {@code kill -9} does. */
    public void kill() throws InterruptedException {
        kill(process);
    }

    private static void kill(Process process) throws InterruptedException {
        var children = process.toHandle().descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        process.waitFor(30, TimeUnit.SECONDS);
        for (var child : children) {
            child.onExit().orTimeout(30, TimeUnit.SECONDS).join();
        }
    }

    /** Asks the node to end, and makes it end if it does not. */
    @Override
    public void close() {
        try {
            var jvm = jvm();
            jvm.destroy();
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                kill(process);
            }
            Files.deleteIfExists(log);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a data folder with everything in it. */
    public static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var walk = Files.walk(folder)) {
                for (var path : walk.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
