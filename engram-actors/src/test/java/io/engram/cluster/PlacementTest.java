package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.catalog.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final int BUCKETS = 4_096;

    private static NodeEntry node(int number, String rack, String zone) {
        return new NodeEntry(
                "node-" + number,
                new Incarnation(new UUID(1, number)),
                Optional.of(rack).filter(text -> !text.isEmpty()),
                Optional.of(zone).filter(text -> !text.isEmpty()),
                Table.empty(),
                NodeState.UP);
    }

    private static List<NodeEntry> nodes(int count) {
        return IntStream.range(0, count).mapToObj(i -> node(i, "", "")).toList();
    }

    private static Placement placement(PlacementSettings.Policy policy) {
        return new Placement(new PlacementSettings(2, BUCKETS, policy, 0.01, 0.01));
    }

    @Test
    void the_primaries_are_spread_evenly() {
        var placement = placement(PlacementSettings.Policy.RANDOM);
        var counts = new int[5];
        for (var shard = 0L; shard < BUCKETS; shard++) {
            var first = placement.choose(shard, nodes(5)).getFirst().id();
            counts[Integer.parseInt(first.substring("node-".length()))]++;
        }
        for (var count : counts) {
            assertThat(count).isBetween(BUCKETS / 5 * 8 / 10, BUCKETS / 5 * 12 / 10);
        }
    }

    @Test
    void a_node_that_joins_takes_its_share_and_moves_nothing_else() {
        var placement = placement(PlacementSettings.Policy.RANDOM);
        var moved = 0;
        for (var shard = 0L; shard < BUCKETS; shard++) {
            var before = placement.choose(shard, nodes(5)).getFirst();
            var after = placement.choose(shard, nodes(6)).getFirst();
            if (!before.equals(after)) {
                moved++;
                assertThat(after.id()).isEqualTo("node-5");
            }
        }
        assertThat(moved).isBetween(BUCKETS / 6 * 8 / 10, BUCKETS / 6 * 12 / 10);
    }

    @Test
    void spaces_are_spread_over_the_buckets_and_more_buckets_move_few_of_them() {
        var used = new HashSet<Long>();
        var moved = 0;
        for (var i = 0; i < 10_000; i++) {
            var bucket = Placement.bucket("tenant-" + i, 1_000);
            assertThat(bucket).isBetween(0L, 999L);
            used.add(bucket);
            if (Placement.bucket("tenant-" + i, 1_100) != bucket) {
                moved++;
            }
        }
        assertThat(used).hasSizeGreaterThan(990);
        assertThat(moved).isBetween(700, 1_150);
    }

    @Test
    void the_bucket_of_a_name_never_changes() {
        assertThat(List.of(
                        Placement.bucket("default", 16_384),
                        Placement.bucket("tenant-a", 16_384),
                        Placement.bucket("räume", 16_384)))
                .as("a change of this would lose every space of every cluster")
                .isEqualTo(List.of(3_946L, 4_674L, 4_148L));
    }

    @Test
    void copies_lie_in_different_zones_and_racks_where_there_are_enough() {
        var nodes = new ArrayList<NodeEntry>();
        for (var i = 0; i < 9; i++) {
            nodes.add(node(i, "rack-" + i / 2, "zone-" + i / 3));
        }
        var placement = placement(PlacementSettings.Policy.ZONE_AWARE);
        var apart = 0;
        for (var shard = 0L; shard < 1_000; shard++) {
            var zones = new HashSet<Optional<String>>();
            placement.choose(shard, nodes).forEach(node -> zones.add(node.zone()));
            if (zones.size() == 3) {
                apart++;
            }
        }
        // A penalty is no ban: a node with a far better score may still be taken.
        assertThat(apart).isGreaterThan(950);
    }

    @Test
    void labels_do_not_matter_under_the_random_policy() {
        var labelled = IntStream.range(0, 6).mapToObj(i -> node(i, "r", "z")).toList();
        var placement = placement(PlacementSettings.Policy.RANDOM);
        for (var shard = 0L; shard < 200; shard++) {
            assertThat(placement.choose(shard, labelled).stream().map(NodeEntry::id))
                    .containsExactlyElementsOf(placement.choose(shard, nodes(6)).stream()
                            .map(NodeEntry::id)
                            .toList());
        }
    }

    @Test
    void there_are_never_more_members_than_nodes() {
        var placement = placement(PlacementSettings.Policy.RANDOM);
        assertThat(placement.choose(7, nodes(2))).hasSize(2);
        assertThat(placement.choose(7, nodes(1))).hasSize(1);
        assertThat(placement.choose(7, List.of())).isEmpty();
        assertThat(placement.members(10)).isEqualTo(3);
    }
}
