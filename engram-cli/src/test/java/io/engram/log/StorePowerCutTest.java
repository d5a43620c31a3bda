package io.engram.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.proof.Clients;
import io.engram.proof.Ledger;
import io.engram.proof.PowerCut;
import io.engram.proof.Preload;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real database on a disk that forgets what was not forced, and that fails. */
class StorePowerCutTest {
    private static final int CUTS = Integer.getInteger("engram.proof.cuts", 8);
    /** The first start makes more than so many. */
    private static final int FIRST_FORCES = 3;

    private static final long SEED = Long.getLong("engram.proof.seed", 20_261_124);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Ledger ledger = new Ledger();
    private final Clients clients = new Clients(ledger, SEED, 4, 8);
    private final Random random = new Random(SEED);

    @SuppressWarnings("NullAway.Init")
    private Preload preload;

    @BeforeEach
    void compile() throws Exception {
        preload = Preload.compiled(folder);
    }

    private StoreTarget start(Preload.Watch watch, boolean sync) throws Exception {
        var options = new StoreTarget.Options(PlantedFault.NONE, sync, 64 * 1024, 0);
        return new StoreTarget(watch.root(), folder.resolve("errors.txt"), options, watch.environment());
    }

    private Preload.Watch watch(int round) throws Exception {
        return preload.watch(
                Files.createDirectories(folder.resolve("log-" + round)), folder.resolve("shadow-" + round));
    }

    /** Cuts the power again and again, each time going on with what survived. */
    private List<String> faultsWithin(int cuts, boolean sync) throws Exception {
        var faults = new ArrayList<String>();
        var decided = "nothing cut yet";
        for (var round = 0; round <= cuts && faults.isEmpty(); round++) {
            var watch = watch(round);
            try (var store = start(watch, sync)) {
                if (round % 4 == 3) {
                    // Cut while it recovers.
                    Thread.sleep(random.nextInt(400));
                } else {
                    assertThat(store.awaitReady())
                            .as("it starts after cut %d, seed %d: %s\n%s", round, SEED, decided, errors())
                            .isTrue();
                    for (var fault : ledger.compare(store.everything())) {
                        faults.add("cut %d: %s (%s)".formatted(round, fault, decided));
                    }
                    if (round < cuts) {
                        try (var run = clients.start(store)) {
                            run.awaitAcknowledged(1 + random.nextInt(300));
                            store.kill();
                        }
                    }
                }
                store.kill();
            }
            if (round < cuts) {
                var kind = random.nextBoolean() ? PowerCut.Kind.NOTHING_MORE : PowerCut.Kind.SOME;
                decided = kind + ": "
                        + new PowerCut(watch.root(), watch.shadow())
                                .restoreTo(folder.resolve("log-" + (round + 1)), kind, random.nextLong());
            }
        }
        return faults;
    }

    private String errors() throws Exception {
        var file = folder.resolve("errors.txt");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    @Test
    void what_was_acknowledged_survives_every_power_cut() throws Exception {
        assertThat(faultsWithin(CUTS, true)).as("seed %d", SEED).isEmpty();
        assertThat(ledger.acknowledged()).isGreaterThan(CUTS);
    }

    /** Cut at each force of the very first start, a folder can be opened, whatever else has survived. */
    @Test
    void a_first_start_that_is_cut_off_leaves_a_folder_that_opens() throws Exception {
        var cut = 0;
        for (var ready = false; !ready; ) {
            cut++;
            var watch = watch(cut);
            try (var store = start(watch, true)) {
                while (watch.forces() < cut && !store.isReadyOrGone()) {
                    Thread.onSpinWait();
                }
                ready = store.isReadyOrGone();
                store.kill();
            }
            for (var trial = 0; trial < 8; trial++) {
                var kind = trial == 0 ? PowerCut.Kind.NOTHING_MORE : PowerCut.Kind.SOME;
                var survived = folder.resolve("survived-" + cut + "-" + trial);
                var decided = new PowerCut(watch.root(), watch.shadow()).restoreTo(survived, kind, random.nextLong());
                opens(survived, "cut at force %d, seed %d: %s %s".formatted(cut, SEED, kind, decided));
            }
        }
        assertThat(cut).as("forces until it was ready").isGreaterThan(FIRST_FORCES);
    }

    private static void opens(Path folder, String when) {
        var settings = LogStoreSettings.of(folder).withMinFreeBytes(0);
        try (var store = LogStore.open(settings, new SimpleMeterRegistry())) {
            store.append("a", 1, List.of(new byte[1])).toCompletableFuture().join();
        } catch (LogException e) {
            throw new AssertionError(when, e);
        }
    }

    @Test
    void a_store_that_does_not_force_is_caught() throws Exception {
        assertThat(faultsWithin(CUTS, false))
                .as("what was found in %d cuts, seed %d", CUTS, SEED)
                .anyMatch(line -> line.contains("acknowledged, and lost"));
    }

    @Test
    void a_force_that_fails_is_the_end_and_loses_nothing() throws Exception {
        for (var round = 0; round < 3; round++) {
            var watch = preload.watch(Files.createDirectories(folder.resolve("log")), folder.resolve("eio-" + round));
            try (var store = start(watch, true)) {
                assertThat(store.awaitReady()).as(errors()).isTrue();
                assertThat(ledger.compare(store.everything())).isEmpty();
                try (var run = clients.start(store)) {
                    run.awaitAcknowledged(20);
                    watch.failForce(1 + random.nextInt(20), Preload.EIO, true, true);
                    assertThat(store.exitCode()).isEqualTo(StoreProcess.WRITER_FAILED);
                }
            }
        }
        try (var store = start(preload.watch(folder.resolve("log"), folder.resolve("eio-last")), true)) {
            assertThat(store.awaitReady()).as(errors()).isTrue();
            assertThat(ledger.compare(store.everything())).isEmpty();
        }
    }
}
