package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.simulation.Simulation;
import java.util.Optional;
import java.util.function.LongFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever breaks a rule is caught: by one of the scripts, or by chance within a few hundred schedules. */
class PlantedBugTest {
    private static final int SCRIPTED = 3;
    private static final int RANDOM = 400;

    @ParameterizedTest
    @EnumSource(PlantedBug.class)
    void aBrokenRuleIsNoticed(PlantedBug bug) {
        assertThat(byScript(bug).or(() -> byChance(bug))).as(bug.name()).isPresent();
    }

    private static Optional<String> byScript(PlantedBug bug) {
        for (var script : Scripts.values()) {
            if (!script.breaksAPromiseOfTheDisk()) {
                var found = first(SCRIPTED, seed -> failure(() -> script.run(new Simulation<>(seed), bug.rules)));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> byChance(PlantedBug bug) {
        return first(
                RANDOM, seed -> failure(() -> ReplicationSimulationTest.schedule(new Simulation<>(seed), bug.rules)));
    }

    private static Optional<String> first(int seeds, LongFunction<Optional<String>> run) {
        for (var seed = 1L; seed <= seeds; seed++) {
            var found = run.apply(seed);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> failure(Runnable run) {
        try {
            run.run();
            return Optional.empty();
        } catch (AssertionError | ProtocolViolationException noticed) {
            return Optional.of(String.valueOf(noticed.getMessage()));
        }
    }
}
