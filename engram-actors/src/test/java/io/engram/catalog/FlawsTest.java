package io.engram.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.simulation.Simulation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FlawsTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void found(Flaw flaw) {
        var most = Long.getLong("seeds", 1000);
        var t = System.nanoTime();
        for (var seed = 1L; seed <= most; seed++) {
            try {
                CatalogSimulationTest.schedule(new Simulation<>(seed), flaw);
            } catch (Throwable e) {
                System.out.println(flaw + " seed " + seed + " " + (System.nanoTime() - t) / 1_000_000 + "ms " + e.toString().lines().findFirst().get());
                return;
            }
        }
        System.out.println(flaw + " NOT FOUND " + (System.nanoTime() - t) / 1_000_000 + "ms");
    }
}
