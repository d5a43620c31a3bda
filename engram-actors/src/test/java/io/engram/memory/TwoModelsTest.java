package io.engram.memory;

import static io.engram.memory.Memories.SCALE;
import static io.engram.memory.Memories.engineOf;
import static io.engram.memory.Memories.ids;
import static io.engram.memory.Memories.search;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A space that nodes with different models have written to. */
class TwoModelsTest {
    private static ModelVector vector(String model, float... values) {
        return ModelVector.quantise(model, values);
    }

    private static Cue cue(String text, ModelVector vector) {
        return Cue.ofText(text).withMeaning(new Cue.Meaning(vector, SCALE));
    }

    /** Two memories by one model, one by another with as many values, one by a third with fewer. */
    private static EngineView view() {
        SpaceEngine engine = engineOf("a red apple", "a green pear", "a blue plum", "a white fig");
        engine.attachVector("m0", 1, vector("encoder", 1, 0, 0));
        engine.attachVector("m1", 1, vector("encoder", 0, 1, 0));
        engine.attachVector("m2", 1, vector("table", 1, 0, 0));
        engine.attachVector("m3", 1, vector("small", 1, 0));
        return engine.view();
    }

    @Test
    void aCueIsComparedWithVectorsOfItsOwnModelOnly() {
        assertThat(ids(view().search(search(cue("something", vector("encoder", 1, 0, 0))))))
                .containsExactly("m0");
        assertThat(ids(view().search(search(cue("something", vector("table", 1, 0, 0))))))
                .containsExactly("m2");
        assertThat(ids(view().search(search(cue("something", vector("small", 1, 0))))))
                .containsExactly("m3");
        assertThat(ids(view().search(search(cue("something", vector("unheard of", 1, 0, 0))))))
                .isEmpty();
    }

    @Test
    void memoriesOfAnotherModelAreFoundByTheirWords() {
        assertThat(ids(view().search(search(cue("plum", vector("encoder", 0, 0, 1))))))
                .containsExactly("m2");
        assertThat(ids(view().recall(Memories.recall("plum")))).contains("m2");
    }
}
