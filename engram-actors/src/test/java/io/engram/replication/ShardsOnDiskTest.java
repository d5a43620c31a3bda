package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.LogStore;
import io.engram.log.TestLogs;
import io.engram.log.format.LogPoint;
import io.engram.shard.StoredChanges;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three copies of a shard on real log stores, in one thread and with messages that arrive at once. Beside each store stands the
 * simulator's idea of a disk, to which the same changes are made: both must hold the same after every one of them. So what the
 * simulator proves of the protocol holds on real disks.
 */
class ShardsOnDiskTest {
    private static final ShardId SHARD = new ShardId("17");
    private static final List<String> SPACES = List.of("ann", "bob/s", "中");
    private static final long STEP_MICROS = 3_000_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final ArrayDeque<Runnable> events = new ArrayDeque<>();
    private final Map<Long, Outcome> answers = new HashMap<>();
    private final TreeMap<String, Node> nodes = new TreeMap<>();
    private final Map<String, Integer> happened = new TreeMap<>();
    private SplittableRandom random = new SplittableRandom();
    private Optional<Configuration> active = Optional.empty();
    private Optional<Configuration> newest = Optional.empty();
    private long now = 1_000;
    private long request;

    /** A node with its store, and what the simulator would hold in its place. */
    private final class Node {
        final ReplicaId id;
        final Map<LogName, LogPoint> snapshots = new HashMap<>();
        StoredShard model = StoredShard.EMPTY;
        LogStore store;
        Shard shard;
        boolean up = true;

        Node(String name) {
            id = new ReplicaId(name);
            store = TestLogs.open(folder.resolve(name));
            shard = build();
        }

        LogReader reader() {
            return new io.engram.shard.StoredShard(store, SHARD, log -> Optional.ofNullable(snapshots.get(log)));
        }

        Shard build() {
            return new Shard(SHARD, id, ReplicationSettings.DEFAULTS, reader(), random.split(), now);
        }

        void stop() {
            up = false;
            store.close();
        }

        void start() {
            store = TestLogs.open(folder.resolve(id.incarnation()));
            up = true;
            readBack();
            holdsWhatTheSimulatorWould();
            shard = build();
            learn();
        }

        /** As the background does once in a while: whatever is damaged is known then. */
        private void readBack() {
            for (var log : reader().logs()) {
                var stored = model.log(log);
                for (var index : stored.damaged()) {
                    reader().point(log, index);
                }
                model = model.with(log, stored.note());
            }
        }

        void learn() {
            active.ifPresent(last -> with(shard -> shard.active(now, last)));
            newest.filter(it -> !active.equals(newest)).ifPresent(opening -> {
                if (opening.primary().equals(id)) {
                    with(shard -> shard.open(now, opening, active));
                } else {
                    with(shard -> shard.superseded(now, opening.epoch()));
                }
            });
        }

        void with(Consumer<Shard> action) {
            if (!up) {
                return;
            }
            action.accept(shard);
            for (var outputs = shard.takeOutputs(); !outputs.isEmpty(); outputs = shard.takeOutputs()) {
                outputs.forEach(this::perform);
            }
        }

        private void later(Consumer<Shard> action) {
            var built = shard;
            events.add(() -> {
                if (shard == built) {
                    with(action);
                }
            });
        }

        private void perform(Output output) {
            switch (output) {
                case Output.Send send ->
                    events.add(() -> node(send.to()).with(shard -> shard.receive(now, id, send.message())));
                case Output.Force force -> force(force);
                case Output.FetchSnapshot fetch -> {
                    happens(output);
                    var there =
                            fetch.point().equals(node(fetch.from()).snapshots.get(fetch.log()));
                    if (there) {
                        keepSnapshot(fetch.log(), fetch.point());
                        later(shard -> shard.snapshotFetched(now, fetch.log(), fetch.point()));
                    } else {
                        later(shard -> shard.snapshotFailed(now, fetch.log()));
                    }
                }
                case Output.Activate activate ->
                    events.add(() -> {
                        if (newest.equals(Optional.of(activate.configuration()))) {
                            active = newest;
                            nodes.values().forEach(Node::learn);
                        }
                    });
                case Output.Answer answer -> answers.put(answer.request(), answer.outcome());
                case Output.Committed _, Output.Opened _, Output.Closed _ -> {}
                case Output.Diverged diverged -> throw new AssertionError("diverged: " + diverged);
            }
        }

