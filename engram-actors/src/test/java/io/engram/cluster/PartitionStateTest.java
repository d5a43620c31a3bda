package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.ClusterView.Partition;
import io.engram.cluster.ClusterView.Side;
import org.junit.jupiter.api.Test;

class PartitionStateTest {
    private final PartitionState state = new PartitionState();

    @Test
    void a_minority_is_cut_off_and_exactly_half_is_no_majority() {
        assertThat(state.seen(3, 3, true)).isEqualTo(new Partition(Side.CONNECTED, 3, 3));
        assertThat(state.seen(2, 3, true).side()).isEqualTo(Side.CONNECTED);
        assertThat(state.seen(1, 3, true)).isEqualTo(new Partition(Side.PARTITIONED, 1, 3));
        assertThat(state.seen(2, 4, true).side()).isEqualTo(Side.PARTITIONED);
    }

    @Test
    void what_was_cut_off_heals_until_all_nodes_and_shards_are_back() {
        var _ = state.seen(1, 3, false);
        assertThat(state.seen(2, 3, true).side()).isEqualTo(Side.HEALING);
        assertThat(state.seen(3, 3, false).side()).isEqualTo(Side.HEALING);
        assertThat(state.seen(1, 3, false).side()).isEqualTo(Side.PARTITIONED);
        assertThat(state.seen(3, 3, true).side()).isEqualTo(Side.CONNECTED);
        assertThat(state.seen(3, 3, false).side()).isEqualTo(Side.CONNECTED);
    }

    @Test
    void a_node_without_a_catalog_is_with_nobody() {
        assertThat(state.seen(0, 0, false)).isEqualTo(new Partition(Side.PARTITIONED, 1, 1));
        assertThat(state.seen(2, 3, true).side()).isEqualTo(Side.CONNECTED);
    }
}
