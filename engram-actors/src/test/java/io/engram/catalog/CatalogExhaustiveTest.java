package io.engram.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.catalog.Enumerator.Story;
import io.engram.catalog.Enumerator.Want;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Three voters and short stories, gone through completely. System properties make the stories longer: {@code
 * engram.enumerator.retries}, {@code engram.enumerator.crashes}, {@code engram.enumerator.duplicates}, and {@code
 * engram.enumerator.states}, after how many states to give up.
 */
class CatalogExhaustiveTest {
    private static final long MOST_STATES = Long.getLong("engram.enumerator.states", 3_000_000);
    private static final int RETRIES = Integer.getInteger("engram.enumerator.retries", 0);
    private static final int CRASHES = Integer.getInteger("engram.enumerator.crashes", 0);
    private static final int DUPLICATES = Integer.getInteger("engram.enumerator.duplicates", 0);

    private static Want edit(int node, String key, int again) {
        var step = new OperationStep(0, OperationState.RUNNING, key);
        return new Want(
                node,
                Optional.of(new Edit.AdvanceOperation("op", OperationState.RUNNING, step, true, Optional.empty())),
                key,
                again);
    }

    private static Want read(int node) {
        return new Want(node, Optional.empty(), "", -1);
    }

    private static Want voters(int node, long... numbers) {
        var voters = Arrays.stream(numbers)
                .mapToObj(number -> new Incarnation(new UUID(0, number + 1)))
                .sorted()
                .toList();
        return new Want(node, Optional.of(new Edit.ChangeVoters(1, voters)), "", -1);
    }

    private static void explore(Story story) {
        var extent = new Enumerator(story, Rules.SOUND, MOST_STATES, false).run();
        assertThat(extent.complete())
                .as("%s is not gone through: %s", story, extent)
                .isTrue();
    }

    @Test
    void two_nodes_edit() {
        explore(new Story(3, 0, List.of(edit(0, "a", -1), edit(1, "b", -1)), RETRIES, CRASHES, DUPLICATES));
    }

    @Test
    void one_edits_and_another_reads() {
        explore(new Story(3, 0, List.of(edit(0, "a", -1), read(1)), RETRIES, CRASHES, DUPLICATES));
    }

    @Test
    void voters_change_and_the_proposer_may_die() {
        explore(new Story(3, 1, List.of(voters(0, 1, 2, 3)), RETRIES, 1, DUPLICATES));
    }
}
