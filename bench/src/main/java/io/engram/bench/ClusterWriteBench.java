package io.engram.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Acknowledged writes a second of three nodes, each write on a majority of three disks, beside those of one node alone, on the same
 * machine in turn. Clients know nothing of who leads what: two of three requests reach a node that has to pass them on. What is
 * compared most fairly is processor time for each write, since three nodes share here what each would have for itself.
 */
final class ClusterWriteBench {
    private static final int CONNECTIONS = 64;
    private static final int SPACES = 64;
    private static final double SECONDS = 8;
    private static final int WARM_UP_CALLS = 15_000;
    private static final double LONGEST_WARM_UP = 100;
    private static final int RECORD_BYTES = 400;
    private static final double PROCESSOR_GOAL = 2.5;
    private static final double MEDIAN_GOAL = 2;

    private record Result(double perSecond, double p50, double p99, double micros) {}

    private final Trial trial;

    ClusterWriteBench(Trial trial) {
        this.trial = trial;
    }

    void run() throws Exception {
        double seconds = trial.seconds(SECONDS);
        int spaces = trial.number("spaces", SPACES);
        var conditions =
                "%d connections, %d spaces, texts of about 100 bytes, %.0f s each after %,d writes to warm up, %d rounds in turn"
                        .formatted(CONNECTIONS, spaces, seconds, WARM_UP_CALLS, trial.rounds());
        // Two runs of numbers, since both sets of nodes have the same spaces.
        try (var cluster = new ClusterTrial(trial, "Acknowledged writes, three nodes beside one", conditions);
                var single = new ClusterTrial(trial, "Beside them: one node alone", "the same load");
                var three = cluster.nodes(Map.of());
                var alone = single.alone()) {
            cluster.make(three, ClusterTrial.spaces(spaces));
            warmUp(cluster, three, spaces);
            warmUp(single, alone, spaces);
            var ofThree = new ArrayList<Result>();
            var ofOne = new ArrayList<Result>();
            for (int i = 0; i < trial.rounds(); i++) {
                for (boolean isThree : i % 2 == 0 ? List.of(false, true) : List.of(true, false)) {
                    var result = isThree
                            ? measure(cluster, three, spaces, seconds)
                            : measure(single, alone, spaces, seconds);
                    (isThree ? ofThree : ofOne).add(result);
                    print(isThree ? "three" : "one", i + 1, result);
                }
            }
            conclude(ofThree, ofOne);
            trial.out()
                    .printf(
                            "  requests sent again: %d%n",
                            cluster.acknowledged().repeated());
            single.readBack(alone);
            cluster.readBack(three);
        }
    }

    /** Most of what a young JVM does is to compile. */
    private void warmUp(ClusterTrial on, ClusterNodes nodes, int spaces) throws Exception {
        long begun = System.nanoTime();
        int first = on.acknowledged().numbers().get();
        while (on.acknowledged().numbers().get() - first < WARM_UP_CALLS
                && System.nanoTime() - begun < LONGEST_WARM_UP * 1e9) {
            measure(on, nodes, spaces, 4);
        }
        trial.out()
                .printf(
                        "    warmed up with %,d writes in %.0f s%n",
                        on.acknowledged().numbers().get() - first, (System.nanoTime() - begun) / 1e9);
    }

    private Result measure(ClusterTrial on, ClusterNodes nodes, int spaces, double seconds) throws Exception {
        TimeUnit.SECONDS.sleep(1);
        double before = nodes.processorSeconds();
        AtomicInteger numbers = on.acknowledged().numbers();
        var figure = new Load(nodes.ports(), CONNECTIONS)
                .closedLoop(
                        seconds,
                        numbers,
                        (connection, number) -> on.acknowledged()
                                .remember(connection, "space-%05d".formatted(number % spaces), number));
        double spent = nodes.processorSeconds() - before;
        return new Result(figure.perSecond(), figure.at(50), figure.at(99), spent * 1e6 / figure.calls());
    }

    private void print(String what, int round, Result result) throws Exception {
        var grouped = PlainFile.run(trial.folder(), RECORD_BYTES, CONNECTIONS, 1);
        trial.out()
                .printf(
                        "    %-5s %d %,8.0f/s  p50 %6.1f  p99 %7.1f ms  processor %,6.0f us a write"
                                + "   %.3f of a plain file forced in groups of %d (%,.0f/s)   load %s%n",
                        what,
                        round,
                        result.perSecond,
                        result.p50,
                        result.p99,
                        result.micros,
                        result.perSecond / grouped.recordsPerSecond(),
                        CONNECTIONS,
                        grouped.recordsPerSecond(),
                        Machine.load());
    }

    private void conclude(List<Result> three, List<Result> one) {
        var processor = new ArrayList<Double>();
        var median = new ArrayList<Double>();
        var p99 = new ArrayList<Double>();
        var throughput = new ArrayList<Double>();
        for (int i = 0; i < three.size(); i++) {
            processor.add(three.get(i).micros / one.get(i).micros);
            median.add(three.get(i).p50 / one.get(i).p50);
            p99.add(three.get(i).p99 / one.get(i).p99);
            throughput.add(three.get(i).perSecond / one.get(i).perSecond);
        }
        var out = trial.out();
        out.println(
                "  three nodes in times of one: processor time a write: " + Figures.atMost(PROCESSOR_GOAL, processor));
        out.println("  p50: " + Figures.atMost(MEDIAN_GOAL, median));
        out.printf(
                "  p99: median %.2f; throughput: median %.2f (the nodes share the processors of one machine)%n",
                Figures.median(p99), Figures.median(throughput));
    }
}
