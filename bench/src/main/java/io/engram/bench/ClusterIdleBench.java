package io.engram.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Processor time of each node, and bytes between nodes, while nobody asks for anything, without a space and with many. The bytes are
 * what the kernel tells of each connection between the nodes ({@code ss}); those of connections that end meanwhile are lost.
 */
final class ClusterIdleBench {
    private static final int SPACES = 10_000;
    private static final double SECONDS = 30;
    private static final int QUIET_SECONDS = 15;
    private static final double GOAL_PERCENT = 2;
    private static final Pattern PORT = Pattern.compile(":(\\d+)\\s");
    private static final Pattern SENT = Pattern.compile("\\bbytes_sent:(\\d+)");

    private final Trial trial;

    ClusterIdleBench(Trial trial) {
        this.trial = trial;
    }

    void run() throws Exception {
        int spaces = trial.number("spaces", SPACES);
        double seconds = trial.seconds(SECONDS);
        var conditions = "%.0f s, without a space and with %,d, %d s after the last write"
                .formatted(seconds, spaces, QUIET_SECONDS);
        try (var on = new ClusterTrial(trial, "Idle nodes", conditions);
                var nodes = on.nodes(Map.of())) {
            measure(nodes, 0, seconds);
            on.make(nodes, ClusterTrial.spaces(spaces));
            var percents = new ArrayList<Double>();
            for (int i = 0; i < trial.number("rounds", 2); i++) {
                percents.addAll(measure(nodes, spaces, seconds));
            }
            trial.out()
                    .printf(
                            "  the busiest: %.2f %% of a core; goal at most %.0f: %s%n",
                            Figures.percentile(percents, 100),
                            GOAL_PERCENT,
                            Figures.percentile(percents, 100) <= GOAL_PERCENT ? "met" : "NOT MET");
            on.readBack(nodes);
        }
    }

    private Collection<Double> measure(ClusterNodes nodes, int spaces, double seconds) throws Exception {
        TimeUnit.SECONDS.sleep(QUIET_SECONDS);
        var before = new ArrayList<Double>();
        for (var member : nodes.members()) {
            before.add(member.processorSeconds());
        }
        var sentBefore = sentBetween(nodes);
        long begun = System.nanoTime();
        TimeUnit.MILLISECONDS.sleep((long) (seconds * 1e3));
        double elapsed = (System.nanoTime() - begun) / 1e9;
        var percents = new ArrayList<Double>();
        for (int i = 0; i < nodes.members().size(); i++) {
            percents.add(100 * (nodes.members().get(i).processorSeconds() - before.get(i)) / elapsed);
        }
        var sentAfter = sentBetween(nodes);
        trial.out()
                .printf(
                        "    %,6d spaces: %s %% of a core; between all nodes %s   load %s%n",
                        spaces,
                        percents.stream().map("%.2f"::formatted).toList(),
                        sentBefore.isPresent() && sentAfter.isPresent()
                                ? "%,.0f bytes a second"
                                        .formatted((sentAfter.getAsLong() - sentBefore.getAsLong()) / elapsed)
                                : "unknown (no ss here)",
                        Machine.load());
        return percents;
    }

    private static OptionalLong sentBetween(ClusterNodes nodes) throws IOException, InterruptedException {
        var ports = new HashSet<Integer>();
        nodes.members().forEach(member -> ports.addAll(member.innerPorts()));
        try {
            var ss =
                    new ProcessBuilder("ss", "-tinHO").redirectErrorStream(true).start();
            var lines = new String(ss.getInputStream().readAllBytes()).lines().toList();
            return ss.waitFor() == 0 ? OptionalLong.of(sent(lines, ports)) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Bytes sent at both ends of all connections that have one of the ports at either end, one connection a line. */
    static long sent(List<String> lines, Collection<Integer> ports) {
        long sum = 0;
        for (var line : lines) {
            var sent = SENT.matcher(line);
            var port = PORT.matcher(line);
            boolean isBetween = false;
            while (port.find()) {
                isBetween |= ports.contains(Integer.parseInt(port.group(1)));
            }
            if (isBetween && sent.find()) {
                sum += Long.parseLong(sent.group(1));
            }
        }
        return sum;
    }
}
