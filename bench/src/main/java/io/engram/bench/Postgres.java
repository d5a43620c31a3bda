package io.engram.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A PostgreSQL of its own, with a new cluster in a folder of its own, on a free port of loopback. It refuses to run as
 * root; then it runs as the user {@code postgres}. Nothing of an installed service is touched.
 */
final class Postgres implements AutoCloseable {
    private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
    private static final String USER = "postgres";

    private final Path programs;
    private final Path folder;
    private final int port;
    private final List<String> as;
    private final ProcessHandle server;
    private final Thread stopAtExit = new Thread(this::stop);

    private Postgres(Path programs, Path folder, int port, List<String> as) throws Exception {
        this.programs = programs;
        this.folder = folder;
        this.port = port;
        this.as = as;
        run(as, programs.resolve("initdb").toString(), "-D", data(), "-A", "trust", "-U", USER, "-E", "UTF8");
        run(
                as,
                programs.resolve("pg_ctl").toString(),
                "-D",
                data(),
                "-w",
                "-s",
                "-l",
                folder.resolve("log").toString(),
                "-o",
                "-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=on -c synchronous_commit=on"
                        .formatted(port, folder),
                "start");
        Runtime.getRuntime().addShutdownHook(stopAtExit);
        server = ProcessHandle.of(Long.parseLong(Files.readAllLines(Path.of(data(), "postmaster.pid"))
                        .getFirst()
                        .strip()))
                .orElseThrow(() -> new IOException("PostgreSQL has ended"));
    }

    /** Where the programs of the newest installed version lie. */
    static Optional<Path> programs() throws IOException {
        if (!Files.isDirectory(INSTALLED)) {
            return Optional.empty();
        }
        try (var versions = Files.list(INSTALLED)) {
            return versions.sorted(Comparator.comparingDouble(Postgres::version).reversed())
                    .map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .findFirst();
        }
    }

    private static double version(Path folder) {
        try {
            return Double.parseDouble(INSTALLED.relativize(folder).toString());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Starts one with its data in {@code near}, or in the temp folder if its user cannot enter {@code near}. */
    static Postgres start(Path programs, Path near) throws Exception {
        boolean root = System.getProperty("user.name").equals("root");
        var as = root ? List.of("runuser", "-u", USER, "--") : List.<String>of();
        var folder = own(Files.createTempDirectory(near, "postgres-"), root);
        if (!isUsable(folder, as)) {
            Files.delete(folder);
            folder = own(Files.createTempDirectory("engram-postgres-"), root);
        }
        try {
            return new Postgres(programs, folder, freePort(), as);
        } catch (Exception e) {
            Node.delete(folder);
            throw e;
        }
    }

    private static Path own(Path folder, boolean root) throws IOException {
        if (root) {
            Files.setOwner(
                    folder,
                    folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER));
        }
        return folder;
    }

    private static boolean isUsable(Path folder, List<String> as) throws InterruptedException {
        try {
            run(as, "test", "-w", folder.toString());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void run(List<String> as, String... command) throws IOException, InterruptedException {
        var all = new ArrayList<>(as);
        all.addAll(List.of(command));
        var output = Files.createTempFile("engram-command-", ".log");
        try {
            // To a file, since the server inherits it and would keep a pipe open.
            var process = new ProcessBuilder(all)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException(all + ":\n" + Files.readString(output, StandardCharsets.UTF_8));
            }
        } finally {
            Files.delete(output);
        }
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    Path folder() {
        return folder;
    }

    /** The first of its processes, which starts the others and waits for them. */
    ProcessHandle server() {
        return server;
    }

    /** Over TCP, as the clients of a node are; each statement is a transaction of its own. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/postgres?user=%s&sslmode=disable".formatted(port, USER));
    }

    private void stop() {
        try {
            run(as, programs.resolve("pg_ctl").toString(), "-D", data(), "-m", "fast", "-s", "-w", "stop");
        } catch (IOException e) {
            System.err.println("PostgreSQL could not be stopped: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(stopAtExit);
        stop();
        Node.delete(folder);
    }
}
