package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.catalog.Edit;
import io.engram.catalog.Incarnation;
import io.engram.journal.JournalRuntime;
import io.engram.log.LogStore;
import io.engram.log.format.LogPoint;
import io.engram.memory.Filter;
import io.engram.memory.MemoryBody;
import io.engram.node.EngramNode;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.engram.space.SpaceSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs begin behind snapshots, on every node, and whoever lacks what is gone from them gets the snapshot. */
class SnapshotsAmongNodesTest {
    /** One of them is large enough that its snapshots are files. */
    private static final List<SpaceId> SPACES = List.of(new SpaceId("small"), new SpaceId("large"));

    private static final int SNAPSHOT_EVERY = 10;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Map<SpaceId, Integer> written = new HashMap<>();

    private ThreeNodes cluster() throws IOException {
        var d = SpaceSettings.DEFAULTS;
        var settings = new SpaceSettings(
                d.maxContentBytes(),
                d.maxDimension(),
                // Each event is its own, so that snapshots come often.
                1,
                d.maxBatchBytes(),
                d.writesInFlightPerSpace(),
                d.writesInFlight(),
                d.readsWaiting(),
                d.readThreads(),
                d.writeTimeout(),
                d.openTimeout(),
                d.idempotencyWindow(),
                d.idempotencyKeysPerSpace(),
                SNAPSHOT_EVERY,
                d.idleTimeout(),
                d.maxOpen(),
                d.embeddingsInFlightPerSpace());
        return new ThreeNodes(folder, settings, Duration.ZERO);
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private void write(ThreeNodes cluster, int through, int count) {
        for (var space : SPACES) {
            var from = written.getOrDefault(space, 0);
            var padding = space.value().equals("large") ? "x".repeat(10_000) : "";
            var all = new ArrayList<CompletableFuture<?>>();
            for (var i = from; i < from + count; i++) {
                var body = MemoryBody.builder("stone %d of %s %s".formatted(i, space, padding))
                        .build();
                all.add(cluster.client(through)
                        .remember(space, RememberRequest.of(body).withId("id-" + i))
                        .toCompletableFuture());
            }
            all.forEach(SnapshotsAmongNodesTest::get);
            written.put(space, from + count);
        }
    }

    private static LogStore store(EngramNode node) {
        return JournalRuntime.get(node.system()).store();
    }

    private static List<String> logs(EngramNode node, SpaceId space) {
        return store(node).logs("shard/", "", 1_000).stream()
                .filter(name -> LogAddress.parse(name)
                        .filter(address -> address.log().space().equals(space.value()))
                        .isPresent())
                .toList();
    }

    /** Where the log of a space begins on a node. */
    private static LogPoint base(EngramNode node, SpaceId space) {
        var logs = logs(node, space);
        return logs.isEmpty() ? LogPoint.START : store(node).base(logs.getFirst());
    }

    private static void awaitBegins(ThreeNodes cluster, int node, long behind) {
        for (var space : SPACES) {
            await("the log of %s on node %d".formatted(space, node))
                    .atMost(60, TimeUnit.SECONDS)
                    .until(() -> base(cluster.node(node), space).index() >= behind);
        }
    }

    private static Incarnation incarnation(EngramNode node) {
        return new Incarnation(node.identity().incarnation());
    }

    /** Has a node lead the spaces; whoever is to lead must have all that was committed. */
    private static void moveLead(ThreeNodes cluster, int to) {
        var target = incarnation(cluster.node(to));
        for (var space : SPACES) {
            var log = LogAddress.parse(logs(cluster.node(to), space).getFirst()).orElseThrow();
            var number = ShardMap.number(log.shard());
            await("node %d leads %s".formatted(to, space))
                    .atMost(60, TimeUnit.SECONDS)
                    .pollInterval(500, TimeUnit.MILLISECONDS)
                    .until(() -> {
                        var catalog = cluster.node(to)
                                .cluster()
                                .orElseThrow()
                                .runtime()
                                .catalog();
                        var entry = catalog.current()
                                .orElseThrow()
                                .body()
                                .shards()
                                .get(number)
                                .orElseThrow();
                        if (entry.configuration().primary().equals(target)) {
                            return entry.isActive();
                        }
                        var others = new ArrayList<>(Planner.members(entry.configuration()));
                        if (others.remove(target)) {
                            catalog.edit(
                                    new Edit.ProposeShard(number, entry.epoch(), target, others),
                                    Duration.ofSeconds(5));
                        }
                        return false;
                    });
        }
    }

    private void everyMemoryIsThere(ThreeNodes cluster, int at) {
        for (var space : SPACES) {
            var expected = IntStream.range(0, written.getOrDefault(space, 0))
                    .mapToObj(i -> "id-" + i)
                    .toList();
            var found = get(cluster.client(at).list(space, Filter.NONE, 0, 1_000));
            assertThat(found.memories())
                    .extracting(memory -> memory.id())
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private static void empty(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Test
    void every_copy_begins_behind_a_snapshot_and_every_node_can_lead_from_its_own() throws Exception {
        try (var cluster = cluster()) {
            cluster.startAll();
            write(cluster, 0, 60);
            for (var node = 0; node < 3; node++) {
                awaitBegins(cluster, node, 2 * SNAPSHOT_EVERY);
            }
            assertThat(cluster.links().fetchedPieces()).isPositive();
            for (var node = 0; node < 3; node++) {
                moveLead(cluster, node);
                everyMemoryIsThere(cluster, node);
                write(cluster, node, 5);
            }
            everyMemoryIsThere(cluster, 0);
        }
    }

    @Test
    void who_was_away_while_the_others_cut_their_logs_catches_up_by_a_snapshot_and_can_lead() throws Exception {
        try (var cluster = cluster()) {
            cluster.startAll();
            write(cluster, 0, 15);
            cluster.stop(2);
            write(cluster, 0, 60);
            for (var node = 0; node < 2; node++) {
                awaitBegins(cluster, node, 3 * SNAPSHOT_EVERY);
            }
            cluster.start(2);
            cluster.awaitReady();
            awaitBegins(cluster, 2, 3 * SNAPSHOT_EVERY);
            moveLead(cluster, 2);
            everyMemoryIsThere(cluster, 2);
            cluster.stop(0);
            everyMemoryIsThere(cluster, 2);
            write(cluster, 2, 5);
            everyMemoryIsThere(cluster, 1);

            // The same with nothing at all: it is another member then, and copies everything.
            empty(cluster.folder(0));
            cluster.start(0);
            cluster.awaitReady();
            awaitBegins(cluster, 0, 3 * SNAPSHOT_EVERY);
            moveLead(cluster, 0);
            everyMemoryIsThere(cluster, 0);
            cluster.stop(1);
            everyMemoryIsThere(cluster, 0);
        }
    }
}
