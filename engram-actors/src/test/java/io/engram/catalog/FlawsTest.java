package io.engram.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.simulation.Simulation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The trial of the testers: with each of the planted mistakes that random walks can be expected to find, the simulation fails
 * within so many seeds. Those that they miss, or find late, are in the {@link BadHistories}.
 */
class FlawsTest {
    private static final int SEEDS = 2_000;

    @ParameterizedTest
    @EnumSource(
            value = Flaw.class,
            names = {
                "ACCEPTS_BELOW_ITS_PROMISE",
                "INSTALL_RESETS",
                "ANSWERS_WITHOUT_INSTALLATION",
                "CHANGES_BY_VERSION",
                "FOUNDED_BY_A_MAJORITY",
                "ANSWERS_BEFORE_THE_FORCE",
                "COUNTS_LATE_ANSWERS",
                "BUILDS_ON_THE_HIGHEST_VERSION",
                "APPLIES_AGAIN",
                "CHOSEN_BY_A_MINORITY",
                "READS_WITHOUT_WRITING_BACK",
                "INSTALLS_ON_SIGHT",
                "USES_A_BALLOT_TWICE",
                "KEEPS_ITS_IDENTITY",
                "BELIEVES_AN_EDIT_LOST"
            })
    void the_simulation_finds(Flaw flaw) {
        assertThat(firstFailure(flaw)).isLessThanOrEqualTo(SEEDS);
    }

    private static long firstFailure(Flaw flaw) {
        for (var seed = 1L; seed <= SEEDS; seed++) {
            try {
                CatalogSimulationTest.schedule(new Simulation<>(seed), flaw);
            } catch (Oracle.Violation found) {
                return seed;
            }
        }
        return Long.MAX_VALUE;
    }
}
