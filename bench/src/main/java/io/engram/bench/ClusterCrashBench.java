package io.engram.bench;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * {@code kill -9} of the node that leads most, again and again, while each busy space has a client that retries: how long until each
 * space that it led takes a write again. Idle spaces are moved, too, and compete with the busy ones. The dead node is started again
 * and has caught up before the next one dies.
 */
final class ClusterCrashBench {
    private static final int SPACES = 1000;
    private static final int BUSY = 200;
    private static final int CRASHES = 5;
    private static final double PACE_SECONDS = 0.5;
    private static final double BEFORE_SECONDS = 3;
    private static final int LONGEST_SECONDS = 120;
    private static final double GOAL_MS = 5000;
    private static final Pattern LEADS = Pattern.compile("^(\\S+Z) .*this node leads shard \\d+ at epoch \\d+");
    private static final double NEVER_MS = LONGEST_SECONDS * 1e3;

    private final Trial trial;
    private final int busy;
    private final int spaces;
    private final List<Double> missed = new ArrayList<>();
    private final List<Double> moved = new ArrayList<>();
    private final List<Double> opened = new ArrayList<>();
    private final List<Double> first = new ArrayList<>();
    private final List<Double> worst = new ArrayList<>();
    private final List<Double> elsewhere = new ArrayList<>();

    ClusterCrashBench(Trial trial) {
        this.trial = trial;
        spaces = trial.number("spaces", SPACES);
        busy = Math.min(spaces, trial.number("busy", BUSY));
    }

    void run() throws Exception {
        int crashes = trial.number("crashes", CRASHES);
        var conditions =
                "%,d spaces, %,d of them busy with a write each %.1f s, %d times kill -9 of the node that leads most"
                        .formatted(spaces, busy, PACE_SECONDS, crashes);
        try (var on = new ClusterTrial(trial, "A node dies: until each busy space takes a write again", conditions);
                var nodes = on.nodes(Map.of())) {
            var names = ClusterTrial.spaces(spaces);
            on.make(nodes, names);
            int failed = 0;
            try (var writers =
                    SpaceWriters.start(on.acknowledged(), nodes.ports(), names.subList(0, busy), PACE_SECONDS)) {
                for (int i = 0; i < crashes; i++) {
                    crash(on, nodes, writers, i + 1);
                    nodes.startAll();
                    on.settle(nodes);
                }
                failed = writers.failed();
            }
            conclude(failed);
            on.readBack(nodes);
        }
    }

    private void crash(ClusterTrial on, ClusterNodes nodes, SpaceWriters writers, int round) throws Exception {
        Thread.sleep((long) (BEFORE_SECONDS * 1e3));
        var before = ClusterTrial.state(nodes.members().getFirst());
        var victim = nodes.member(before.first());
        var led = ClusterTrial.health(victim).led();
        var killed = Instant.now();
        var watches = kill(nodes, victim, writers);
        try {
            ClusterNodes.await(
                    LONGEST_SECONDS,
                    "a write of each busy space",
                    () -> writers.allHaveWritten() && watches.stream().allMatch(DeathWatch::hasMoved));
        } catch (IOException e) {
            // Said below, of how many.
            trial.out().println("    " + e.getMessage());
        } finally {
            for (var watch : watches) {
                watch.close();
            }
        }
        note(writers.firstMs(), led, watches);
        opened.add(openedMs(nodes.running(), killed));
        print(before, victim.name(), led.size(), round);
    }

    /** When the last shard was opened by a survivor, by the logs, in milliseconds since then; 0 if none was. */
    static double openedMs(Collection<ClusterNodes.Member> survivors, Instant since) throws IOException {
        double last = 0;
        for (var survivor : survivors) {
            last = Math.max(last, openedMs(survivor.output(), since));
        }
        return last;
    }

    static double openedMs(List<String> log, Instant since) {
        double last = 0;
        for (var line : log) {
            var leads = LEADS.matcher(line);
            if (leads.find()) {
                var at = Instant.parse(leads.group(1));
                last = Math.max(last, Duration.between(since, at).toMillis());
            }
        }
        return last;
    }

    private static List<DeathWatch> kill(ClusterNodes nodes, ClusterNodes.Member victim, SpaceWriters writers)
            throws IOException, InterruptedException {
        var others = new HashSet<>(nodes.running());
        others.remove(victim);
        writers.reset();
        victim.kill();
        writers.mark();
        return DeathWatch.start(others, victim.name(), writers.markNanos());
    }

    private void note(Map<String, Double> firstMs, Set<String> led, List<DeathWatch> watches) {
        var ofTheDead = new ArrayList<Double>();
        for (var space : ClusterTrial.spaces(busy)) {
            double ms = firstMs.getOrDefault(space, NEVER_MS);
            (led.contains(space) ? ofTheDead : elsewhere).add(ms);
        }
        first.addAll(ofTheDead);
        worst.add(Figures.percentile(ofTheDead, 100));
        missed.add(DeathWatch.missedMs(watches));
        moved.add(DeathWatch.movedMs(watches));
    }

    private void print(ClusterState.Nodes before, String dead, int spacesLed, int round) {
        trial.out()
                .printf(
                        "    %2d  %s led %,d shards, %,d spaces; missed after %,.0f ms, all moved in the catalog after"
                                + " %,.0f, last shard opened after %,.0f, last busy space writes after %,.0f ms   load"
                                + " %s%n",
                        round,
                        dead,
                        before.led(dead),
                        spacesLed,
                        missed.getLast(),
                        moved.getLast(),
                        opened.getLast(),
                        worst.getLast(),
                        Machine.load());
    }

    private void conclude(int failed) {
        var out = trial.out();
        out.println("  missed by both others:    " + Figures.spread(missed));
        out.println("  moved in their catalogs:  " + Figures.spread(moved) + "; of that after it was missed: "
                + Figures.spread(differences(moved, missed)));
        out.println("  last shard opened:        " + Figures.spread(opened) + "; of that after the move: "
                + Figures.spread(differences(opened, moved)));
        out.println("  spaces of the dead write: " + Figures.spread(first)
                + "; after all were open, the last of each death: " + Figures.spread(differences(worst, opened)));
        out.println("  spaces of the others:     " + Figures.spread(elsewhere));
        out.printf(
                "  all within %,.0f ms: %s; requests failed for good: %d%n",
                GOAL_MS, Figures.percentile(first, 100) <= GOAL_MS ? "met" : "NOT MET", failed);
    }

    private static Collection<Double> differences(List<Double> later, List<Double> earlier) {
        var all = new ArrayList<Double>();
        for (int i = 0; i < later.size(); i++) {
            all.add(later.get(i) - earlier.get(i));
        }
        return all;
    }
}
