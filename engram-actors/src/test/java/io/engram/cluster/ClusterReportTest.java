package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.cluster.ClusterView.Side;
import io.engram.cluster.ClusterView.State;
import io.engram.memory.MemoryBody;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nodes say of their cluster, while it is whole and while it is not. */
class ClusterReportTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private static ClusterNode report(ThreeNodes cluster, int number) {
        return cluster.node(number).cluster().orElseThrow();
    }

    private static double gauge(SimpleMeterRegistry meters, String name) {
        return meters.get("engram.cluster." + name).gauge().value();
    }

    @Test
    void nodes_tell_of_their_copies_and_of_each_other_while_they_come_and_go() throws Exception {
        try (var cluster = new ThreeNodes(folder)) {
            cluster.startAll();
            for (var i = 0; i < 6; i++) {
                var request = RememberRequest.of(MemoryBody.builder("of " + i).build());
                get(cluster.client(i % 3).remember(new SpaceId("tenant-" + i), request));
            }
            var told = new HashSet<String>();
            await().atMost(PATIENCE).until(() -> {
                told.clear();
                for (var node = 0; node < 3; node++) {
                    for (var lag : get(report(cluster, node).lags())) {
                        var leader = report(cluster, node).leader(new SpaceId(lag.space()));
                        if (lag.lag() == 0 && lag.isAdopted() && leader.equals(Optional.of("node-" + node))) {
                            told.add(lag.space() + " at " + lag.replica());
                        }
                    }
                }
                return told.size() == 12;
            });
            awaitSide(cluster, Side.CONNECTED);
            var view = report(cluster, 0).view();
            assertThat(view.partition()).isEqualTo(new ClusterView.Partition(Side.CONNECTED, 3, 3));
            assertThat(view.peers()).isEqualTo(new ClusterView.Peers(2, 0, 0, 0));
            assertThat(view.catalog().orElseThrow().voters()).hasSize(3);

            var spacesLed = 0.0;
            for (var node = 0; node < 3; node++) {
                var meters = new SimpleMeterRegistry();
                report(cluster, node).measure(meters);
                await().atMost(PATIENCE).until(() -> gauge(meters, "spaces.led") >= 0);
                await().atMost(PATIENCE).until(() -> gauge(meters, "replication.lag.max.entries") == 0);
                spacesLed += gauge(meters, "spaces.led");
                assertThat(gauge(meters, "membership.alive")).isEqualTo(2);
                assertThat(gauge(meters, "membership.known")).isEqualTo(2);
                assertThat(gauge(meters, "catalog.majority.answers")).isEqualTo(1);
                assertThat(gauge(meters, "catalog.version")).isPositive();
                assertThat(gauge(meters, "shards.active")).isEqualTo(gauge(meters, "shards.known"));
                assertThat(gauge(meters, "partition.state")).isZero();
            }
            assertThat(spacesLed).isEqualTo(6);

            cluster.stop(2);
            await().atMost(PATIENCE)
                    .until(() -> report(cluster, 0).view().peers().alive() == 1);
            assertThat(report(cluster, 0).view().partition())
                    .isEqualTo(new ClusterView.Partition(Side.CONNECTED, 2, 3));
            cluster.stop(1);
            awaitSide(cluster, Side.PARTITIONED);
            assertThat(report(cluster, 0).view().nodes())
                    .filteredOn(node -> !node.isLocal())
                    .extracting(ClusterView.Node::state)
                    .isSubsetOf(State.SUSPECT, State.DEAD);
            cluster.start(1);
            awaitSide(cluster, Side.HEALING);
            cluster.start(2);
            awaitSide(cluster, Side.CONNECTED);
        }
    }

    private static void awaitSide(ThreeNodes cluster, Side side) {
        await().atMost(PATIENCE)
                .until(() -> report(cluster, 0).view().partition().side() == side);
    }
}
