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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JoiningTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private static Situation situation(
            Hello own, List<Hello> met, Set<UUID> catalog, List<HostPort> unmet, boolean hasLooked, Duration since) {
        var supporters = met.stream()
                .filter(each -> each.supports().equals(Optional.of(own.gossip())))
                .map(Hello::incarnation)
                .collect(Collectors.toSet());
        return new Situation(own, met, supporters, Optional.empty(), catalog, unmet, hasLooked, since);
    }

    private static Decision decide(Hello own, List<Hello> met) {
        return Joining.decide(situation(own, met, Set.of(), List.of(), true, LONG));
    }

    private static Decision founded(Hello own, List<Hello> met, int nodes, HostPort... unmet) {
        var catalog = new HashSet<UUID>();
        IntStream.rangeClosed(1, nodes).forEach(n -> catalog.add(id(n)));
        return Joining.decide(situation(own, met, catalog, List.of(unmet), true, LONG));
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
        var soon = situation(
                one, List.of(), Set.of(id(1), id(2), id(3)), List.of(), true, Joining.PATIENCE.minusMillis(1));
        waits(Joining.decide(soon), 1);
        waits(founded(one, List.of(of(node(2), RED)), 5), 1);
        var blind = situation(one, List.of(), Set.of(id(1), id(2), id(3)), List.of(), false, LONG);
        waits(Joining.decide(blind), 1);
    }

    @Test
    void a_node_that_knows_no_cluster_does_not_begin_where_others_know_one() {
        waits(decide(node(1), List.of(of(node(2), RED), of(node(3), RED))), 2);
        assertThat(founded(of(node(2), RED), List.of(supporting(node(1), 2), supporting(of(node(3), RED), 2)), 3))
                .isEqualTo(new Decision.Begin());
    }

    @Test
    void one_node_begins_alone_after_a_look_around() {
        var alone = Hellos.with(node(1), "node-1", id(1), at(1), 1, 1, 16_384);
        assertThat(Joining.decide(situation(alone, List.of(), Set.of(), List.of(), true, Duration.ZERO)))
                .isEqualTo(new Decision.Begin());
        var seeds = situation(alone, List.of(), Set.of(), List.of(at(2)), true, Duration.ZERO);
        waits(Joining.decide(seeds), 1);
        assertThat(Joining.decide(situation(alone, List.of(), Set.of(), List.of(at(2)), true, LONG)))
                .isEqualTo(new Decision.Begin());
    }

    @Test
    void a_part_that_is_cut_off_from_the_start_does_not_begin() {
        waits(decide(node(1), List.of(supporting(node(2), 1))), 1);
        waits(decide(node(3), List.of()), 3);
    }

    @Test
    void a_promise_is_given_only_where_it_can_be_enough() {
        promises(decide(node(2), List.of(node(1))), false);
        promises(decide(node(2), List.of(node(1), node(3))), true);
        promises(founded(of(node(2), RED), List.of(of(node(1), RED)), 5, at(3), at(4), at(5)), false);
        promises(founded(of(node(2), RED), List.of(of(node(1), RED)), 3, at(3)), true);
    }

    private static void promises(Decision decision, boolean isPromise) {
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.Wait.class,
                        wait -> assertThat(wait.isPromise()).isEqualTo(isPromise));
    }

    @Test
    void whoever_has_promised_keeps_to_it() {
        var others = List.of(supporting(node(2), 1), supporting(node(3), 1));
        var bound = new Situation(
                node(1), others, Set.of(id(2), id(3)), Optional.of(at(9)), Set.of(), List.of(), true, LONG);
        waits(Joining.decide(bound), 9);
        promises(Joining.decide(bound), false);
    }

    @Test
    void whoever_was_promised_enough_begins_though_others_have_heard_of_the_cluster_before() {
        var others = List.of(supporting(of(node(2), RED), 1), supporting(of(node(3), RED), 1));
        var own = node(1);
        assertThat(Joining.decide(situation(own, others, Set.of(), List.of(), true, LONG)))
                .isEqualTo(new Decision.Begin());
    }
}
