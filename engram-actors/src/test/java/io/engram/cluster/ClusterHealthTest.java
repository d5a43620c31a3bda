package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.ClusterView.Side;
import io.engram.cluster.ClusterView.State;
import io.engram.health.HealthCheck;
import io.engram.health.HealthStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a node finds of its place among the others. */
class ClusterHealthTest {
    private static ClusterView.Node node(State state) {
        return new ClusterView.Node(
                "n", "i", "", "", "", Optional.empty(), Optional.empty(), state, 0, false, false, 0, 0);
    }

    private static HealthCheck.Result membership(State... states) {
        List<ClusterView.Node> nodes =
                Arrays.stream(states).map(ClusterHealthTest::node).toList();
        var view = new ClusterView(
                nodes,
                Optional.empty(),
                new ClusterView.Shards(0, 0, 0, 0),
                new ClusterView.Partition(Side.CONNECTED, 0, 0));
        return ClusterHealth.membership(view);
    }

    @Test
    void a_node_whose_places_others_have_is_not_missed() {
        var result = membership(State.ALIVE, State.ALIVE, State.ALIVE, State.LEFT);
        assertThat(result.status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(result.message()).startsWith("3 of 3 nodes can be reached; 1 more");
    }

    @Test
    void a_node_that_has_places_still_is_missed() {
        var result = membership(State.ALIVE, State.ALIVE, State.DEAD);
        assertThat(result.status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(result.message()).isEqualTo("2 of 3 nodes can be reached");
        assertThat(membership(State.ALIVE, State.ALIVE, State.SUSPECT, State.LEFT)
                        .status())
                .isEqualTo(HealthStatus.DEGRADED);
    }

    @Test
    void half_of_them_is_no_majority() {
        assertThat(membership(State.ALIVE, State.DEAD).status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(membership(State.ALIVE, State.LEFT, State.LEFT).status()).isEqualTo(HealthStatus.HEALTHY);
    }
}
