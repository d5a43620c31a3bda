package io.engram.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.catalog.Enumerator.Story;
import io.engram.catalog.Enumerator.Want;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Three voters and short stories, gone through completely. */
class CatalogExhaustiveTest {
    private static final long MOST_STATES = Long.getLong("engram.enumerator.states", 3_000_000);
    private static final int RETRIES = Integer.getInteger("engram.enumerator.retries", 0);
    private static final int CRASHES = Integer.getInteger("engram.enumerator.crashes", 1);
    private static final int DUPLICATES = Integer.getInteger("engram.enumerator.duplicates", 0);

    static Want edit(int node, String key, int again) {
        return new Want(
                node,
                Optional.of(new Edit.AdvanceOperation(
                        "op",
                        OperationState.RUNNING,
                        new OperationStep(0, OperationState.RUNNING, key),
                        true,
                        Optional.empty())),
                key,
                again);
    }

    static Want read(int node) {
        return new Want(node, Optional.empty(), "", -1);
    }

    static Want voters(int node, long... numbers) {
        return new Want(
                node,
                Optional.of(new Edit.ChangeVoters(
                        1,
                        java.util.Arrays.stream(numbers)
                                .mapToObj(number -> new Incarnation(new UUID(0, number + 1)))
                                .sorted()
                                .toList())),
                "",
                -1);
    }

    private static void explore(String name, Story story) {
        var start = System.nanoTime();
        var extent = new Enumerator(story, Rules.SOUND, MOST_STATES, false).run();
        System.out.println(name + " " + extent + " " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(extent.complete()).isTrue();
    }

    @Test
    void two_editors() {
        explore("two editors", new Story(3, 0, List.of(edit(0, "a", -1), edit(1, "b", -1)), RETRIES, CRASHES, DUPLICATES));
    }
    @Test
    void one_editor_crash() {
        explore("one_editor_crash", new Story(3, 0, List.of(edit(0, "a", 1)), RETRIES, CRASHES, DUPLICATES));
    }
    @Test
    void editor_and_reader() {
        explore("editor_and_reader", new Story(3, 0, List.of(edit(0, "a", -1), read(1)), RETRIES, CRASHES, DUPLICATES));
    }
    @Test
    void change() {
        explore("change", new Story(3, 1, List.of(voters(0, 1,2,3)), RETRIES, CRASHES, DUPLICATES));
    }
    @Test
    void changeandedit() {
        explore("changeandedit", new Story(3, 1, List.of(voters(0, 1,2,3), edit(1, "a", -1)), RETRIES, CRASHES, DUPLICATES));
    }
}
