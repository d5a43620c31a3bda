package io.engram.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.proof.Clients;
import io.engram.proof.Ledger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The crash tester itself on trial: it must catch what was planted, and let a sound store pass. */
class PlantedFaultTest {
    private static final int ROUNDS = 6;
    private static final long SEED = 20_261_124;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Ledger ledger = new Ledger();
    private final Clients clients = new Clients(ledger, SEED, 4, 8);

    /** Kills the process again and again; what the comparisons found, up to the first round that found anything. */
    private List<String> faultsWithin(int rounds, PlantedFault fault) throws Exception {
        var random = new Random(SEED);
        var options = new StoreTarget.Options(fault, true, 64 * 1024, 0);
        var faults = new ArrayList<String>();
        for (var round = 0; round <= rounds && faults.isEmpty(); round++) {
            try (var store = new StoreTarget(folder.resolve("log"), folder.resolve("errors.txt"), options, Map.of())) {
                assertThat(store.awaitReady()).isTrue();
                faults.addAll(ledger.compare(store.everything()));
                if (round < rounds && faults.isEmpty()) {
                    try (var run = clients.start(store)) {
                        run.awaitAcknowledged(1 + random.nextInt(150));
                        store.kill();
                    }
                }
            }
        }
        return faults;
    }

    @Test
    void a_sound_store_passes() throws Exception {
        assertThat(faultsWithin(ROUNDS, PlantedFault.NONE)).as("seed %d", SEED).isEmpty();
        assertThat(ledger.acknowledged()).isGreaterThan(ROUNDS);
    }

    @ParameterizedTest
    @EnumSource(
            value = PlantedFault.class,
            names = {"ACKNOWLEDGES_BEFORE_THE_FORCE", "DROPS_THE_LAST_RECORD_ON_RECOVERY"})
    void a_planted_fault_is_caught(PlantedFault fault) throws Exception {
        assertThat(faultsWithin(ROUNDS, fault))
                .as("what was found in %d rounds, seed %d", ROUNDS, SEED)
                .isNotEmpty()
                .allMatch(line -> line.contains("acknowledged, and lost")
                        || line.contains("was acknowledged")
                        || line.contains("back again"));
    }
}
