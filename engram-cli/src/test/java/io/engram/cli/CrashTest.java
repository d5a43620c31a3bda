package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cli.CrashTester.End;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes that are killed, and held to what they acknowledged. */
class CrashTest {
    private static final long SEED = Long.getLong("engram.proof.seed", 20_261_124);

    @TempDir
    Path folder;

    @Test
    void twenty_five_kills_at_any_moment_lose_nothing_and_bring_nothing_back() throws Exception {
        var tester = new CrashTester(
                folder,
                SEED,
                List.of(End.KILLED_WHILE_STARTING, End.KILLED_AT_FIRST, End.KILLED_UNDER_LOAD, End.KILLED_UNDER_LOAD),
                System.out);
        assertThat(tester.run(25, 6)).as("seed %d", SEED).isEmpty();
        assertThat(tester.ledger().acknowledged()).isGreaterThan(500);
    }

    @Test
    void thirty_restarts_in_a_row_with_writes_between_lose_nothing() throws Exception {
        var ends = new ArrayList<End>();
        for (var i = 0; i < 2; i++) {
            ends.add(End.STOPPED);
            ends.add(End.KILLED_AT_FIRST);
        }
        ends.add(End.KILLED_UNDER_LOAD);
        var tester = new CrashTester(folder, SEED + 1, ends, System.out);
        // Compared once, at the end: what an early restart lost must still be missing then.
        assertThat(tester.run(30, 1_000)).as("seed %d", SEED + 1).isEmpty();
        assertThat(tester.ledger().acknowledged()).isGreaterThan(500);
    }
}
