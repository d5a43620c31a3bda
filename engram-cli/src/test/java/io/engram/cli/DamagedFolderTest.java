package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cli.DamagedFolder.Outcome;
import io.engram.cli.DamagedFolder.Verdict;
import io.engram.proof.Damage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of damage, at several places, each with the outcome that {@code proof/damage.tsv} promises. */
class DamagedFolderTest {
    /** How many places each kind of damage is tried at. */
    private static final int SEEDS = Integer.getInteger("engram.proof.seeds", 1);

    private static final Map<Outcome, Integer> COUNTS = new EnumMap<>(Outcome.class);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path work;

    @SuppressWarnings("NullAway.Init")
    private static DamagedFolder folder;

    /** A line of the table. */
    record Promise(String damage, List<Outcome> outcomes, String words) {
        static Promise of(String line) {
            var fields = line.split("\t", -1);
            return new Promise(
                    fields[0],
                    Arrays.stream(fields[1].split("\\|")).map(Outcome::valueOf).toList(),
                    fields.length > 2 ? fields[2] : "");
        }
    }

    @BeforeAll
    static void run() throws Exception {
        folder = new DamagedFolder(work, 1);
    }

    static Stream<Promise> promises() throws Exception {
        var resource = Objects.requireNonNull(DamagedFolderTest.class.getResourceAsStream("/proof/damage.tsv"));
        try (var lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return lines.lines().filter(line -> !line.startsWith("#")).map(Promise::of).toList().stream();
        }
    }

    private static List<Verdict> verdicts(String damage) throws Exception {
        if (damage.equals("OTHER_NODES_LOG")) {
            return List.of(folder.withLogOf(new DamagedFolder(work, 2)));
        }
        var verdicts = new ArrayList<Verdict>();
        for (var seed = 1; seed <= SEEDS; seed++) {
            verdicts.add(folder.after(Damage.valueOf(damage), seed));
        }
        return verdicts;
    }

    @ParameterizedTest
    @MethodSource("promises")
    void every_damage_has_the_outcome_that_is_promised(Promise promise) throws Exception {
        var verdicts = verdicts(promise.damage());
        for (var verdict : verdicts) {
            System.out.printf("%-24s %-15s %s%n", promise.damage(), verdict.outcome(), verdict.damage());
            COUNTS.merge(verdict.outcome(), 1, Integer::sum);
        }
        assertThat(verdicts).allSatisfy(verdict -> {
            assertThat(verdict.outcome())
                    .as("%s\n%s", verdict.damage(), verdict.words())
                    .isIn(promise.outcomes());
            if (verdict.outcome() == promise.outcomes().getFirst()) {
                assertThat(verdict.words()).containsIgnoringCase(promise.words());
            }
        });
    }

    /** Otherwise the damage does not reach what it should. */
    @AfterAll
    static void every_outcome_was_there() {
        System.out.println(COUNTS);
        assertThat(COUNTS).containsKeys(Outcome.WHOLE, Outcome.WITHOUT_TAIL, Outcome.QUARANTINED, Outcome.REFUSED);
    }
}
