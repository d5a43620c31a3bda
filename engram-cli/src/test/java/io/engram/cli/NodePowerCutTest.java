package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.proof.Clients;
import io.engram.proof.Ledger;
import io.engram.proof.PowerCut;
import io.engram.proof.Preload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole node, snapshots and all, on a disk that forgets what was not forced, and that fails. */
class NodePowerCutTest {
    private static final int CUTS = Integer.getInteger("engram.proof.nodecuts", 3);
    private static final long SEED = Long.getLong("engram.proof.seed", 20_261_124);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Ledger ledger = new Ledger();
    private final Clients clients = new Clients(ledger, SEED, 4, 6);
    private final Random random = new Random(SEED);

    @SuppressWarnings("NullAway.Init")
    private Preload preload;

    @BeforeEach
    void compile() throws Exception {
        preload = Preload.compiled(folder);
    }

    private Preload.Watch watch(String data, String shadow) throws Exception {
        return preload.watch(Files.createDirectories(folder.resolve(data)), folder.resolve(shadow));
    }

    private NodeProcess start(Preload.Watch watch) throws Exception {
        var environment = new HashMap<>(watch.environment());
        environment.putAll(CrashTester.ENVIRONMENT);
        environment.put("ENGRAM_PERSISTENCE_DATA_ROOT", watch.root().toString());
        environment.put(
                "ENGRAM_PERSISTENCE_NATIVE_DIR", folder.resolve("native").toString());
        return NodeProcess.ready(folder, environment);
    }

    private void compare(NodeTarget target, String when) throws Exception {
        var there = new HashMap<>(target.everything());
        there.keySet().removeIf(space -> !space.startsWith("space-"));
        assertThat(ledger.compare(there)).as("%s, seed %d", when, SEED).isEmpty();
    }

    @Test
    void what_a_node_acknowledged_survives_power_cuts() throws Exception {
        var decided = "nothing cut yet";
        for (var cut = 0; cut <= CUTS; cut++) {
            var watch = watch("data-" + cut, "shadow-" + cut);
            try (var node = start(watch);
                    var target = new NodeTarget(node)) {
                compare(target, decided);
                if (cut == CUTS) {
                    return;
                }
                try (var run = clients.start(target)) {
                    run.awaitAcknowledged(50 + random.nextInt(150));
                    node.kill();
                }
            }
            var kind = cut % 2 == 0 ? PowerCut.Kind.NOTHING_MORE : PowerCut.Kind.SOME;
            decided = kind + ": "
                    + new PowerCut(watch.root(), watch.shadow())
                            .restoreTo(folder.resolve("data-" + (cut + 1)), kind, random.nextLong());
        }
    }

    private void endsAndStartsAgain(boolean logsOnly, List<String> words) throws Exception {
        var watch = watch("data", "shadow");
        try (var node = start(watch);
                var target = new NodeTarget(node)) {
            try (var run = clients.start(target)) {
                run.awaitAcknowledged(30);
                watch.failForce(1 + random.nextInt(10), Preload.EIO, true, logsOnly);
                assertThat(node.exitCode(Duration.ofSeconds(90)))
                        .as(node.output())
                        .isNotZero();
            }
            assertThat(node.output()).contains(words);
        }
        try (var node = start(watch("data", "shadow-2"));
                var target = new NodeTarget(node)) {
            compare(target, "after a force that failed");
            try (var run = clients.start(target)) {
                run.awaitAcknowledged(20);
                assertThat(run.acknowledged()).isGreaterThanOrEqualTo(20);
            }
        }
    }

    @Test
    void a_node_whose_disk_fails_to_force_ends_acknowledges_nothing_more_and_starts_again() throws Exception {
        endsAndStartsAgain(true, List.of("the log can no longer be written"));
    }

    @Test
    void a_node_whose_disk_fails_to_force_ends_with_the_crash_banner() throws Exception {
        endsAndStartsAgain(true, List.of("PANIC at "));
    }

    /** New files cannot be made, and files cannot grow, as on a full or read-only disk. */
    private void refusesUntilItIsOver(int error) throws Exception {
        var watch = watch("data", "shadow");
        try (var node = start(watch);
                var target = new NodeTarget(node)) {
            try (var run = clients.start(target)) {
                run.awaitAcknowledged(30);
            }
            watch.failGrowth(error);
            var filler = "x".repeat(60_000);
            var refused = 0;
            for (var i = 0; i < 80 && node.isAlive(); i++) {
                var body = Api.JSON.createObjectNode().put("content", filler + i);
                var reply =
                        target.api().send("POST", "/api/v1/memories/remember", Map.of(), java.util.Optional.of(body));
                if (reply.status() != 201) {
                    assertThat(reply.status()).as(reply.body().toString()).isEqualTo(507);
                    refused++;
                }
            }
            assertThat(node.isAlive()).as(node.output()).isTrue();
            assertThat(refused).isPositive();
            assertThat(target.everything()).isNotEmpty();
            watch.failGrowth(0);
            org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
                var body = Api.JSON.createObjectNode().put("content", "room again");
                return target.api()
                                .send("POST", "/api/v1/memories/remember", Map.of(), java.util.Optional.of(body))
                                .status()
                        == 201;
            });
        }
        try (var node = start(watch("data", "shadow-2"));
                var target = new NodeTarget(node)) {
            compare(target, "after the disk was full");
        }
    }

    @Test
    void no_room_for_new_files_is_answered_507_and_passes() throws Exception {
        refusesUntilItIsOver(Preload.ENOSPC);
    }

    @Test
    void a_file_system_that_went_read_only_is_answered_507_and_passes() throws Exception {
        refusesUntilItIsOver(Preload.EROFS);
    }
}
