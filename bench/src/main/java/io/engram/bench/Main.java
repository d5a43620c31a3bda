package io.engram.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Entry of {@code bench/run}. */
public final class Main {
    private static final Pattern NUMBER =
            Pattern.compile("--(seconds|rounds|entries|memories|spaces|busy|crashes|bytes)=(\\d+(?:\\.\\d+)?)");

    private Main() {}

    /** See {@code bench/run help}. */
    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var options = List.of(arguments);
        var what = options.isEmpty() ? "help" : options.getFirst();
        boolean peer = options.contains("--peer");
        var numbers = numbers(options.subList(Math.min(1, options.size()), options.size()));
        double seconds = numbers.getOrDefault("seconds", 8.0);
        var root =
                Path.of(System.getProperty("engram.root", ".")).toAbsolutePath().normalize();
        var folder = Files.createDirectories(root.resolve("bench/target/data"));
        Map<String, String> environment = new HashMap<>();
        var trial = new Trial(root, folder, out, numbers);
        if (!what.equals("help")) {
            Machine.describe(out, folder);
        }
        switch (what) {
            case "durable" -> new DurableBench(root, folder, out, environment, seconds).run(peer);
            case "recall" -> new RecallBench(root, folder, out, environment).run();
            case "engine" -> new EngineBench(out).run();
            case "start" -> new StartBench(root, folder, out, environment).run();
            case "memory" -> new MemoryBench(root, folder, out).run();
            case "log" -> new LogBench(trial).run();
            case "actor" -> new ActorBench(trial).run();
            case "postgres" -> new PostgresBench(trial).run();
            case "replay" -> {
                new ReplayBench(trial).run();
                new RestartBench(trial).run();
            }
            case "restart" -> new RestartBench(trial).run();
            case "growth" -> new GrowthBench(trial).run();
            case "amplification" -> new AmplificationBench(trial).run();
            case "storage" -> {
                new LogBench(trial).run();
                new ActorBench(trial).run();
                new PostgresBench(trial).run();
                new ReplayBench(trial).run();
                new RestartBench(trial).run();
                new GrowthBench(trial).run();
                new AmplificationBench(trial).run();
            }
            case "all" -> {
                new DurableBench(root, folder, out, environment, seconds).run(peer);
                new RecallBench(root, folder, out, environment).run();
                new StartBench(root, folder, out, environment).run();
                new MemoryBench(root, folder, out).run();
            }
            case "cluster-writes" -> new ClusterWriteBench(trial).run();
            case "cluster-crash" -> new ClusterCrashBench(trial).run();
            case "cluster-stop" -> new ClusterStopBench(trial).run();
            case "cluster-catch-up" -> new ClusterCatchUpBench(trial).run();
            case "cluster-idle" -> new ClusterIdleBench(trial).run();
            case "cluster-catalog" -> new ClusterCatalogBench(trial).run();
            case "cluster" -> {
                new ClusterWriteBench(trial).run();
                new ClusterCrashBench(trial).run();
                new ClusterStopBench(trial).run();
                new ClusterCatchUpBench(trial).run();
                new ClusterIdleBench(trial).run();
                new ClusterCatalogBench(trial).run();
            }
            default -> out.println("""
                usage: bench/run WHAT [OPTION...]
                  durable  remembers a second at 1, 16 and 64 connections, beside a plain file's
                  recall   latency of recall and search at 1k and 10k memories
                  engine   the same without a node around it
                  start    from the launcher's start to the first answer
                  memory   resident memory of an idle node
                  all      durable, recall, start and memory
                  --seconds=N  length of each measurement of durable, 8 unless given
                  --peer       also measure what is installed here of PostgreSQL and SQLite

                the storage, each in rounds that alternate with the machine's own limit
                  log            durable appends a second, beside LevelDB alone and a plain file
                  actor          durable remembers a second without HTTP: 64 spaces, one hot space, one at a time
                  postgres       the same load on a node and on PostgreSQL, where that is installed
                  replay         entries a second read from a long log, then restart
                  restart        from a node's start to its first answer out of a large space
                  growth         what appends and reads cost while a log grows
                  amplification  bytes written and bytes on disk for each byte given
                  storage        all of these
                  --seconds=N    length of each measurement: 3 unless given; postgres 5, growth and amplification 1
                  --rounds=N     3 unless given
                  --entries=N    of the log: replay 500,000, growth 1,000,000, amplification 200,000 unless given
                  --memories=N   of the space of restart, 100,000 unless given

                a cluster of three nodes on this machine; every acknowledged write is read back in the end
                  cluster-writes    acknowledged writes a second and processor time for each, beside one node alone
                  cluster-crash     kill -9 of the node that leads most, until each busy space takes a write again
                  cluster-stop      a node is stopped: the longest time without a write, failed requests
                  cluster-catch-up  a copy gets what it missed: bytes a second, and what clients notice
                  cluster-idle      processor time and traffic of nodes that nobody asks for anything
                  cluster-catalog   a node dies that leads nearly everything, until the catalog has moved it all
                  cluster           all of these, as far as they are not told otherwise
                  --spaces=N     1,000 unless given; writes 64, idle 10,000
                  --busy=N       of these with a client each: crash 200, stop 48 unless given
                  --crashes=N    of cluster-crash, 5 unless given
                  --memories=N   that the copy of cluster-catch-up misses, 20,000 unless given
                  --bytes=N      of each of these, 1,000 unless given
                  --rounds=N     writes and catalog 3, idle 2, stop (all three nodes) and catch-up 1 unless given
                  --seconds=N    of each measurement: writes 8, idle 30 unless given
                """);
        }
    }

    /** The options that have a number. */
    private static Map<String, Double> numbers(List<String> options) {
        Map<String, Double> numbers = new HashMap<>();
        for (var option : options) {
            var number = NUMBER.matcher(option);
            if (number.matches()) {
                numbers.put(number.group(1), Double.parseDouble(number.group(2)));
            } else if (!option.equals("--peer")) {
                throw new IllegalArgumentException("no such option: " + option + "; bench/run help lists them");
            }
        }
        return numbers;
    }
}
