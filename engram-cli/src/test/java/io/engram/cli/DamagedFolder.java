package io.engram.cli;

import io.engram.proof.Clients;
import io.engram.proof.Damage;
import io.engram.proof.Ledger;
import io.engram.proof.Ledger.Fault;
import io.engram.proof.Target.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A data folder of a real run, and what a node makes of damaged copies of it. */
final class DamagedFolder {
    /** What became of a node on a damaged folder. */
    enum Outcome {
        /** Everything that was acknowledged is there. */
        WHOLE,
        /** Some of the very last writes are missing and nothing else. */
        WITHOUT_TAIL,
        /** Some spaces answer 503; the others are whole. */
        QUARANTINED,
        /** It did not start, and said why. */
        REFUSED,
        /** It did not start, and changed what there is to rescue. */
        REFUSED_AND_CHANGED,
        /** A space gives no answer, neither its memories nor a reason. */
        UNANSWERED,
        /** What is there is there, but a space that is not quarantined takes no writes, or one that is does. */
        WRITES_ASTRAY,
        /** It answers 200 as if all was well, and acknowledged memories are missing, or gone ones are back. */
        SILENTLY_WRONG,
        /** It ended in a way that nobody wrote: a signal, a stack trace, a time-out. */
        CRASHED
    }

    /** @param words all that was said: the process's output and the answers that were no success */
    record Verdict(Outcome outcome, String damage, String words) {}

    /** No more than these can be in a torn tail. */
    private static final int TAIL_WRITES = 20;

    private static final int SPACES = 6;
    private static final String LATE = "written after the damage";

    private final Path work;
    private final Path original;
    private final Ledger ledger = new Ledger();

    /** Runs a node until its folder has tables, write-ahead logs with something in them, and snapshots; then kills it. */
    DamagedFolder(Path work, long seed) throws Exception {
        this.work = work;
        var folder = Files.createDirectories(work.resolve("run-" + seed));
        var clients = new Clients(ledger, seed, 4, SPACES);
        for (var life = 0; life < 3; life++) {
            try (var node = NodeProcess.ready(folder, CrashTester.ENVIRONMENT);
                    var target = new NodeTarget(node)) {
                if (life == 2) {
                    // From here on, what is there is what is known.
                    ledger.compare(target.everything());
                }
                try (var run = clients.start(target)) {
                    run.awaitAcknowledged(250);
                }
                if (life == 2 && !ledger.compare(target.everything()).isEmpty()) {
                    throw new IllegalStateException("wrong before anything was damaged");
                }
                if (life == 2) {
                    // So that the end of the log is something that clients wrote, and not the tidying after a snapshot.
                    try (var run = clients.start(target)) {
                        run.awaitAcknowledged(4);
                    }
                }
                node.kill();
            }
        }
        original = folder.resolve("engram-data");
    }

    /** The same for the log of a folder under another one's snapshots and whatever else names its node. */
    Verdict withLogOf(DamagedFolder other) throws Exception {
        var copy = copy("other");
        var log = copy.resolve("engram-data/log");
        deleteAll(log);
        copy(other.original.resolve("log"), log);
        return classified(copy, "another node's log");
    }

    Verdict after(Damage damage, long seed) throws Exception {
        var copy = copy(damage + "-" + seed);
        return classified(copy, damage.doTo(copy.resolve("engram-data"), seed));
    }

