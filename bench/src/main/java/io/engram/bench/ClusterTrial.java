package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What the benchmarks of a cluster have in common: three nodes with spaces in them, and what was acknowledged by them. */
final class ClusterTrial implements AutoCloseable {
    static final int NODES = 3;

    private static final int RECORD_BYTES = 400;
    private static final int FILLERS = 16;
    private static final int SETTLE_SECONDS = 180;
    private static final int SEED = 41;

    private final Trial trial;
    private final Path folder;
    private final Acknowledged acknowledged;
    private boolean isHeld;

    ClusterTrial(Trial trial, String what, String conditions) throws IOException {
        this(trial, what, conditions, 0);
    }

    /** @param bytes how long each text is at least */
    ClusterTrial(Trial trial, String what, String conditions, int bytes) throws IOException {
        this.trial = trial;
        acknowledged = new Acknowledged(new Texts(SEED), bytes);
        folder = Files.createTempDirectory(trial.folder(), "cluster-");
        trial.out().printf("%s%n  %s%n  %s%n", what, conditions, machine(trial.folder()));
    }

    /** Load, and what the disk gives to anybody. */
    static String machine(Path folder) throws IOException {
        var forced = PlainFile.run(folder, RECORD_BYTES, 1, 1.0);
        return "load %s; forced appends of %d bytes %,.0f/s, p50 %.3f  p99 %.3f ms"
                .formatted(
                        Machine.load(),
                        RECORD_BYTES,
                        forced.recordsPerSecond(),
                        forced.forces().getValueAtPercentile(50) / 1e6,
                        forced.forces().getValueAtPercentile(99) / 1e6);
    }

    PrintStream out() {
        return trial.out();
    }

    Trial trial() {
        return trial;
    }

    Acknowledged acknowledged() {
        return acknowledged;
    }

    /** Three nodes that serve. */
    ClusterNodes nodes(Map<String, String> more) throws IOException, InterruptedException {
        var nodes = ClusterNodes.among(trial.root(), folder.resolve("three"), NODES, more);
        try {
            nodes.startAll().awaitSettled(SETTLE_SECONDS);
            return nodes;
        } catch (IOException | InterruptedException e) {
            nodes.close();
            throw e;
        }
    }

    /** One node without a cluster that serves. */
    ClusterNodes alone() throws IOException, InterruptedException {
        var nodes = ClusterNodes.alone(trial.root(), folder.resolve("alone"), Map.of());
        try {
            return nodes.startAll();
        } catch (IOException | InterruptedException e) {
            nodes.close();
            throw e;
        }
    }

    static List<String> spaces(int count) {
        return IntStream.range(0, count).mapToObj("space-%05d"::formatted).toList();
    }

    /** Makes spaces, each by its first memory, and waits until all copies are there. */
    void make(ClusterNodes nodes, List<String> spaces) throws Exception {
        long begun = System.nanoTime();
        int before = acknowledged.numbers().get();
        var next = new AtomicInteger(before);
        new Load(nodes.ports(), FILLERS)
                .count(
                        spaces.size(),
                        next,
                        (connection, number) -> acknowledged.remember(connection, spaces.get(number - before), number));
        acknowledged.numbers().set(before + spaces.size());
        double seconds = (System.nanoTime() - begun) / 1e9;
        settle(nodes);
        out().printf(
                        "  %,d spaces made in %.1f s (%,.0f a second, %d connections, %d requests sent again); shards"
                                + " led: %s%n",
                        spaces.size(),
                        seconds,
                        spaces.size() / seconds,
                        FILLERS,
                        acknowledged.repeated(),
                        state(nodes.running().getFirst()).primaries());
    }

    void settle(ClusterNodes nodes) throws IOException, InterruptedException {
        nodes.awaitSettled(SETTLE_SECONDS);
        TimeUnit.SECONDS.sleep(1);
    }

    static ClusterState.Nodes state(ClusterNodes.Member member) throws IOException {
        try (var connection = member.connect()) {
            return ClusterState.nodes(connection);
        }
    }

    static ClusterState.Health health(ClusterNodes.Member member) throws IOException {
        try (var connection = member.connect()) {
            return ClusterState.health(connection);
        }
    }

    /** Holds the nodes to everything that they have acknowledged; whoever of them is away is started. */
    void readBack(ClusterNodes nodes) throws IOException, InterruptedException {
        nodes.startAll();
        if (nodes.members().size() > 1) {
            settle(nodes);
        }
        out().printf("  %s%n%n", acknowledged.readBack(nodes.ports()));
        isHeld = true;
    }

    /** Removes the nodes' folders, unless something went wrong: then their logs tell what. */
    @Override
    public void close() throws IOException {
        if (isHeld) {
            Node.delete(folder);
        } else {
            out().println("  the nodes' folders and logs are kept in " + folder);
        }
    }
}
