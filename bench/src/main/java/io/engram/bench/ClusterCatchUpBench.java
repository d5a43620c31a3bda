package io.engram.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/**
 * A node is stopped, the two others take many memories meanwhile, and it is started again: how fast it gets what it missed, and what
 * clients notice of that who write at a fixed rate, measured from when each write was due. The time counts from the moment at which
 * a survivor first sees the copies grow, so that the start of a JVM is not in it, until no copy lacks anything.
 */
final class ClusterCatchUpBench {
    private static final int MEMORIES = 20_000;
    private static final int BYTES = 1_000;
    private static final int SPACES = 64;
    private static final int BULK = 250;
    private static final int FILLERS = 4;
    private static final int FRONT_SPACES = 16;
    private static final double FRONT_RATE = 100;
    private static final double FRONT_SECONDS = 15;
    private static final int LONGEST_SECONDS = 300;
    private static final long LOOK_MS = 20;
    private static final double RATE_GOAL = 50;
    private static final double LATENCY_GOAL = 2;
    private static final int BATCH_BYTES = 2 << 20;

    private final Trial trial;
    private final int memories;
    private final int bytes;

    /** @param seconds since the copies began to grow */
    private record CatchUp(double readySeconds, double seconds, double sinceReadySeconds) {}

    ClusterCatchUpBench(Trial trial) {
        this.trial = trial;
        memories = trial.number("memories", MEMORIES);
        bytes = trial.number("bytes", BYTES);
    }

    void run() throws Exception {
        var conditions =
                ("%,d memories of %,d bytes in %d spaces missed, written %d at a time; beside it %.0f writes a second"
                                + " due on %d connections")
                        .formatted(memories, bytes, SPACES, BULK, FRONT_RATE, FRONT_SPACES);
        // Not so long away that others would take its places.
        var more = Map.of("ENGRAM_CLUSTER_REPLICATION_REPLICA_GONE", "30m", "ENGRAM_JAVA_OPTS", "-Xmx1g");
        try (var on = new ClusterTrial(trial, "A copy catches up", conditions, bytes);
                var nodes = on.nodes(more)) {
            on.make(nodes, ClusterTrial.spaces(SPACES));
            for (int i = 0; i < trial.number("rounds", 1); i++) {
                round(on, nodes);
            }
            on.readBack(nodes);
        }
    }

    private void round(ClusterTrial on, ClusterNodes nodes) throws Exception {
        var away = nodes.members().getLast();
        var others = nodes.members().subList(0, nodes.members().size() - 1);
        var front = new Front(on, others);
        front.run(FRONT_SECONDS / 2);
        away.terminate();
        away.awaitEnd();
        long logBefore = DiskFiles.bytes(away.data().resolve("log"));
        fill(on, others);
        // What the many writes have left to do would be counted to the few.
        for (var other : others) {
            DiskFiles.awaitQuiet(other.data(), trial.quietSeconds());
        }
        front.run(FRONT_SECONDS / 2);
        var before = front.run(FRONT_SECONDS);
        trial.out().printf("    before: %s%n", percentiles(before));
        var during = new Histogram(before);
        during.reset();
        var caughtUp = new CompletableFuture<CatchUp>();
        var watch = Thread.ofPlatform().start(() -> {
            try {
                caughtUp.complete(awaitCaughtUp(away, others));
            } catch (IOException | InterruptedException e) {
                caughtUp.completeExceptionally(e);
            }
        });
        away.launch();
        while (!caughtUp.isDone()) {
            during.add(front.run(1));
        }
        watch.join();
        var result = caughtUp.get();
        DiskFiles.awaitQuiet(away.data(), trial.quietSeconds());
        print(result, before, during, DiskFiles.bytes(away.data().resolve("log")) - logBefore);
    }

    private void fill(ClusterTrial on, List<ClusterNodes.Member> others) throws Exception {
        long begun = System.nanoTime();
        new Load(others.stream().map(ClusterNodes.Member::port).toList(), FILLERS)
                .count(
                        memories / BULK,
                        new AtomicInteger(),
                        (connection, number) -> on.acknowledged()
                                .rememberAll(connection, "space-%05d".formatted(number % SPACES), BULK));
        double seconds = (System.nanoTime() - begun) / 1e9;
        trial.out()
                .printf(
                        "    written with one node away in %.1f s, %,.0f memories and %.1f MB a second%n",
                        seconds, memories / seconds, (double) memories * bytes / 1e6 / seconds);
    }

