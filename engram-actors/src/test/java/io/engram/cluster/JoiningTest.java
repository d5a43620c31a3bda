package io.engram.cluster;

import static io.engram.cluster.Hellos.BLUE;
import static io.engram.cluster.Hellos.RED;
import static io.engram.cluster.Hellos.at;
import static io.engram.cluster.Hellos.id;
import static io.engram.cluster.Hellos.in;
import static io.engram.cluster.Hellos.node;
import static io.engram.cluster.Hellos.of;
import static io.engram.cluster.Hellos.supporting;
import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.Joining.Decision;
import io.engram.cluster.Joining.Situation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoiningTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private static Decision decide(Hello own, List<Hello> met) {
        return Joining.decide(new Situation(own, met, Set.of(), List.of(), true, LONG));
    }

    private static Decision founded(Hello own, List<Hello> met, int nodes, HostPort... unmet) {
        var catalog = new HashSet<UUID>();
        IntStream.rangeClosed(1, nodes).forEach(n -> catalog.add(id(n)));
        return Joining.decide(new Situation(own, met, catalog, List.of(unmet), true, LONG));
    }

    private static void waits(Decision decision, int supported) {
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.Wait.class,
                        wait -> assertThat(wait.supported()).isEqualTo(at(supported)));
    }

    @Test
    void a_trio_is_begun_by_the_lowest_once_all_support_it() {
        waits(decide(node(1), List.of()), 1);
        waits(decide(node(1), List.of(node(2), node(3))), 1);
        waits(decide(node(2), List.of(node(1), node(3))), 1);
        waits(decide(node(1), List.of(supporting(node(2), 1), node(3))), 1);
        waits(decide(node(1), List.of(supporting(node(2), 1), supporting(node(3), 2))), 1);
        assertThat(decide(node(1), List.of(supporting(node(2), 1), supporting(node(3), 1))))
                .isEqualTo(new Decision.Begin());
    }

    @Test
    void whoever_is_in_a_membership_is_joined() {
        assertThat(decide(node(1), List.of(in(node(2), 1, 2), node(3)))).isEqualTo(new Decision.Join(List.of(at(2))));
        assertThat(decide(of(node(1), RED), List.of(in(of(node(3), RED), 2, 2), in(of(node(2), RED), 2, 2))))
                .as("all that are known of it, since some may be gone")
                .isEqualTo(new Decision.Join(List.of(at(2), at(3))));
    }

    @Test
    void a_newcomer_joins_whatever_it_was_told_to_expect() {
        assertThat(decide(node(9), List.of(in(of(node(2), RED), 3, 1)))).isEqualTo(new Decision.Join(List.of(at(2))));
    }

    @Test
    void of_two_memberships_the_larger_is_joined() {
        assertThat(decide(node(9), List.of(in(node(1), 1, 1), in(node(2), 2, 2), in(node(3), 2, 2))))
                .isEqualTo(new Decision.Join(List.of(at(2), at(3))));
        assertThat(decide(node(9), List.of(in(node(3), 1, 3), in(node(2), 1, 2))))
                .isEqualTo(new Decision.Join(List.of(at(2))));
    }

    @Test
    void another_cluster_is_not_joined() {
        waits(founded(of(node(9), RED), List.of(in(of(node(2), BLUE), 3, 1)), 3, at(2)), 9);
    }

    @Test
    void a_founded_cluster_that_starts_again_needs_a_majority() {
        var one = of(node(1), RED);
        waits(founded(one, List.of(), 3, at(2), at(3)), 1);
        waits(founded(one, List.of(of(node(2), RED)), 3, at(3)), 1);
        assertThat(founded(one, List.of(supporting(of(node(2), RED), 1)), 3, at(3)))
                .isEqualTo(new Decision.Begin());
        waits(founded(one, List.of(supporting(of(node(2), RED), 1)), 4, at(3), at(4)), 1);
        waits(founded(of(node(2), RED), List.of(one), 3), 1);
    }

    @Test
    void nodes_that_are_not_in_the_catalog_make_no_majority() {
        waits(founded(of(node(1), RED), List.of(supporting(of(node(8), RED), 1), supporting(node(9), 1)), 3, at(2)), 1);
    }

    @Test
    void a_minority_begins_after_a_while_if_there_is_nobody_else_to_be_found() {
        var one = of(node(1), RED);
        assertThat(founded(one, List.of(supporting(of(node(2), RED), 1)), 5)).isEqualTo(new Decision.Begin());
        var soon = new Situation(
                one, List.of(), Set.of(id(1), id(2), id(3)), List.of(), true, Joining.PATIENCE.minusMillis(1));
        waits(Joining.decide(soon), 1);
        waits(founded(one, List.of(of(node(2), RED)), 5), 1);
        var blind = new Situation(one, List.of(), Set.of(id(1), id(2), id(3)), List.of(), false, LONG);
        waits(Joining.decide(blind), 1);
    }

    @Test
    void a_node_that_knows_no_cluster_does_not_begin_where_others_know_one() {
        waits(decide(node(1), List.of(supporting(of(node(2), RED), 1), supporting(of(node(3), RED), 1))), 2);
        assertThat(founded(of(node(2), RED), List.of(supporting(node(1), 2), supporting(of(node(3), RED), 2)), 3))
                .isEqualTo(new Decision.Begin());
    }

    @Test
    void one_node_begins_alone_after_a_look_around() {
        var alone = Hellos.with(node(1), "node-1", id(1), at(1), 1, 1, 16_384);
        assertThat(Joining.decide(new Situation(alone, List.of(), Set.of(), List.of(), true, Duration.ZERO)))
                .isEqualTo(new Decision.Begin());
        var seeds = new Situation(alone, List.of(), Set.of(), List.of(at(2)), true, Duration.ZERO);
        waits(Joining.decide(seeds), 1);
        assertThat(Joining.decide(new Situation(alone, List.of(), Set.of(), List.of(at(2)), true, LONG)))
                .isEqualTo(new Decision.Begin());
    }

    @Test
    void a_part_that_is_cut_off_from_the_start_does_not_begin() {
        waits(decide(node(1), List.of(supporting(node(2), 1))), 1);
        waits(decide(node(3), List.of()), 3);
    }

    /**
     * Nodes of a founded cluster that see each other in pairs, in any way, and learn and decide in any order: two may begin only
     * if they had no supporter in common.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void two_do_not_begin_with_the_same_supporters(long seed) {
        var random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            int nodes = 2 + random.nextInt(5);
            var sees = new boolean[nodes + 1][nodes + 1];
            for (int i = 1; i <= nodes; i++) {
                for (int j = 1; j < i; j++) {
                    sees[i][j] = sees[j][i] = random.nextInt(4) > 0;
                }
            }
            var hellos = new ArrayList<Hello>();
            IntStream.rangeClosed(1, nodes).forEach(n -> hellos.add(of(node(n), RED)));
            var begun = new HashSet<HostPort>();
            for (int step = 0; step < 40; step++) {
                int n = 1 + random.nextInt(nodes);
                var own = hellos.get(n - 1);
                var met = IntStream.rangeClosed(1, nodes)
                        .filter(other -> sees[n][other])
                        .mapToObj(other -> hellos.get(other - 1))
                        .toList();
                switch (founded(own, met, nodes, at(99))) {
                    case Decision.Wait(var supported, var _) ->
                        hellos.set(n - 1, own.withMembership(0, Optional.empty(), Optional.of(supported)));
                    case Decision.Begin() -> begun.add(own.gossip());
                    case Decision.Join(var _) -> throw new AssertionError("nobody said that he is in a membership");
                }
            }
            assertThat(begun).as("seed %d run %d", seed, run).hasSizeLessThanOrEqualTo(1);
        }
    }
}
