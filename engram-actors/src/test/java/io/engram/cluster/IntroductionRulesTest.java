package io.engram.cluster;

import static io.engram.cluster.Hellos.BLUE;
import static io.engram.cluster.Hellos.RED;
import static io.engram.cluster.Hellos.at;
import static io.engram.cluster.Hellos.id;
import static io.engram.cluster.Hellos.in;
import static io.engram.cluster.Hellos.node;
import static io.engram.cluster.Hellos.of;
import static io.engram.cluster.Hellos.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class IntroductionRulesTest {
    private static String contradiction(Hello own, Hello other, Hello... alive) {
        return IntroductionRules.contradiction(own, other, List.of(alive)).orElse("none");
    }

    @Test
    void nodes_that_are_set_up_alike_may_be_together() {
        assertThat(contradiction(node(1), node(2), node(3))).isEqualTo("none");
        assertThat(contradiction(of(node(1), RED), of(node(2), RED))).isEqualTo("none");
        assertThat(contradiction(of(node(1), RED), node(2))).isEqualTo("none");
    }

    @Test
    void another_cluster_is_refused_by_name() {
        assertThat(contradiction(of(node(1), RED), of(node(2), BLUE)))
                .contains("node 'node-2' (10.0.0.2:7946", BLUE.toString(), "'node-1'", RED.toString())
                .doesNotContain("\n");
    }

    @Test
    void a_node_that_comes_back_with_an_empty_disk_is_not_taken_for_two() {
        var wiped = with(node(2), "node-2", id(9), at(2), 1, 3, 16_384);
        assertThat(contradiction(node(1), wiped, node(2), node(3))).isEqualTo("none");
    }

    @Test
    void a_name_is_had_by_one_running_node() {
        var twin = with(node(2), "node-1", id(2), at(2), 1, 3, 16_384);
        assertThat(contradiction(node(1), twin)).contains("the same name", "node-1", "10.0.0.2", "10.0.0.1");
        assertThat(contradiction(node(3), twin, node(1)))
                .as("somebody else has that name and is alive")
                .contains("the same name");
        assertThat(contradiction(node(3), twin)).as("whoever had it is silent").isEqualTo("none");
        var moved = with(node(1), "node-1", id(1), at(9), 1, 3, 16_384);
        assertThat(contradiction(node(3), moved, node(1)))
                .as("the same folder at a new address")
                .isEqualTo("none");
    }

    @Test
    void a_folder_is_used_by_one_node() {
        assertThat(contradiction(node(1), with(node(2), "node-2", id(1), at(2), 1, 3, 16_384)))
                .contains("same data folder");
    }

    @Test
    void another_protocol_is_refused() {
        assertThat(contradiction(node(1), with(node(2), "node-2", id(2), at(2), 2, 3, 16_384)))
                .contains("version 2 of the protocol", "0.1.0");
    }

    @Test
    void those_who_found_a_cluster_agree_on_it() {
        var five = with(node(2), "node-2", id(2), at(2), 1, 5, 16_384);
        var fewBuckets = with(node(2), "node-2", id(2), at(2), 1, 3, 64);
        assertThat(contradiction(node(1), five)).contains("bootstrap_expect = 5", "with 3");
        assertThat(contradiction(node(1), fewBuckets)).contains("jump_buckets = 64", "16384");
        assertThat(contradiction(of(node(1), RED), five))
                .as("once it is founded these mean nothing")
                .isEqualTo("none");
        assertThat(contradiction(of(node(1), RED), fewBuckets)).isEqualTo("none");
    }

    @Test
    void of_two_exactly_one_must_go() {
        var hellos = List.of(node(1), node(2), of(node(3), RED), in(node(4), 1, 4));
        for (var one : hellos) {
            for (var other : hellos) {
                if (one != other) {
                    assertThat(IntroductionRules.mustGo(one, other))
                            .as("%s and %s", one, other)
                            .isNotEqualTo(IntroductionRules.mustGo(other, one));
                }
            }
        }
        assertThat(IntroductionRules.mustGo(node(2), node(1))).isTrue();
        assertThat(IntroductionRules.mustGo(node(1), of(node(2), RED))).isTrue();
        assertThat(IntroductionRules.mustGo(of(node(1), RED), in(node(2), 1, 2)))
                .isTrue();
    }

    @Test
    void a_member_is_not_sent_away_by_another_cluster() {
        var red = in(of(node(1), RED), 1, 1);
        var blue = in(of(node(2), BLUE), 3, 2);
        assertThat(IntroductionRules.mustGo(red, blue)).isFalse();
        assertThat(IntroductionRules.mustGo(blue, red)).isFalse();
    }

    @Test
    void of_two_memberships_the_smaller_or_the_higher_gives_up() {
        assertThat(IntroductionRules.givesUp(in(node(1), 1, 1), in(node(2), 2, 2)))
                .isTrue();
        assertThat(IntroductionRules.givesUp(in(node(2), 2, 2), in(node(1), 1, 1)))
                .isFalse();
        assertThat(IntroductionRules.givesUp(in(node(1), 2, 1), in(node(3), 2, 3)))
                .isFalse();
        assertThat(IntroductionRules.givesUp(in(node(3), 2, 3), in(node(1), 2, 1)))
                .isTrue();
    }
}
