package io.engram.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.simulation.SeededRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VoterChoiceTest {
    private static final UUID CLUSTER = new UUID(1, 1);

    private static Incarnation incarnation(int number) {
        return new Incarnation(new UUID(0, number));
    }

    private static NodeEntry node(int number, String zone, String rack) {
        return new NodeEntry(
                "n" + number,
                incarnation(number),
                rack.isEmpty() ? Optional.empty() : Optional.of(rack),
                zone.isEmpty() ? Optional.empty() : Optional.of(zone),
                Table.empty(),
                NodeState.UP);
    }

    private static List<Incarnation> incarnations(int... numbers) {
        var all = new ArrayList<Incarnation>();
        for (var number : numbers) {
            all.add(incarnation(number));
        }
        return List.copyOf(all);
    }

    private static Document document(List<NodeEntry> nodes, List<Incarnation> voters) {
        return new Document(
                new DocumentId(0, new Ballot(0, incarnation(1), 1)),
                1,
                Optional.empty(),
                true,
                voters,
                EditLedger.EMPTY,
                CatalogBody.founding(CLUSTER, 4, nodes));
    }

    private static List<NodeEntry> plain(int count) {
        var nodes = new ArrayList<NodeEntry>();
        for (var i = 1; i <= count; i++) {
            nodes.add(node(i, "", ""));
        }
        return nodes;
    }

    @Test
    void there_is_an_odd_number_of_voters_up_to_five() {
        assertThat(VoterChoice.first(plain(1))).hasSize(1);
        assertThat(VoterChoice.first(plain(2))).hasSize(1);
        assertThat(VoterChoice.first(plain(3))).hasSize(3);
        assertThat(VoterChoice.first(plain(4))).hasSize(3);
        assertThat(VoterChoice.first(plain(5))).hasSize(5);
        assertThat(VoterChoice.first(plain(30))).hasSize(5);
    }

    @Test
    void voters_are_spread_over_zones_and_then_over_racks() {
        var nodes = List.of(
                node(1, "z1", "r1"),
                node(2, "z1", "r1"),
                node(3, "z1", "r2"),
                node(4, "z1", "r2"),
                node(5, "z2", "r1"),
                node(6, "z2", "r1"),
                node(7, "z3", "r1"));
        var zones = new HashMap<String, Integer>();
        var racks = new HashSet<String>();
        for (var voter : VoterChoice.first(nodes)) {
            var node = nodes.get((int) voter.id().getLeastSignificantBits() - 1);
            zones.merge(node.zone().orElseThrow(), 1, Integer::sum);
            racks.add(node.zone().get() + node.rack().orElseThrow());
        }
        assertThat(zones).containsOnlyKeys("z1", "z2", "z3").containsEntry("z3", 1);
        assertThat(racks).contains("z1r1", "z1r2");
    }

    @Test
    void a_voter_that_was_silent_for_long_is_replaced() {
        var document = document(plain(4), incarnations(1, 2, 3));
        assertThat(VoterChoice.next(document, Set.of())).isEmpty();
        assertThat(VoterChoice.next(document, Set.of(incarnation(2)))).contains(incarnations(1, 3, 4));
    }

    @Test
    void a_silent_voter_is_kept_while_there_is_nobody_else() {
        var document = document(plain(3), incarnations(1, 2, 3));
        assertThat(VoterChoice.next(document, Set.of(incarnation(2)))).isEmpty();
        assertThat(VoterChoice.next(document, Set.of(incarnation(2), incarnation(3))))
                .isEmpty();
    }

    @Test
    void a_wiped_disk_is_another_voter() {
        // Incarnation 3 votes, and its node has incarnation 4 by now.
        var document = document(List.of(node(1, "", ""), node(2, "", ""), node(4, "", "")), incarnations(1, 2, 3));
        assertThat(VoterChoice.next(document, Set.of())).contains(incarnations(1, 2, 4));
    }

    @Test
    void nodes_that_leave_take_voters_with_them() {
        var nodes = new ArrayList<>(plain(5));
        nodes.set(0, nodes.get(0).withState(NodeState.LEAVING));
        nodes.set(1, nodes.get(1).withState(NodeState.LEAVING));
        assertThat(VoterChoice.next(document(nodes, incarnations(1, 2, 3, 4, 5)), Set.of()))
                .contains(incarnations(3, 4, 5));
    }

    @Test
    void nobody_is_chosen_who_could_not_decide() {
        var document = document(plain(5), incarnations(1, 2, 3));
        assertThat(VoterChoice.next(document, Set.of(incarnation(1), incarnation(2), incarnation(3), incarnation(4))))
                .isEmpty();
    }

    @Test
    void a_choice_is_good_stable_and_never_without_a_majority() {
        for (var seed = 1; seed <= 3_000; seed++) {
            var random = new SeededRandom(seed);
            var nodes = new ArrayList<NodeEntry>();
            for (var i = 1; i <= random.between(1, 12); i++) {
                var node = node(
                        i,
                        random.chance(0.3) ? "" : "z" + random.nextInt(4),
                        random.chance(0.3) ? "" : "r" + random.nextInt(3));
                nodes.add(node.withState(random.chance(0.8) ? NodeState.UP : random.pick(List.of(NodeState.values()))));
            }
            var voters = VoterChoice.first(
                    random.chance(0.5) ? nodes : nodes.subList(0, (int) random.between(1, nodes.size())));
            var silent = new HashSet<Incarnation>();
            for (var node : nodes) {
                if (random.chance(0.25)) {
                    silent.add(node.incarnation());
                }
            }
            var next = VoterChoice.next(document(nodes, voters), silent);
            if (next.isPresent()) {
                var chosen = next.get();
                var heard =
                        chosen.stream().filter(each -> !silent.contains(each)).count();
                assertThat(chosen.size() % 2).as("seed %d", seed).isEqualTo(1);
                assertThat(heard).as("seed %d", seed).isGreaterThanOrEqualTo(Document.majority(chosen.size()));
                assertThat(VoterChoice.next(document(nodes, chosen), silent))
                        .as("seed %d: %s, then again", seed, chosen)
                        .isEmpty();
            }
        }
    }
}
