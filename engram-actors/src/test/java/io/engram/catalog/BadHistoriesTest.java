package io.engram.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each of the {@link BadHistories} goes wrong with the mistake that it is about, and with no mistake it does not. */
class BadHistoriesTest {
    private static final int VOTERS = 3;
    private static final int NODES = 5;

    @TestFactory
    Stream<DynamicTest> each_goes_wrong_with_its_mistake() {
        return BadHistories.all().entrySet().stream()
                .map(history -> DynamicTest.dynamicTest(history.getKey().name(), () -> {
                    var stage = new Stage(history.getKey(), VOTERS, NODES);
                    assertThatThrownBy(() -> history.getValue().accept(stage)).isInstanceOf(Oracle.Violation.class);
                }));
    }

    @TestFactory
    Stream<DynamicTest> none_goes_wrong_without_and_all_is_decided_in_the_end() {
        return BadHistories.all().entrySet().stream()
                .map(history -> DynamicTest.dynamicTest(history.getKey().name(), () -> {
                    var stage = new Stage(Flaw.NONE, VOTERS, NODES);
                    history.getValue().accept(stage);
                    stage.loseAll().edit(0, "last");
                    for (var i = 0; i < 20 && stage.answer("last").isEmpty(); i++) {
                        stage.settle().again(0);
                    }
                    assertThat(stage.answer("last"))
                            .as("%s", stage.history())
                            .hasValueSatisfying(answer -> assertThat(answer).isInstanceOf(Answer.Applied.class));
                }));
    }
}
