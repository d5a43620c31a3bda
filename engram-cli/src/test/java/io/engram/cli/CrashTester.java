package io.engram.cli;

import io.engram.proof.Clients;
import io.engram.proof.Ledger;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Starts a node, lets clients write, ends it in one of several ways at a seeded moment, and does that again on the same
 * folder. Every few rounds, and at the end, everything that was ever acknowledged is compared with what is there.
 *
 * <p>{@code bench/crash} runs it for thousands of rounds.
 */
final class CrashTester {
    /** How a round ends. */
    enum End {
        /** Killed at any moment of the start. */
        KILLED_WHILE_STARTING,
        /** Killed with the first few acknowledgements. */
        KILLED_AT_FIRST,
        /** Killed under load, while snapshots are taken all the time. */
        KILLED_UNDER_LOAD,
        /** Told to stop, in the middle of everything. */
        STOPPED
    }

    /** Snapshots as often as the configuration allows, and tables that are soon full. */
    static final Map<String, String> ENVIRONMENT = Map.of(
            "ENGRAM_PERSISTENCE_SNAPSHOT_EVERY", "10",
            "ENGRAM_PERSISTENCE_WRITE_BUFFER_BYTES", "1MiB",
            "ENGRAM_PERSISTENCE_MIN_FREE_BYTES", "0");

    private static final int CLIENTS = 6;
    private static final int SPACES = 10;
    private static final int NODE_STARTS_MS = 2_500;

    private final Path folder;
    private final Random random;
    private final List<End> ends;
    private final Ledger ledger = new Ledger();
    private final Clients clients;
    private final Map<End, Integer> counts = new EnumMap<>(End.class);
    private final PrintStream report;
    private int round;
    private long startMs = NODE_STARTS_MS;

    /** @param ends how rounds may end; one that is named twice is taken twice as often */
    CrashTester(Path folder, long seed, List<End> ends, PrintStream report) {
        this.folder = folder;
        this.random = new Random(seed);
        this.ends = ends;
        this.clients = new Clients(ledger, seed, CLIENTS, SPACES);
        this.report = report;
    }

    Ledger ledger() {
        return ledger;
    }

    /**
     * Goes through rounds.
     *
     * @param compareEvery how many rounds share one comparison
     * @return what was found to be wrong
     */
    List<String> run(int rounds, int compareEvery) throws Exception {
        var faults = new ArrayList<String>();
        for (var left = rounds; left > 0 && faults.isEmpty(); left--) {
            round++;
            var end = ends.get(random.nextInt(ends.size()));
            counts.merge(end, 1, Integer::sum);
            if (end == End.KILLED_WHILE_STARTING) {
                killWhileStarting();
                continue;
            }
            var begun = System.nanoTime();
            try (var node = NodeProcess.ready(folder, ENVIRONMENT);
                    var target = new NodeTarget(node)) {
                startMs = (System.nanoTime() - begun) / 1_000_000;
                if (round % compareEvery == 0) {
                    faults.addAll(compare(target));
                }
                work(node, target, end);
            }
            deleteOutput();
        }
        try (var node = NodeProcess.ready(folder, ENVIRONMENT);
                var target = new NodeTarget(node)) {
            faults.addAll(compare(target));
        }
        report.printf("after round %d: %s; ends: %s%n", round, ledger.summary(), counts);
        return faults;
    }

    /** A round's process leaves its words in a file; those of a sound one are of no use. */
    private void deleteOutput() throws IOException {
        try (var files = Files.newDirectoryStream(folder, "node-*")) {
            for (var file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void killWhileStarting() throws Exception {
        try (var node = NodeProcess.launch(folder, ENVIRONMENT, "-p", "0", "-g", "0")) {
            // Not to wait for something, but to come at any moment.
            Thread.sleep(random.nextLong(startMs + 100));
            node.kill();
        }
    }

    private void work(NodeProcess node, NodeTarget target, End end) throws Exception {
        try (var run = clients.start(target)) {
            switch (end) {
                case KILLED_AT_FIRST -> {
                    run.awaitAcknowledged(1 + random.nextInt(5));
                    node.kill();
                }
                case STOPPED -> {
                    run.awaitAcknowledged(20 + random.nextInt(100));
                    node.terminate();
                    var code = node.exitCode(Duration.ofSeconds(40));
                    if (code != 0) {
                        throw new AssertionError("stopped with exit code " + code + ":\n" + node.output());
                    }
                }
                default -> {
                    run.awaitAcknowledged(50 + random.nextInt(300));
                    node.kill();
                }
            }
        }
    }

    private List<String> compare(NodeTarget target) throws Exception {
        var faults = new ArrayList<String>();
        clients.retry(target, random).ifPresent(faults::add);
        faults.addAll(ledger.compare(target.everything()));
        return faults.stream()
                .map(fault -> "round %d: %s".formatted(round, fault))
                .toList();
    }

    /** @param arguments rounds, seed, folder (made if missing; kept), and how many rounds share a folder */
    public static void main(String[] arguments) throws Exception {
        var rounds = Integer.parseInt(arguments[0]);
        var seed = Long.parseLong(arguments[1]);
        var parent = Path.of(arguments[2]);
        var inOneFolder = Integer.parseInt(arguments[3]);
        var usual = List.of(
                End.KILLED_WHILE_STARTING,
                End.KILLED_AT_FIRST,
                End.KILLED_UNDER_LOAD,
                End.KILLED_UNDER_LOAD,
                End.KILLED_UNDER_LOAD,
                End.STOPPED);
        for (var done = 0; done < rounds; done += inOneFolder) {
            var folder = Files.createDirectories(parent.resolve("seed-" + seed));
            System.out.printf("rounds %d to %d, seed %d, in %s%n", done + 1, done + inOneFolder, seed, folder);
            var tester = new CrashTester(folder, seed, usual, System.out);
            var faults = tester.run(Math.min(inOneFolder, rounds - done), 5);
            if (!faults.isEmpty()) {
                faults.forEach(System.out::println);
                System.out.println("FAILED with seed " + seed + "; the folder is kept: " + folder);
                System.exit(1);
            }
            deleteAll(folder);
            seed++;
        }
        System.out.println("PASSED");
        System.exit(0);
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
