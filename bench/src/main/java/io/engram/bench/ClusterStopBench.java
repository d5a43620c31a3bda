package io.engram.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A node is stopped in order (SIGTERM) and started again, one after the other, while each busy space has a client that retries:
 * the longest time without an acknowledged write in each space, beside the same while nothing happens. Clients of the node that
 * stops go to another one; only what they could not place in the end counts as failed.
 */
final class ClusterStopBench {
    private static final int SPACES = 1000;
    private static final int BUSY = 48;
    private static final double PACE_SECONDS = 0.05;
    private static final double QUIET_SECONDS = 10;
    private static final int AFTER_SECONDS = 4;
    private static final double GOAL_MS = 500;

    private final Trial trial;
    private final int spaces;
    private final int busy;
    private final List<Double> quiet = new ArrayList<>();
    private final List<Double> moved = new ArrayList<>();
    private final List<Double> stayed = new ArrayList<>();
    private int failed;

    ClusterStopBench(Trial trial) {
        this.trial = trial;
        spaces = trial.number("spaces", SPACES);
        busy = Math.min(spaces, trial.number("busy", BUSY));
    }

    void run() throws Exception {
        var conditions =
                "%,d spaces, %d of them busy with a write each %.0f ms; each of %d nodes is stopped in turn, %d times"
                        .formatted(spaces, busy, PACE_SECONDS * 1e3, ClusterTrial.NODES, trial.number("rounds", 1));
        try (var on = new ClusterTrial(trial, "A node is stopped: the longest time without a write", conditions);
                var nodes = on.nodes(Map.of())) {
            var names = ClusterTrial.spaces(spaces);
            on.make(nodes, names);
            try (var writers =
                    SpaceWriters.start(on.acknowledged(), nodes.ports(), names.subList(0, busy), PACE_SECONDS)) {
                TimeUnit.SECONDS.sleep((long) QUIET_SECONDS);
                for (int i = 0; i < trial.number("rounds", 1) * ClusterTrial.NODES; i++) {
                    stop(nodes, nodes.members().get(i % ClusterTrial.NODES), writers);
                    nodes.startAll();
                    on.settle(nodes);
                }
            }
            conclude();
            on.readBack(nodes);
        }
    }

    private void stop(ClusterNodes nodes, ClusterNodes.Member victim, SpaceWriters writers) throws Exception {
        writers.reset();
        TimeUnit.MILLISECONDS.sleep((long) (QUIET_SECONDS * 1e3));
        quiet.addAll(writers.gapsMs().values());
        var led = ClusterTrial.health(victim).led();
        int shards = ClusterTrial.state(victim).led(victim.name());
        writers.reset();
        long begun = System.nanoTime();
        victim.terminate();
        victim.awaitEnd();
        double endedMs = (System.nanoTime() - begun) / 1e6;
        TimeUnit.SECONDS.sleep(AFTER_SECONDS);
        var ofTheStopped = new ArrayList<Double>();
        writers.gapsMs().forEach((space, ms) -> {
            if (led.contains(space)) {
                ofTheStopped.add(ms);
            } else {
                stayed.add(ms);
            }
        });
        moved.addAll(ofTheStopped);
        failed += writers.failed();
        trial.out()
                .printf(
                        "    %s led %,d shards and ended after %,.0f ms; without a write: %s; %,d written, %d failed,"
                                + " tried again %s   load %s%n",
                        victim.name(),
                        shards,
                        endedMs,
                        Figures.spread(ofTheStopped),
                        writers.written(),
                        writers.failed(),
                        writers.attempts(),
                        Machine.load());
    }

    private void conclude() {
        var out = trial.out();
        out.println("  longest time without a write of each space while nothing happens: " + Figures.spread(quiet));
        out.println("  of spaces that stayed where they were:                            " + Figures.spread(stayed));
        out.println("  of spaces that the stopped node led:                              " + Figures.spread(moved));
        out.printf(
                "  all within %.0f ms: %s; failed for good: %d, goal 0: %s%n",
                GOAL_MS,
                Figures.percentile(moved, 100) <= GOAL_MS ? "met" : "NOT MET",
                failed,
                failed == 0 ? "met" : "NOT MET");
    }
}
