package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The same load on a node, through HTTP, and on an installed PostgreSQL, through its JDBC driver: texts of about 100
 * bytes stored one by one, each durable before its answer, by the same clients in this JVM over as many connections on
 * loopback. Both find texts by their words afterwards: the node as it always does, PostgreSQL by an index of the kind
 * GIN over {@code to_tsvector}. Both refuse an id that is there. Neither embeds. Both have their shipped settings;
 * PostgreSQL forces each commit, statements are prepared, and each is a transaction.
 *
 * <p>Beside them: a plain file that one thread appends to and forces, in groups as large as there are connections. The
 * server's processor time is that of all its processes, the client's that of this JVM. PostgreSQL runs idle while the
 * node is measured, and the other way round.
 *
 * <p>Not measured: searching, many rows in one transaction, and more data than memory.
 */
final class PostgresBench {
    private static final double GOAL_TIMES = 3;
    private static final int RECORD_BYTES = 400;
    /** The node's compiler needs longer than PostgreSQL's caches; both get the same. */
    private static final double WARM_UP_TIMES = 3;

    private static final int SAMPLES = 200;

    private record Figure(Callers.Figure load, double serverMicros) {}

    private final Trial trial;
    private final PrintStream out;
    private final double seconds;
    private final Texts texts = new Texts(17);

    PostgresBench(Trial trial) {
        this.trial = trial;
        this.out = trial.out();
        this.seconds = trial.seconds(5);
    }

    void run() throws Exception {
        var programs = Postgres.programs();
        if (programs.isEmpty()) {
            out.println("PostgreSQL is not installed here (Debian: postgresql-15): nothing to compare with");
            return;
        }
        var data = Files.createTempDirectory(trial.folder(), "node-");
        try (var postgres = Postgres.start(programs.get(), trial.folder());
                var node = Node.start(trial.root(), data, Map.of("ENGRAM_EMBEDDING_PROVIDER", "none"))) {
            describe(postgres, data);
            compare(new TextServer.OfNode(node, texts), new TextServer.OfPostgres(postgres, texts));
        } finally {
            Node.delete(data);
        }
        out.println();
    }

    private void describe(Postgres postgres, Path data) throws Exception {
        try (var connection = postgres.connect()) {
            for (var setting :
                    List.of("server_version", "fsync", "synchronous_commit", "wal_sync_method", "shared_buffers")) {
                out.printf("  %-20s %s%n", setting, show(connection, setting));
            }
        }
        var ours = Files.getFileStore(data);
        var theirs = Files.getFileStore(postgres.folder());
        out.printf("  %-20s %s, PostgreSQL %s%n", "data of the node", ours, theirs);
        if (!ours.equals(theirs)) {
            out.println("  THE TWO LIE ON DIFFERENT FILE SYSTEMS: compare with care");
        }
    }

    private static String show(Connection connection, String setting) throws SQLException {
        try (var result = connection.createStatement().executeQuery("show " + setting)) {
            result.next();
            return result.getString(1);
        }
    }

    private void compare(TextServer engram, TextServer postgres) throws Exception {
        for (var server : List.of(engram, postgres)) {
            load(server, 16, WARM_UP_TIMES * seconds);
        }
        for (int connections : new int[] {64, 16}) {
            out.printf("%n  %d connections, %.1f s each%n", connections, seconds);
            var times = new ArrayList<Double>();
            for (int i = 0; i < trial.rounds(); i++) {
                var order = i % 2 == 0 ? List.of(engram, postgres) : List.of(postgres, engram);
                var file = PlainFile.run(trial.folder(), RECORD_BYTES, connections, seconds / 4);
                var figures = new TreeMap<String, Figure>();
                for (var server : order) {
                    figures.put(server.name(), measure(server, connections, file.recordsPerSecond()));
                }
                times.add(perSecond(figures, engram) / perSecond(figures, postgres));
                out.printf(
                        "    plain file in groups of %d %8.0f/s; the node %.2f times PostgreSQL   load %s%n",
                        connections, file.recordsPerSecond(), times.getLast(), Machine.load());
            }
            out.printf("  as many times PostgreSQL: %s%n", Figures.atLeast(GOAL_TIMES, times));
        }
        for (var server : List.of(engram, postgres)) {
            check(server);
        }
    }

    private static double perSecond(Map<String, Figure> figures, TextServer server) {
        var figure = figures.get(server.name());
        return figure == null ? Double.NaN : figure.load.perSecond();
    }

    private Figure measure(TextServer server, int connections, double file) throws Exception {
        var figure = load(server, connections, seconds);
        var load = figure.load;
        out.printf(
                "    %-11s %8.0f/s   p50 %6.2f  p99 %6.2f ms   processor: server %6.1f us, client %5.1f us   of the"
                        + " file %.2f%n",
                server.name(),
                load.perSecond(),
                load.atMs(50),
                load.atMs(99),
                figure.serverMicros,
                load.clientMicros(),
                load.perSecond() / file);
        return figure;
    }

    /** Connecting is not counted. */
    private static Figure load(TextServer server, int connections, double seconds) throws Exception {
        var callers = new ArrayList<Callers.Caller>();
        try {
            for (int i = 0; i < connections; i++) {
                callers.add(server.connect());
            }
            double before = server.processorSeconds();
            var load = Callers.closedLoop(callers, seconds, server.numbers());
            return new Figure(load, (server.processorSeconds() - before) * 1e6 / load.calls());
        } finally {
            for (var caller : callers) {
                caller.close();
            }
        }
    }

    /** Texts come back as they were given. */
    private void check(TextServer server) throws Exception {
        int stored = server.numbers().get();
        var random = new SplittableRandom(5);
        for (int i = 0; i < SAMPLES; i++) {
            int number = random.nextInt(stored);
            var content = server.content(TextServer.id(number));
            if (!content.equals(texts.text(number))) {
                throw new IOException("%s has %s as: %s".formatted(server.name(), TextServer.id(number), content));
            }
        }
        out.printf("  %s: %d of %d read back and equal%n", server.name(), SAMPLES, stored);
    }
}