    private Path copy(String name) throws IOException {
        var copy = Files.createDirectories(work.resolve(name));
        copy(original, copy.resolve("engram-data"));
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : files.toList()) {
                var target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    static void deleteAll(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Starts a node on it twice, since whoever supervises it does that: the second time must not be worse. */
    private Verdict classified(Path folder, String damage) throws Exception {
        try {
            var before = contents(folder.resolve("engram-data/log"));
            var written = new HashSet<String>();
            var first = started(folder, damage, written);
            var second = started(folder, damage, written);
            if (first.outcome() == Outcome.REFUSED
                    && second.outcome() == Outcome.REFUSED
                    && !before.equals(contents(folder.resolve("engram-data/log")))) {
                return new Verdict(Outcome.REFUSED_AND_CHANGED, damage, first.words());
            }
            return second.outcome().compareTo(first.outcome()) > 0
                    ? new Verdict(second.outcome(), damage + ", at the second start", first.words() + second.words())
                    : first;
        } finally {
            deleteAll(folder);
        }
    }

    private static boolean isReady(NodeProcess node) throws IOException {
        try {
            return node.becomesReady();
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            return false;
        }
    }

    /** @param written the spaces that took a write at an earlier start, and those that take one at this */
    private Verdict started(Path folder, String damage, Set<String> written) throws Exception {
        var environment = new HashMap<>(CrashTester.ENVIRONMENT);
        // What is damaged is met at once, not within a week.
        environment.put("ENGRAM_PERSISTENCE_SCRUB_PERIOD", "10ms");
        environment.put("ENGRAM_PERSISTENCE_SCRUB_RATE", "1GiB");
        try (var node = NodeProcess.launch(folder, environment, "-p", "0", "-g", "0")) {
            if (!isReady(node)) {
                if (node.isAlive()) {
                    return new Verdict(Outcome.CRASHED, damage, "neither ready nor ended\n" + node.output());
                }
                var code = node.exitCode(java.time.Duration.ofSeconds(10));
                var output = node.output();
                var refused = code == ExitCodes.FAILURE && !output.contains("PANIC") && !output.contains("\tat ");
                return new Verdict(refused ? Outcome.REFUSED : Outcome.CRASHED, damage, "exit " + code + "\n" + output);
            }
            try (var target = new NodeTarget(node)) {
                return served(node, target, damage, written);
            } catch (Api.Unreachable e) {
                var outcome = node.isAlive() ? Outcome.UNANSWERED : Outcome.CRASHED;
                return new Verdict(outcome, damage, e.getMessage() + "\n" + node.output());
            }
        }
    }

    /** What is worth rescuing, by name and content. */
    private static Map<String, Integer> contents(Path log) throws IOException {
        Map<String, Integer> result = new TreeMap<>();
        try (var files = Files.list(log)) {
            for (var file : files.toList()) {
                var name = file.getFileName().toString();
                if (name.matches("\\d+\\.(log|sst)|MANIFEST-\\d+|CURRENT")) {
                    result.put(name, java.util.Arrays.hashCode(Files.readAllBytes(file)));
                }
            }
        }
        return result;
    }

    /** Whether each space that reads takes a write, and no other does. */
    private static boolean writesAsRead(
            NodeTarget target, List<String> refused, StringBuilder words, Set<String> written) throws Exception {
        for (var number = 0; number < SPACES; number++) {
            var space = "space-" + number;
            var reply = target.api()
                    .send(
                            "POST",
                            "/api/v1/memories/remember",
                            Map.of("X-Memory-Space", space),
                            Optional.of(Api.JSON.createObjectNode().put("content", LATE)));
            if (reply.status() != (refused.contains(space) ? 503 : 201)) {
                words.append("a write to ")
                        .append(space)
                        .append(": ")
                        .append(reply.status())
                        .append(' ');
                words.append(reply.body()).append('\n');
                return false;
            }
            if (reply.status() == 201) {
                written.add(space);
            }
        }
        return true;
    }

    /** Waits until everything was read back, so that nothing of what is damaged has not been met. */
    private static void awaitReadBack(NodeTarget target) {
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(30))
                .pollInterval(java.time.Duration.ofMillis(20))
                .until(() -> target.api()
                        .send("GET", "/api/v1/system/health", Map.of(), Optional.empty())
                        .body()
                        .toString()
                        .contains("were read back until"));
    }

    private Verdict served(NodeProcess node, NodeTarget target, String damage, Set<String> written) throws Exception {
        var words = new StringBuilder();
        awaitReadBack(target);
        Map<String, List<Found>> there = new HashMap<>();
        var refused = new ArrayList<String>();
        for (var number = 0; number < SPACES; number++) {
            var space = "space-" + number;
            var reply = target.api().send("GET", "/api/v1/memories?limit=1&space=" + space, Map.of(), Optional.empty());
            if (reply.status() == 200) {
                var found = target.everythingIn(space);
                var late =
                        found.stream().filter(each -> each.text().equals(LATE)).toList();
                if (late.isEmpty() && written.contains(space)) {
                    words.append("what ").append(space).append(" took after the damage is gone\n");
                    return new Verdict(Outcome.SILENTLY_WRONG, damage, words + node.output());
                }
                there.put(
                        space,
                        found.stream().filter(each -> !late.contains(each)).toList());
            } else {
                refused.add(space);
                words.append(space)
                        .append(": ")
                        .append(reply.status())
                        .append(' ')
                        .append(reply.body())
                        .append('\n');
                if (reply.status() != 503) {
                    return new Verdict(Outcome.CRASHED, damage, words.toString());
                }
            }
        }
        words.append(target.api()
                        .send("GET", "/api/v1/system/health", Map.of(), Optional.empty())
                        .body())
                .append('\n');
        var counts = new TreeMap<Fault, Integer>();
        var oldest = 0L;
        for (var difference : ledger.differences(there)) {
            if (!refused.contains(difference.space())) {
                counts.merge(difference.fault(), 1, Integer::sum);
                oldest = Math.max(oldest, difference.age());
            }
        }
        words.append(counts).append('\n').append(node.output());
        if (!node.isAlive()) {
            return new Verdict(Outcome.CRASHED, damage, words.toString());
        }
        if (!counts.isEmpty()) {
            var tail = refused.isEmpty() && oldest <= TAIL_WRITES;
            return new Verdict(tail ? Outcome.WITHOUT_TAIL : Outcome.SILENTLY_WRONG, damage, words.toString());
        }
        if (!writesAsRead(target, refused, words, written)) {
            return new Verdict(Outcome.WRITES_ASTRAY, damage, words.toString());
        }
        return new Verdict(refused.isEmpty() ? Outcome.WHOLE : Outcome.QUARANTINED, damage, words.toString());
    }
}
