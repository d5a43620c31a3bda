package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.memory.MemoryBody;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
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
        }
    }
}
