package io.engram.cluster;

import static io.engram.cluster.Hellos.RED;
import static io.engram.cluster.Hellos.at;
import static io.engram.cluster.Hellos.id;
import static io.engram.cluster.Hellos.node;
import static io.engram.cluster.Hellos.of;
import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.Joining.Decision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidacyTest {
    private static final long MS = 1_000_000;

    private static Decision decide(Candidacy candidacy, int own, List<Hello> met, long ms) {
        return candidacy.decide(node(own), met, Set.of(), Set.of(), List.of(), true, Duration.ofMinutes(1), ms * MS);
    }

    @Test
    void a_promise_is_told_once_it_was_thought_over_and_binds_for_a_while_after_it_was_told_last() {
        var candidacy = new Candidacy();
        var all = List.of(node(2), node(3));
        decide(candidacy, 4, all, 0);
        assertThat(candidacy.told()).isEmpty();
        decide(candidacy, 4, all, 200);
        assertThat(candidacy.told()).contains(at(2));

        var lower = List.of(node(1), node(2), node(3));
        for (var ms = 400; ms <= 6_400; ms += 200) {
            assertThat(decide(candidacy, 4, lower, ms))
                    .isInstanceOfSatisfying(
                            Decision.Wait.class,
                            wait -> assertThat(wait.supported()).isEqualTo(at(2)));
            assertThat(candidacy.told()).isEmpty();
        }
        decide(candidacy, 4, lower, 6_600);
        decide(candidacy, 4, lower, 6_800);
        assertThat(candidacy.told()).contains(at(1));
    }

    /** Something that happens in a run. */
    private record Event(long nanos, long number, Runnable what) {}

    /** Nodes that are to found a cluster or to form it again, with messages that take long or get lost, and processes that stand still. */
    private static final class Run {
        private final Random random;
        private final boolean isFounded;
        private final int nodes;
        private final boolean[][] sees;
        private final List<Sim> sims = new ArrayList<>();
        private final PriorityQueue<Event> events =
                new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));
        private final Map<Integer, Long> begunNanos = new TreeMap<>();
        private boolean isCalm;
        private long now;
        private long number;

        Run(long seed) {
            random = new Random(seed);
            nodes = 3 + random.nextInt(3);
            isFounded = random.nextBoolean();
            sees = new boolean[nodes + 1][nodes + 1];
            for (var i = 1; i <= nodes; i++) {
                for (var j = 1; j < i; j++) {
                    sees[i][j] = sees[j][i] = random.nextInt(5) > 0;
                }
            }
            for (var n = 1; n <= nodes; n++) {
                sims.add(new Sim(n));
            }
        }

        void after(long nanos, Runnable what) {
            events.add(new Event(now + nanos, number++, what));
        }

        void until(long nanos) {
            while (!events.isEmpty() && events.element().nanos() <= nanos) {
                var event = events.remove();
                now = event.nanos();
                event.what().run();
            }
            now = nanos;
        }

        long delay() {
            return (isCalm || random.nextInt(4) > 0 ? random.nextInt(50) : random.nextInt(4_000)) * MS;
        }

        /** From now on everybody hears everybody soon. */
        void calm() {
            isCalm = true;
            for (var row : sees) {
                Arrays.fill(row, true);
            }
        }

        final class Sim {
            private final int n;
            private final Introductions table;
            private final Candidacy candidacy = new Candidacy();
            private final long born = random.nextInt(3_000) * MS;
            private long stillUntil;

            Sim(int n) {
                this.n = n;
                var hello = Hellos.with(node(n), "node-" + n, id(n), at(n), 1, nodes, 16_384);
                table = new Introductions(isFounded ? of(hello, RED) : hello, () -> now, Hellos.clocks());
                after(born, this::greet);
                after(born + random.nextInt(200) * MS, this::tick);
                if (random.nextBoolean()) {
                    // The catalog is founded beside the membership; nodes hear of it one after the other.
                    after(random.nextInt(15_000) * MS, () -> table.describe(own -> of(own, RED)));
                }
            }

            /** Runs something as soon as this node does not stand still. */
            private void awake(Runnable what) {
                if (now < stillUntil) {
                    after(stillUntil - now, () -> awake(what));
                } else {
                    what.run();
                    if (!isCalm && random.nextInt(8) == 0) {
                        stillUntil = now + random.nextInt(random.nextInt(3) > 0 ? 500 : 12_000) * MS;
                    }
                }
            }

            private void greet() {
                awake(() -> {
                    for (var other : sims) {
                        if (other != this && sees[n][other.n] && (isCalm || random.nextInt(6) > 0)) {
                            var asked = now;
                            var hello = table.own();
                            after(delay(), () -> other.awake(() -> other.greeted(this, hello, asked)));
                        }
                    }
                    after((500 + random.nextInt(250)) * MS, this::greet);
                });
            }

            private void greeted(Sim by, Hello hello, long asked) {
                if (now < born) {
                    return;
                }
                table.heard(hello);
                var answer = table.own();
                after(delay(), () -> by.awake(() -> by.table.answered(answer, asked)));
            }

            private void tick() {
                awake(() -> {
                    var own = table.own();
                    var knows = own.cluster().isPresent();
                    Set<UUID> catalog = knows
                            ? IntStream.rangeClosed(1, nodes)
                                    .mapToObj(Hellos::id)
                                    .collect(Collectors.toSet())
                            : Set.of();
                    var met = table.met();
                    // Where others are is known; whoever is silent may be there all the same.
                    var unmet = IntStream.rangeClosed(1, nodes)
                            .mapToObj(Hellos::at)
                            .filter(each -> !each.equals(at(n))
                                    && met.stream()
                                            .noneMatch(one -> one.gossip().equals(each)))
                            .toList();
                    var decision = candidacy.decide(
                            own, met, table.supporters(), catalog, unmet, true, Duration.ofNanos(now - born), now);
                    // Between deciding and telling, too, a process may stand still.
                    var told = candidacy.told();
                    table.describe(hello -> hello.withMembership(0, Optional.empty(), told));
                    switch (decision) {
                        case Decision.Begin() -> {
                            begunNanos.put(n, now);
                            table.describe(hello -> hello.withMembership(1, Optional.of(at(n)), Optional.empty()));
                        }
                        case Decision.Join(var members) ->
                            table.describe(hello ->
                                    hello.withMembership(2, Optional.of(members.getFirst()), Optional.empty()));
                        case Decision.Wait _ -> after(200 * MS, this::tick);
                    }
                });
            }
        }
    }

    /**
     * Two begin only where the first one was not heard of for so long that those who had promised were free again; and somebody does
     * once everybody hears everybody.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nobody_begins_while_those_whom_he_counts_on_are_bound_to_another(long seed) {
        for (var run = 0; run < 250; run++) {
            var sim = new Run(seed * 1_000 + run);
            sim.until(40_000 * MS);
            sim.calm();
            sim.until(90_000 * MS);
            var begun = sim.begunNanos.values().stream().sorted().toList();
            assertThat(begun).as("seed %d", seed * 1_000 + run).isNotEmpty();
            for (var i = 1; i < begun.size(); i++) {
                assertThat(begun.get(i) - begun.get(i - 1))
                        .as("seed %d", seed * 1_000 + run)
                        .isGreaterThanOrEqualTo(
                                Candidacy.BINDING.minus(Candidacy.COUNTED).toNanos());
            }
        }
    }
}