        private void force(Output.Force force) {
            force.changes().forEach(ShardsOnDiskTest.this::happens);
            TestLogs.await(store.write(StoredChanges.of(SHARD, force.changes())));
            model = model.with(force.changes());
            holdsWhatTheSimulatorWould();
            later(shard -> shard.forced(now, force.ticket()));
        }

        void keepSnapshot(LogName log, LogPoint point) {
            model = model.with(log, model.log(log).withSnapshot(new StoredLog.StoredSnapshot(point, List.of())));
            snapshots.put(log, point);
        }

        private void holdsWhatTheSimulatorWould() {
            var real = reader();
            var simulated = new StoredReader(() -> model, _ -> {});
            assertThat(real.state()).isEqualTo(simulated.state());
            assertThat(logs(real)).isEqualTo(logs(simulated));
            for (var log : logs(real)) {
                assertThat(real.base(log)).as("base of %s", log).isEqualTo(simulated.base(log));
                assertThat(real.last(log)).as("last of %s", log).isEqualTo(simulated.last(log));
                assertThat(real.snapshot(log)).as("snapshot of %s", log).isEqualTo(simulated.snapshot(log));
                assertThat(real.hole(log)).as("hole of %s", log).isEqualTo(simulated.hole(log));
                for (var index = real.base(log).index(); index <= real.last(log).index() + 1; index++) {
                    assertThat(real.point(log, index)).isEqualTo(simulated.point(log, index));
                }
                assertThat(entries(real, log)).isEqualTo(entries(simulated, log));
            }
        }

        /** The simulator notes a snapshot in the place of a log that is not there yet. */
        private static List<LogName> logs(LogReader reader) {
            return reader.logs().stream()
                    .filter(log -> !reader.last(log).equals(LogPoint.START)
                            || reader.hole(log).isPresent())
                    .toList();
        }

        private static List<String> entries(LogReader reader, LogName log) {
            var from = reader.base(log).index() + 1;
            try {
                return reader.read(log, from, Long.MAX_VALUE - 1, 7, 400).stream()
                        .map(e -> e + HexFormat.of().formatHex(e.content()))
                        .toList();
            } catch (DamagedLogException e) {
                return List.of(String.valueOf(e.getMessage()));
            }
        }
    }

    private Node node(ReplicaId id) {
        return java.util.Objects.requireNonNull(nodes.get(id.incarnation()));
    }

    private void happens(Object what) {
        happened.merge(what.getClass().getSimpleName(), 1, Integer::sum);
    }

    /** Delivers everything, and lets time pass. */
    private void settle() {
        var until = now + STEP_MICROS;
        while (true) {
            for (var event = events.poll(); event != null; event = events.poll()) {
                event.run();
            }
            var next = nodes.values().stream()
                    .filter(node -> node.up)
                    .mapToLong(node -> node.shard.wakeAt())
                    .min()
                    .orElse(Long.MAX_VALUE);
            if (next > until) {
                now = until;
                return;
            }
            now = Math.max(now + 1, next);
            nodes.values().forEach(node -> node.with(shard -> shard.tick(now)));
        }
    }

    private void lead(Node primary) {
        var members = nodes.values().stream().map(node -> node.id).toList();
        newest = Optional.of(new Configuration(newest.map(Configuration::epoch).orElse(0L) + 1, primary.id, members));
        nodes.values().forEach(Node::learn);
        settle();
        assertThat(primary.shard.isActivePrimary()).isTrue();
    }

    private Node primary() {
        return node(active.orElseThrow().primary());
    }

    private Outcome ask(Consumer<Shard> question) {
        primary().with(question);
        settle();
        return java.util.Objects.requireNonNull(answers.remove(request));
    }

    private void create(String space) {
        var outcome = ask(shard -> shard.create(now, ++request, space, now, now + STEP_MICROS));
        assertThat(outcome).isInstanceOfAny(Outcome.Stored.class, Outcome.Refused.class);
    }

