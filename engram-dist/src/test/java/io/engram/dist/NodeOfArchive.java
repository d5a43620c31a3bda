package io.engram.dist;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A node that the launcher of an unpacked archive runs. */
final class NodeOfArchive implements AutoCloseable {
    private static final Duration LONGEST_START = Duration.ofMinutes(2);

    private final Process process;
    private final Path log;
    private final int port;

    private NodeOfArchive(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /** Starts one on loopback and waits until it is ready. */
    static NodeOfArchive start(Path archive, Path data, int httpPort, int grpcPort) throws Exception {
        var log = Files.createTempFile(data.toAbsolutePath().getParent(), "node-", ".log");
        var builder = new ProcessBuilder(
                archive.resolve("bin/engram").toString(),
                "start",
                "--http-port",
                String.valueOf(httpPort),
                "--grpc-port",
                String.valueOf(grpcPort),
                "--data-dir",
                data.toString(),
                "--set",
                "embedding.provider=none");
        builder.environment().keySet().removeIf(name -> name.startsWith("ENGRAM_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment()
                .put("ENGRAM_PID_PATH", data.resolveSibling("engram.pid").toString());
        // There is no such folder and none can be made: without a class-data archive, which takes long to make.
        builder.environment().put("ENGRAM_CACHE_DIR", "/dev/null/none");
        var process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        var node = new NodeOfArchive(process, log, httpPort);
        var begun = System.nanoTime();
        while (!node.answers()) {
            if (!process.isAlive() || System.nanoTime() - begun > LONGEST_START.toNanos()) {
                node.close();
                throw new IOException("the node did not start:\n" + Files.readString(log));
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return node;
    }

    private boolean answers() {
        try {
            var health = URI.create("http://127.0.0.1:" + port + "/health").toURL();
            return ((HttpURLConnection) health.openConnection()).getResponseCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    String output() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