    private static CatchUp awaitCaughtUp(ClusterNodes.Member away, List<ClusterNodes.Member> others)
            throws IOException, InterruptedException {
        long missing = missing(away, others);
        long launched = System.nanoTime();
        long end = launched + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        long begun = launched;
        long ready = 0;
        long left = missing;
        while (left > 0) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            long looked = System.nanoTime();
            left = missing(away, others);
            if (left >= missing) {
                begun = looked;
            }
            if (ready == 0 && serves(away)) {
                ready = looked;
            }
            if (looked - end > 0) {
                throw new IOException(left + " entries are still missing after " + LONGEST_SECONDS + " s");
            }
        }
        long now = System.nanoTime();
        ready = ready == 0 ? now : ready;
        return new CatchUp((ready - launched) / 1e9, (now - begun) / 1e9, (now - ready) / 1e9);
    }

    private static boolean serves(ClusterNodes.Member member) throws IOException {
        return member.isRunning() && member.output().stream().anyMatch(line -> line.startsWith("  HTTP    http"));
    }

    /** Entries that the copies of one node lack; those that clients write meanwhile are left out. */
    private static long missing(ClusterNodes.Member away, List<ClusterNodes.Member> others) throws IOException {
        long sum = 0;
        for (var other : others) {
            for (var copy : ClusterTrial.health(other).copies()) {
                if (copy.node().equals(away.name()) && copy.space().startsWith("space-")) {
                    sum += copy.isAdopted() ? copy.lag() : Math.max(1, copy.lag());
                }
            }
        }
        return sum;
    }

    private void print(CatchUp result, Histogram before, Histogram during, long logBytes) throws IOException {
        var out = trial.out();
        double megabytes = (double) memories * bytes / 1e6;
        var disk = PlainFile.run(trial.folder(), BATCH_BYTES, 1, 2);
        out.printf("    during: %s%n", percentiles(during));
        out.printf(
                "    ready %.1f s after its start; caught up %.2f s after the first copy grew, %.2f s after it was"
                        + " ready%n",
                result.readySeconds, result.seconds, result.sinceReadySeconds);
        out.printf(
                "    %,.0f memories/s, texts %.1f MB/s, log of %.1f MB %.1f MB/s (goal %.0f: %s); plain file in forced"
                        + " %d MiB: %,.0f MB/s%n",
                memories / result.seconds,
                megabytes / result.seconds,
                logBytes / 1e6,
                logBytes / 1e6 / result.seconds,
                RATE_GOAL,
                logBytes / 1e6 / result.seconds >= RATE_GOAL ? "met" : "NOT MET",
                BATCH_BYTES >> 20,
                disk.recordsPerSecond() * BATCH_BYTES / 1e6);
        double ratio = (double) during.getValueAtPercentile(99) / before.getValueAtPercentile(99);
        out.printf(
                "    p99 during in times of before: %.2f, goal at most %.0f: %s   load %s%n",
                ratio, LATENCY_GOAL, ratio <= LATENCY_GOAL ? "met" : "NOT MET", Machine.load());
    }

    private static String percentiles(Histogram latencies) {
        return "p50 %.1f  p99 %.1f  max %.1f ms of %,d writes"
                .formatted(
                        latencies.getValueAtPercentile(50) / 1e6,
                        latencies.getValueAtPercentile(99) / 1e6,
                        latencies.getMaxValue() / 1e6,
                        latencies.getTotalCount());
    }

    /** Clients that write at a fixed rate to the nodes that stay. */
    private static final class Front {
        private final ClusterTrial on;
        private final List<Integer> ports;

        Front(ClusterTrial on, List<ClusterNodes.Member> nodes) {
            this.on = on;
            ports = nodes.stream().map(ClusterNodes.Member::port).toList();
        }

        Histogram run(double seconds) throws Exception {
            return new Load(ports, FRONT_SPACES)
                    .fixedRate(
                            FRONT_RATE,
                            seconds,
                            on.acknowledged().numbers(),
                            (connection, number) -> on.acknowledged()
                                    .remember(connection, "front-%05d".formatted(number % FRONT_SPACES), number))
                    .latencies();
        }
    }
}
