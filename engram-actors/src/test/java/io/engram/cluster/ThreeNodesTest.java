package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.memory.MemoryBody;
import io.engram.space.RememberRequest;
import io.engram.space.RequestTerms;
import io.engram.space.SpaceId;
import java.nio.file.Path;
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
            get(client.on(all, servedBy::set).remember(space, text(key, "on every copy")));
            assertThat(servedBy.getAndSet("")).isEqualTo(leader);
            assertThat(get(client.on(strict, servedBy::set).get(space, key))).isPresent();
            assertThat(servedBy.getAndSet("")).isEqualTo(leader);
        }
        var number = Integer.parseInt(leader.substring("node-".length()));
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
        }
    }
}
