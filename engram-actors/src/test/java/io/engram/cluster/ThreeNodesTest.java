package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.memory.MemoryBody;
import io.engram.space.RememberRequest;
import io.engram.space.RequestTerms;
import io.engram.space.ServedBy;
import io.engram.space.SpaceId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreeNodesTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private static RememberRequest text(String id, String text) {
        return RememberRequest.of(MemoryBody.builder(text).build()).withId(id);
    }

    private static void requests_are_answered_on_their_terms(ThreeNodes cluster) {
        var space = new SpaceId("tenant-0");
        var servedBy = new AtomicReference<>("");
        var leader = cluster.node(0).cluster().orElseThrow().leader(space).orElseThrow();
        var strict = new RequestTerms(RequestTerms.Consistency.STRICT, RequestTerms.Acknowledgement.CONFIGURED);
        var all = new RequestTerms(RequestTerms.Consistency.PRIMARY, RequestTerms.Acknowledgement.ALL);
        for (var node = 0; node < 3; node++) {
            var client = cluster.client(node);
            var key = "b" + node;
            get(client.on(all, by -> servedBy.set(by.node())).remember(space, text(key, "on every copy")));
            assertThat(servedBy.getAndSet("")).isEqualTo(leader);
            assertThat(get(client.on(strict, by -> servedBy.set(by.node())).get(space, key)))
                    .isPresent();
            assertThat(servedBy.getAndSet("")).isEqualTo(leader);
        }
        var number = Integer.parseInt(leader.substring("node-".length()));
        for (var node = 0; node < 3; node++) {
            assertThat(cluster.node(node)
                            .cluster()
                            .orElseThrow()
                            .registry()
                            .epoch(space)
                            .isPresent())
                    .as("only who leads it knows the epoch of that")
                    .isEqualTo(node == number);
            assertThat(cluster.figure(node, "engram_recovery_progress_ratio")).isEqualTo(1);
        }
        var other = (number + 1) % 3;
        cluster.links().cutOff(cluster.node(other).identity().incarnation());
        var ofLeader = cluster.client(number);
        get(ofLeader.remember(space, text("c", "on a majority")));
        assertThat(get(ofLeader.on(strict, _ -> {}).get(space, "c"))).isPresent();
        var waiting = ofLeader.on(all, _ -> {})
                .remember(space, text("d", "on every copy"))
                .toCompletableFuture();
        assertThat(waiting.copy().completeOnTimeout(null, 1, TimeUnit.SECONDS).join())
                .as("one copy does not have it")
                .isNull();
        assertThat(get(ofLeader.get(space, "d"))).as("a majority has").isPresent();
        cluster.links().heal();
        get(waiting);
        cluster.links().cutOff(cluster.node(number).identity().incarnation());
        assertThat(ofLeader.on(strict, _ -> {}).get(space, "c"))
                .as("a leader that nobody confirms")
                .failsWithin(60, TimeUnit.SECONDS);
        cluster.links().heal();
    }

    /** What a copy shows may be old, but is never made up; in the end it is all there is. */
    private static void copies_answer_who_does_not_mind(ThreeNodes cluster) {
        var space = new SpaceId("tenant-0");
        var nearest = new RequestTerms(RequestTerms.Consistency.NEAREST, RequestTerms.Acknowledgement.CONFIGURED);
        var leader = cluster.node(0).cluster().orElseThrow().leader(space).orElseThrow();
        for (var node = 0; node < 3; node++) {
            var name = "node-" + node;
            var by = new AtomicReference<>(new ServedBy("", OptionalLong.empty()));
            var client = cluster.client(node).on(nearest, by::set);
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(get(client.get(space, "c"))).isPresent());
            assertThat(by.get().node()).isEqualTo(name);
            assertThat(by.get().lag().isPresent()).isEqualTo(!name.equals(leader));
            assertThat(get(client.get(new SpaceId("nobody-made-it"), "a"))).isEmpty();
        }
        var follower = (Integer.parseInt(leader.substring("node-".length())) + 1) % 3;
        cluster.links().cutOff(cluster.node(follower).identity().incarnation());
        try {
            assertThat(get(cluster.client(follower).on(nearest, _ -> {}).get(space, "c")))
                    .as("a copy that reaches nobody")
                    .isPresent();
        } finally {
            cluster.links().heal();
        }
    }

    private static void copies_are_compared(ThreeNodes cluster) {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            long asked = 0;
            for (var node = 0; node < 3; node++) {
                var found = get(
                        cluster.node(node).cluster().orElseThrow().comparison().look());
                assertThat(found.contradicting()).isEmpty();
                asked += found.asked();
            }
            assertThat(asked).as("two copies of each of 20 spaces").isEqualTo(40);
        });
        var space = new SpaceId("tenant-0");
        var leader = cluster.node(0).cluster().orElseThrow().leader(space).orElseThrow();
        var number = Integer.parseInt(leader.substring("node-".length()));
        cluster.links().falsify(CopyComparison.METHOD, points -> {
            points[points.length - 1] ^= 1;
            return points;
        });
        var found =
                get(cluster.node(number).cluster().orElseThrow().comparison().look());
        assertThat(found.contradicting())
                .as("the last point for each of two nodes")
                .hasSize(2);
        assertThat(cluster.figure(number, "engram_cluster_copies_contradicting"))
                .isEqualTo(2);
        cluster.links().falsify(CopyComparison.METHOD, points -> points);
    }

    private static void who_takes_over_has_the_spaces_ready(ThreeNodes cluster) {
        var space = new SpaceId("tenant-0");
        for (var i = 0; i < 50; i++) {
            get(cluster.client(0).remember(space, text("w" + i, "stone %d of the wall".formatted(i))));
        }
        var leader = cluster.node(0).cluster().orElseThrow().leader(space).orElseThrow();
        var number = Integer.parseInt(leader.substring("node-".length()));
        var others = List.of((number + 1) % 3, (number + 2) % 3);
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() ->
                        assertThat(others).allMatch(other -> cluster.figure(other, "engram_cluster_warm_copies") >= 1));
        cluster.stop(number);
        var survivor = cluster.client(others.getFirst());
        assertThat(get(survivor.get(space, "w49"))).isPresent();
        assertThat(get(survivor.statistics(space)).memories()).isEqualTo(56);
        assertThat(others.stream()
                        .mapToDouble(other -> cluster.figure(other, "engram_cluster_warm_copies_taken_total"))
                        .sum())
                .isPositive();
    }

    @Test
    void what_one_node_acknowledges_every_node_tells() throws Exception {
        try (var cluster = new ThreeNodes(folder)) {
            cluster.startAll();
            for (var i = 0; i < 20; i++) {
                var space = new SpaceId("tenant-" + i);
                get(cluster.client(i % 3).remember(space, text("a", "the first memory of " + i)));
                for (var node = 0; node < 3; node++) {
                    assertThat(get(cluster.client(node).get(space, "a"))).isPresent();
                }
            }
            assertThat(get(cluster.client(1).spaces())).hasSize(20);
            requests_are_answered_on_their_terms(cluster);
            copies_answer_who_does_not_mind(cluster);
            copies_are_compared(cluster);
            who_takes_over_has_the_spaces_ready(cluster);
        }
    }
}
