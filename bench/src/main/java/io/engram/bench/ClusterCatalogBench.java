package io.engram.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code kill -9} of a node that leads nearly everything, as one does after the others were stopped and came back: how long until the
 * catalog names another primary for each of its shards, in the eyes of both survivors, since both have missed it. The spaces are idle.
 */
final class ClusterCatalogBench {
    private static final int SPACES = 1000;
    private static final int STOPS = 3;
    private static final int LONGEST_SECONDS = 120;
    private static final double GOAL_MS = 2000;

    private final Trial trial;

    ClusterCatalogBench(Trial trial) {
        this.trial = trial;
    }

    void run() throws Exception {
        int spaces = trial.number("spaces", SPACES);
        var conditions = "%,d idle spaces, %d deaths".formatted(spaces, trial.rounds());
        try (var on = new ClusterTrial(trial, "A node dies that leads nearly everything: the catalog", conditions);
                var nodes = on.nodes(Map.of())) {
            on.make(nodes, ClusterTrial.spaces(spaces));
            var times = new ArrayList<Double>();
            for (int i = 0; i < trial.rounds(); i++) {
                times.add(die(on, nodes));
                nodes.startAll();
                on.settle(nodes);
            }
            trial.out()
                    .println("  ms from the last survivor's miss to the last move: " + Figures.atMost(GOAL_MS, times));
            on.readBack(nodes);
        }
    }

    private double die(ClusterTrial on, ClusterNodes nodes) throws Exception {
        var victim = nodes.member(ClusterTrial.state(nodes.members().getFirst()).first());
        var others = nodes.members().stream().filter(each -> each != victim).toList();
        // Each time one stops, the victim gets about half of what that one led, and nobody gets anything back.
        for (int i = 0; i < STOPS; i++) {
            var other = others.get(i % others.size());
            other.terminate();
            other.awaitEnd();
            nodes.startAll();
            on.settle(nodes);
        }
        int led = ClusterTrial.state(victim).led(victim.name());
        victim.kill();
        var watches = DeathWatch.start(others, victim.name(), System.nanoTime());
        try {
            ClusterNodes.await(
                    LONGEST_SECONDS, "the catalog", () -> watches.stream().allMatch(DeathWatch::hasMoved));
        } finally {
            close(watches);
        }
        double missed = DeathWatch.missedMs(watches);
        double moved = DeathWatch.movedMs(watches);
        var after = ClusterTrial.state(others.getFirst());
        trial.out()
                .printf(
                        "    %s led %,d shards; missed after %,.0f ms, all moved %,.0f ms later, to lead %,d and %,d  "
                                + " load %s%n",
                        victim.name(),
                        led,
                        missed,
                        moved - missed,
                        after.led(others.getFirst().name()),
                        after.led(others.getLast().name()),
                        Machine.load());
        return moved - missed;
    }

    private static void close(List<DeathWatch> watches) throws IOException, InterruptedException {
        for (var watch : watches) {
            watch.close();
        }
    }
}