    private void append(LogName log) {
        var entries = new ArrayList<NewEntry>();
        for (var left = 1 + random.nextInt(6); left > 0; left--) {
            var content = ("text " + random.nextInt()).repeat(random.nextInt(5)).getBytes(StandardCharsets.UTF_8);
            entries.add(new NewEntry(content, now - random.nextInt(1_000)));
        }
        var outcome = ask(shard -> shard.append(now, ++request, log, 0, entries, Level.QUORUM, now + STEP_MICROS));
        assertThat(outcome).isInstanceOf(Outcome.Stored.class);
    }

    private void compact(LogName log) {
        for (var node : nodes.values()) {
            var index = node.shard.committed(log);
            if (node.up && index > node.model.log(log).base().index() && !log.isDirectory()) {
                node.keepSnapshot(log, node.model.log(log).point(index).orElseThrow());
                node.with(shard -> shard.compact(now, log, index));
            }
        }
        settle();
    }

    private List<LogName> spaces() {
        var spaces = new TreeMap<String, LogName>();
        for (var entry : primary().model.log(LogName.DIRECTORY).entries()) {
            switch (DirectoryEntry.of(entry.content())) {
                case DirectoryEntry.Create create ->
                    spaces.put(create.space(), new LogName(create.space(), entry.index()));
                case DirectoryEntry.Delete delete -> spaces.remove(delete.space());
            }
        }
        return List.copyOf(spaces.values());
    }

    private void damage(Node node) {
        node.stop();
        for (var log : List.copyOf(node.model.logs().keySet())) {
            var stored = node.model.log(log);
            for (var index = stored.base().index() + 1; index <= stored.last().index(); index++) {
                if (random.nextInt(8) == 0) {
                    TestLogs.damage(folder.resolve(node.id.incarnation()), log.stored(SHARD), index);
                    node.model = node.model.with(log, node.model.log(log).damage(index));
                }
            }
        }
        node.start();
        settle();
        for (var pass = 0; pass < 20 && !node.shard.isWhole(); pass++) {
            settle();
        }
        assertThat(node.shard.isWhole()).isTrue();
    }

    private void step() {
        var up = nodes.values().stream().filter(node -> node.up).toList();
        var one = up.get(random.nextInt(up.size()));
        var spaces = spaces();
        switch (random.nextInt(12)) {
            case 0, 1 -> create(SPACES.get(random.nextInt(SPACES.size())));
            case 2, 3, 4, 5 -> {
                if (!spaces.isEmpty()) {
                    append(spaces.get(random.nextInt(spaces.size())));
                }
            }
            case 6 -> {
                if (!spaces.isEmpty()) {
                    compact(spaces.get(random.nextInt(spaces.size())));
                }
            }
            case 7 -> {
                if (spaces.size() > 1) {
                    var space = spaces.get(random.nextInt(spaces.size())).space();
                    assertThat(ask(shard -> shard.delete(now, ++request, space, now, now + STEP_MICROS)))
                            .isInstanceOf(Outcome.Stored.class);
                }
            }
            case 8 -> lead(one);
            case 9 -> {
                one.stop();
                one.start();
                settle();
                if (one.equals(primary())) {
                    lead(one);
                }
            }
            case 10 -> {
                var down = nodes.values().stream().filter(node -> !node.up).findFirst();
                if (down.isPresent()) {
                    down.get().start();
                    lead(primary());
                } else if (!one.equals(primary())) {
                    one.stop();
                    settle();
                }
            }
            default -> {
                if (up.size() == nodes.size() && !one.equals(primary())) {
                    damage(one);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aRealDiskHoldsWhatTheSimulatedOneWould(long seed) {
        random = new SplittableRandom(seed);
        for (var name : List.of("n1", "n2", "n3")) {
            nodes.put(name, new Node(name));
        }
        try {
            lead(node(new ReplicaId("n1")));
            for (var i = 0; i < 80; i++) {
                step();
            }
            for (var node : nodes.values()) {
                if (!node.up) {
                    node.start();
                }
            }
            lead(primary());
            settle();
            for (var node : nodes.values()) {
                assertThat(node.model.logs().keySet())
                        .isEqualTo(primary().model.logs().keySet());
                for (var log : node.model.logs().keySet()) {
                    assertThat(node.reader().last(log))
                            .isEqualTo(primary().reader().last(log));
                }
            }
            assertThat(happened.keySet()).as("seed %d", seed).contains("Append", "PutState", "CutTo", "Drop", "Mend");
        } finally {
            nodes.values().stream().filter(node -> node.up).forEach(Node::stop);
        }
    }
}
