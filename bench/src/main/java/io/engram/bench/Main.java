package io.engram.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Entry of {@code bench/run}. */
public final class Main {
    private Main() {}

    /** See {@code bench/run help}. */
    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var options = List.of(arguments);
        var what = options.isEmpty() ? "help" : options.getFirst();
        boolean peer = options.contains("--peer");
        double seconds = options.stream()
                .filter(option -> option.startsWith("--seconds="))
                .mapToDouble(option -> Double.parseDouble(option.substring(10)))
                .findFirst()
                .orElse(8);
        var root =
                Path.of(System.getProperty("engram.root", ".")).toAbsolutePath().normalize();
        var folder = Files.createDirectories(root.resolve("bench/target/data"));
        Map<String, String> environment = new HashMap<>();
        if (!what.equals("help")) {
            Machine.describe(out, folder);
        }
        switch (what) {
            case "durable" -> new DurableBench(root, folder, out, environment, seconds).run(peer);
            case "recall" -> new RecallBench(root, folder, out, environment).run();
            case "engine" -> new EngineBench(out).run();
            case "start" -> new StartBench(root, folder, out, environment).run();
            case "memory" -> new MemoryBench(root, folder, out).run();
            case "all" -> {
                new DurableBench(root, folder, out, environment, seconds).run(peer);
                new RecallBench(root, folder, out, environment).run();
                new StartBench(root, folder, out, environment).run();
                new MemoryBench(root, folder, out).run();
            }
            default -> out.println("""
                usage: bench/run durable|recall|engine|start|memory|all [--seconds=N] [--peer]
                  durable  remembers a second at 1, 16 and 64 connections, beside a plain file's
                  recall   latency of recall and search at 1k and 10k memories
                  start    from the launcher's start to the first answer
                  memory   resident memory of an idle node
                  --seconds=N  length of each measurement of durable, 8 unless given
                  --peer       also measure what is installed here of PostgreSQL and SQLite
                """);
        }
    }
}
