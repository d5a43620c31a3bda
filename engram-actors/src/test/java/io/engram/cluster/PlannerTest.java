package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.catalog.CatalogBody;
import io.engram.catalog.Edit;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.catalog.ShardConfiguration;
import io.engram.catalog.ShardEntry;
import io.engram.catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final Incarnation A = new Incarnation(new UUID(0, 1));
    private static final Incarnation B = new Incarnation(new UUID(0, 2));
    private static final Incarnation C = new Incarnation(new UUID(0, 3));
    private static final Incarnation D = new Incarnation(new UUID(0, 4));

    private final Planner planner =
            new Planner(new Placement(new PlacementSettings(2, 64, PlacementSettings.Policy.RANDOM, 0.5, 0.35)));

    private static NodeEntry node(Incarnation incarnation) {
        return new NodeEntry(
                "node-" + incarnation.id().getLeastSignificantBits(),
                incarnation,
                Optional.empty(),
                Optional.empty(),
                Table.empty(),
                NodeState.UP);
    }

    private static CatalogBody body(List<Incarnation> nodes, ShardEntry... shards) {
        var founding = CatalogBody.founding(
                new UUID(7, 7), 64, nodes.stream().map(PlannerTest::node).toList());
        var table = new TreeMap<Long, ShardEntry>();
        for (var shard : shards) {
            table.put(shard.number(), shard);
        }
        return new CatalogBody(
                founding.cluster(),
                64,
                64,
                founding.nodes(),
                Table.of(table),
                Table.empty(),
                Table.empty(),
                Table.empty());
    }

    private static ShardEntry active(long number, long epoch, Incarnation primary, Incarnation... replicas) {
        var configuration = new ShardConfiguration(epoch, primary, List.of(replicas));
        return new ShardEntry(number, configuration, Optional.of(configuration), Optional.empty());
    }

    private List<Edit> plan(CatalogBody body, Set<Incarnation> alive, Set<Incarnation> gone) {
        return planner.shards(body, new Planner.View(alive, gone), 100);
    }

    private static Set<Incarnation> members(Edit edit) {
        var propose = (Edit.ProposeShard) edit;
        var members = new ArrayList<>(propose.replicas());
        members.add(propose.primary());
        return Set.copyOf(members);
    }

    @Test
    void nothing_is_done_while_all_is_well() {
        assertThat(plan(body(List.of(A, B, C), active(3, 1, A, B, C)), Set.of(A, B, C), Set.of()))
                .isEmpty();
    }

    @Test
    void a_dead_primary_is_followed_by_a_living_member_and_keeps_his_place_for_a_while() {
        var edits = plan(body(List.of(A, B, C, D), active(3, 4, A, B, C)), Set.of(B, C, D), Set.of());
        assertThat(edits).singleElement().satisfies(edit -> {
            var propose = (Edit.ProposeShard) edit;
            assertThat(propose.expectedEpoch()).isEqualTo(4);
            assertThat(propose.primary()).isIn(B, C);
            assertThat(members(edit)).containsExactlyInAnyOrder(A, B, C);
        });
    }

    @Test
    void only_a_member_of_the_last_active_configuration_may_lead() {
        // D was to be the next primary, and died while the epoch was opening; it need not hold anything.
        var last = new ShardConfiguration(4, A, List.of(B, C));
        var entry = new ShardEntry(3, new ShardConfiguration(5, D, List.of(B, C)), Optional.of(last), Optional.empty());
        assertThat(plan(body(List.of(A, B, C, D), entry), Set.of(B, C), Set.of(A, D)))
                .singleElement()
                .satisfies(edit -> {
                    assertThat(((Edit.ProposeShard) edit).primary()).isIn(B, C);
                    assertThat(((Edit.ProposeShard) edit).expectedEpoch()).isEqualTo(5);
                    assertThat(members(edit)).containsExactlyInAnyOrder(B, C);
                });
    }

    @Test
    void nothing_is_promised_when_too_few_are_left_who_know_what_there_was() {
        assertThat(plan(body(List.of(A, B, C, D), active(3, 4, A, B, C)), Set.of(C, D), Set.of(A, B)))
                .isEmpty();
    }

    @Test
    void of_two_members_the_one_that_is_left_goes_on_alone() {
        assertThat(plan(body(List.of(A, B), active(3, 4, A, B)), Set.of(B), Set.of()))
                .singleElement()
                .isEqualTo(new Edit.ProposeShard(3, 4, B, List.of()));
    }

    @Test
    void who_is_gone_for_long_is_replaced_under_the_same_primary() {
        assertThat(plan(body(List.of(A, B, C, D), active(3, 4, A, B, C)), Set.of(A, B, D), Set.of(C)))
                .singleElement()
                .satisfies(edit -> {
                    assertThat(((Edit.ProposeShard) edit).primary()).isEqualTo(A);
                    assertThat(members(edit)).containsExactlyInAnyOrder(A, B, D);
                });
    }

    @Test
    void who_is_merely_silent_is_not() {
        assertThat(plan(body(List.of(A, B, C, D), active(3, 4, A, B, C)), Set.of(A, B, D), Set.of()))
                .isEmpty();
    }

    @Test
    void without_a_replacement_the_shard_shrinks_and_grows_again_later() {
        var three = body(List.of(A, B, C), active(3, 4, A, B, C));
        assertThat(plan(three, Set.of(A, B), Set.of(C)))
                .singleElement()
                .isEqualTo(new Edit.ProposeShard(3, 4, A, List.of(B)));
        var two = body(List.of(A, B, C), active(3, 5, A, B));
        assertThat(plan(two, Set.of(A, B, C), Set.of()))
                .singleElement()
                .satisfies(edit -> assertThat(members(edit)).containsExactlyInAnyOrder(A, B, C));
    }

    @Test
    void a_node_with_a_new_disk_holds_nothing_and_is_filled_in_as_a_new_member() {
        // C is not in the table any more: the node came back as D.
        assertThat(plan(body(List.of(A, B, D), active(3, 4, A, B, C)), Set.of(A, B, D), Set.of()))
                .singleElement()
                .satisfies(edit -> {
                    assertThat(((Edit.ProposeShard) edit).primary()).isEqualTo(A);
                    assertThat(members(edit)).containsExactlyInAnyOrder(A, B, D);
                });
    }

    @Test
    void a_shard_that_never_was_active_may_begin_anywhere() {
        var entry = new ShardEntry(3, new ShardConfiguration(1, A, List.of(B, C)), Optional.empty(), Optional.empty());
        assertThat(plan(body(List.of(A, B, C, D), entry), Set.of(D), Set.of()))
                .singleElement()
                .isEqualTo(new Edit.ProposeShard(3, 1, D, List.of()));
    }

    @Test
    void no_more_is_changed_at_a_time_than_is_allowed() {
        var shards = new ShardEntry[20];
        for (var i = 0; i < shards.length; i++) {
            shards[i] = active(i, 1, A, B, C);
        }
        assertThat(planner.shards(body(List.of(A, B, C), shards), new Planner.View(Set.of(B, C), Set.of()), 7))
                .hasSize(7);
    }

    @Test
    void a_node_that_stops_leaves_what_it_leads_to_a_living_replica() {
        var body = body(List.of(A, B, C), active(3, 4, A, B, C));
        var entry = body.shards().get(3L).orElseThrow();
        assertThat(planner.handOver(body, entry, A, new Planner.View(Set.of(A, C), Set.of())))
                .hasValueSatisfying(edit -> {
                    assertThat(edit.primary()).isEqualTo(C);
                    assertThat(members(edit)).containsExactlyInAnyOrder(A, B, C);
                });
        assertThat(planner.handOver(body, entry, B, new Planner.View(Set.of(A, B, C), Set.of())))
                .isEmpty();
        assertThat(planner.handOver(body, entry, A, new Planner.View(Set.of(A), Set.of())))
                .isEmpty();
    }

    @Test
    void the_catalog_is_told_who_is_down_and_who_is_back() {
        var body = body(List.of(A, B, C));
        assertThat(planner.nodes(body, new Planner.View(Set.of(A, B), Set.of(C))))
                .containsExactly(new Edit.SetNodeState("node-3", C, NodeState.DOWN));
        var nodes =
                new TreeMap<String, NodeEntry>(Map.of("node-1", node(A), "node-3", node(C).withState(NodeState.DOWN)));
        var down = new CatalogBody(
                body.cluster(), 64, 64, Table.of(nodes), Table.empty(), Table.empty(), Table.empty(), Table.empty());
        assertThat(planner.nodes(down, new Planner.View(Set.of(A, C), Set.of())))
                .containsExactly(new Edit.SetNodeState("node-3", C, NodeState.UP));
    }
}
