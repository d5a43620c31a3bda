package io.engram.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private final Simulation<String> simulation = new Simulation<>(7);
    private final SimulatedProcess<String> ann = simulation.process("ann");
    private final SimulatedProcess<String> bob = simulation.process("bob");
    private final List<String> heard = new ArrayList<>();

    private void start(SimulatedProcess<String> process) {
        process.start((from, message) -> heard.add(from + ">" + process.name() + ":" + message));
    }

    private void runAll() {
        while (simulation.time().step()) {
            assertThat(simulation.time().steps()).isLessThan(100_000);
        }
    }

    @Test
    void what_is_due_earlier_happens_earlier_and_a_tie_goes_to_who_asked_first() {
        var order = new ArrayList<String>();
        var time = simulation.time();
        time.after(20, () -> order.add("third"));
        time.after(10, () -> order.add("first"));
        time.after(10, () -> order.add("second"));
        time.after(15, () -> order.add("never")).cancel();
        time.runUntil(10);
        assertThat(order).containsExactly("first", "second");
        time.runUntil(30);
        assertThat(order).containsExactly("first", "second", "third");
        assertThat(time.nowMicros()).isEqualTo(30);
        assertThat(time.step()).isFalse();
    }

    @Test
    void a_good_network_delivers_everything_in_order() {
        start(ann);
        start(bob);
        for (var i = 0; i < 100; i++) {
            ann.send("bob", "" + i);
        }
        runAll();
        assertThat(heard).hasSize(100).startsWith("ann>bob:0", "ann>bob:1").endsWith("ann>bob:99");
        assertThat(simulation.faults().all()).isEmpty();
    }

    @Test
    void a_bad_network_does_all_that_it_should_and_counts_it() {
        start(bob);
        simulation.network().setFaults(new NetworkFaults(0.1, 0.1, 0.1, 100, 2_000, 50_000, false));
        for (var i = 0; i < 1_000; i++) {
            ann.send("bob", "" + i);
        }
        runAll();
        var faults = simulation.faults();
        assertThat(faults.of(FaultCounts.DROPPED)).isBetween(50L, 200L);
        assertThat(faults.of(FaultCounts.DUPLICATED)).isBetween(50L, 200L);
        assertThat(faults.of(FaultCounts.SLOW)).isBetween(50L, 200L);
        assertThat(faults.of(FaultCounts.OVERTAKEN)).isPositive();
        assertThat(heard).hasSize((int) (1_000 - faults.of(FaultCounts.DROPPED) + faults.of(FaultCounts.DUPLICATED)));
    }

    @Test
    void a_cut_takes_one_direction_and_what_is_under_way_on_it() {
        start(ann);
        start(bob);
        ann.send("bob", "under way");
        simulation.network().cut("ann", "bob");
        ann.send("bob", "too late");
        bob.send("ann", "the other way");
        runAll();
        assertThat(heard).containsExactly("bob>ann:the other way");
        assertThat(simulation.faults().of(FaultCounts.CUT)).isEqualTo(2);
        simulation.network().healAll();
        ann.send("bob", "healed");
        runAll();
        assertThat(heard).endsWith("ann>bob:healed");
    }

    @Test
    void an_isolated_process_hears_nobody_and_is_heard_by_nobody() {
        start(ann);
        start(bob);
        simulation.network().isolate("ann");
        ann.send("bob", "x");
        bob.send("ann", "x");
        runAll();
        assertThat(heard).isEmpty();
        assertThat(simulation.faults().of(FaultCounts.LINK_CUT)).isEqualTo(2);
    }

    @Test
    void a_killed_process_loses_its_timers_and_its_messages() {
        start(bob);
        bob.after(1_000, () -> heard.add("timer"));
        ann.send("bob", "lost");
        bob.kill();
        runAll();
        assertThat(heard).isEmpty();
        assertThat(simulation.faults().of(FaultCounts.NOBODY)).isEqualTo(1);
        start(bob);
        ann.send("bob", "second run");
        runAll();
        assertThat(heard).containsExactly("ann>bob:second run");
        assertThat(bob.run()).isEqualTo(2);
    }

    @Test
    void a_frozen_process_finds_on_waking_what_came_meanwhile() {
        start(bob);
        bob.after(1_000, () -> heard.add("timer"));
        bob.freeze(false);
        ann.send("bob", "a");
        simulation.time().runUntil(10_000);
        assertThat(heard).isEmpty();
        bob.thaw();
        assertThat(heard).containsExactly("ann>bob:a", "timer");
    }

    @Test
    void a_process_that_is_killed_while_frozen_forgets_what_came_meanwhile() {
        start(bob);
        bob.freeze(true);
        ann.send("bob", "a");
        simulation.time().runUntil(10_000);
        bob.kill();
        start(bob);
        runAll();
        assertThat(heard).isEmpty();
        assertThat(bob.isFrozen()).isFalse();
    }

    @Test
    void a_timer_goes_by_the_clock_of_its_own_machine() {
        start(ann);
        start(bob);
        ann.clock().setRate(2);
        var fired = new ArrayList<Long>();
        ann.after(10_000, () -> fired.add(simulation.time().nowMicros()));
        bob.after(10_000, () -> fired.add(simulation.time().nowMicros()));
        bob.after(4_000, () -> bob.clock().setRate(0.5));
        runAll();
        assertThat(fired).containsExactly(5_000L, 16_000L);
        assertThat(simulation.faults().of(FaultCounts.CLOCK_RATE)).isEqualTo(2);
    }

    @Test
    void a_suspended_machine_believes_that_no_time_has_passed() {
        start(bob);
        var fired = new ArrayList<Long>();
        bob.after(10_000, () -> fired.add(simulation.time().nowMicros()));
        simulation.time().runUntil(4_000);
        bob.freeze(true);
        simulation.time().runUntil(100_000);
        assertThat(bob.clock().monotonicMicros()).isEqualTo(4_000);
        bob.thaw();
        runAll();
        assertThat(fired).containsExactly(106_000L);
    }

    @Test
    void a_wall_clock_jumps_and_a_monotonic_one_does_not() {
        simulation.time().runUntil(5_000);
        bob.clock().jump(-3_000);
        assertThat(bob.clock().wallMicros()).isEqualTo(2_000);
        assertThat(bob.clock().monotonicMicros()).isEqualTo(5_000);
    }

    @Test
    void a_disk_keeps_what_was_forced_and_perhaps_some_of_the_rest() {
        var outcomes = new ArrayList<Integer>();
        for (var seed = 1; seed <= 50; seed++) {
            var one = new Simulation<String>(seed);
            var owner = one.process("owner");
            owner.start((_, _) -> {});
            var disk = new SimulatedDisk<>(one, owner, 0);
            var done = new AtomicInteger();
            disk.write(1);
            disk.force(done::incrementAndGet, done::decrementAndGet);
            one.time().runUntil(10_000);
            assertThat(done).hasValue(1);
            disk.write(2);
            disk.write(3);
            assertThat(disk.read()).isEqualTo(3);
            assertThat(disk.durable()).isEqualTo(1);
            disk.force(done::incrementAndGet, done::decrementAndGet);
            owner.kill();
            disk.crash();
            one.time().runUntil(20_000);
            assertThat(done).hasValue(1);
            outcomes.add(disk.read());
        }
        assertThat(outcomes).contains(1, 2, 3).doesNotContain(0);
    }

    @Test
    void forces_may_end_in_any_order() {
        for (var seed = 1; seed <= 50; seed++) {
            var one = new Simulation<String>(seed);
            var owner = one.process("owner");
            owner.start((_, _) -> {});
            var disk = new SimulatedDisk<>(one, owner, 0);
            for (var i = 1; i <= 5; i++) {
                var content = i;
                disk.write(content);
                disk.force(() -> assertThat(disk.durable()).isGreaterThanOrEqualTo(content), () -> {});
            }
            one.time().runUntil(10_000);
            assertThat(disk.durable()).isEqualTo(5);
        }
    }

    @Test
    void a_failing_disk_says_so_and_a_wiped_one_is_empty() {
        start(bob);
        var disk = new SimulatedDisk<>(simulation, bob, "empty");
        disk.setFailing(true);
        disk.write("x");
        disk.force(() -> heard.add("done"), () -> heard.add("failed"));
        runAll();
        assertThat(heard).containsExactly("failed");
        assertThat(disk.durable()).isEqualTo("empty");
        disk.setFailing(false);
        disk.force(() -> heard.add("done"), () -> heard.add("failed"));
        runAll();
        assertThat(disk.durable()).isEqualTo("x");
        disk.wipe("empty");
        assertThat(disk.read()).isEqualTo("empty");
    }

    @Test
    void the_same_seed_gives_the_same_run() {
        assertThat(story(11)).isEqualTo(story(11)).isNotEqualTo(story(12));
    }

    /** Processes that pass messages on to whomever. */
    private static List<String> story(long seed) {
        var simulation = new Simulation<Integer>(seed, true);
        simulation.network().setFaults(NetworkFaults.SOME);
        for (var name : List.of("a", "b", "c")) {
            var process = simulation.process(name);
            process.start((_, hops) -> {
                if (hops > 0) {
                    process.send(simulation.random().pick(simulation.names()), hops - 1);
                }
            });
        }
        for (var i = 0; i < 20; i++) {
            simulation.process("a").send("b", 20);
        }
        simulation.time().runUntil(10_000_000);
        return simulation.lines();
    }

    @Test
    void a_failure_names_its_seed_its_trace_and_the_command_that_does_it_again() {
        assertThatThrownBy(() -> Schedules.of("engram-actors", SimulationTest.class, "some_test")
                        .<String>run(10, one -> {
                            one.trace(() -> "something happened");
                            if (one.seed() == 3) {
                                throw new IllegalStateException("it went wrong");
                            }
                        }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("it went wrong")
                .hasMessageContaining("-Dtest=SimulationTest#some_test")
                .hasMessageContaining("-Dengram.simulation.seed=3")
                .hasMessageContaining("something happened");
    }

    @Test
    void a_failure_that_does_not_repeat_is_said_to_be_one() {
        var calls = new AtomicInteger();
        assertThatThrownBy(() -> Schedules.of("engram-actors", SimulationTest.class, "some_test")
                        .<String>run(10, _ -> {
                            if (calls.incrementAndGet() == 4) {
                                throw new IllegalStateException("it went wrong");
                            }
                        }))
                .hasMessageContaining("not deterministic");
    }

    @Test
    void the_faults_of_all_runs_are_added_up() {
        var faults = Schedules.of("engram-actors", SimulationTest.class, "some_test")
                .<String>run(4, one -> one.faults().add(FaultCounts.WIPED));
        assertThat(faults.of(FaultCounts.WIPED)).isEqualTo(4);
        assertThat(faults).hasToString("           4  disk wiped\n");
    }
}
