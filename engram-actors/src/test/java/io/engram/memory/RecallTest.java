package io.engram.memory;

import static io.engram.memory.Memories.SCALE;
import static io.engram.memory.Memories.engineOf;
import static io.engram.memory.Memories.ids;
import static io.engram.memory.Memories.recall;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecallTest {
    private static final ModelVector EAST = ModelVector.quantise("model", new float[] {1, 0, 0});
    private static final Cue.Meaning EASTWARD = new Cue.Meaning(EAST, SCALE);

    private static Memory sure(String id, long second, float confidence, String content) {
        return Memories.of(
                id,
                1,
                second,
                MemoryBody.builder(content).confidence(confidence).build());
    }

    @Test
    void neighboursInTimeReceiveAShareOfTheBestMatch() {
        SpaceEngine engine = new SpaceEngine();
        engine.put(sure("far", 1, 1f, "nothing in common"));
        engine.put(sure("after", 30, 0.5f, "some other thing"));
        engine.put(sure("hit", 20, 1f, "violin lesson"));
        engine.put(sure("before", 10, 1f, "yet another thing"));
        RecallResult result = engine.view().recall(recall("violin"));

        assertThat(ids(result)).containsExactly("hit", "before", "after");
        assertThat(result.recollections().get(0).activation()).isEqualTo(1f);
        assertThat(result.recollections().get(1).activation()).isEqualTo(0.35f);
        assertThat(result.recollections().get(1).parts().neighbour()).isEqualTo(0.35f);
        assertThat(result.recollections().get(2).activation()).isCloseTo(0.35f * 0.75f, within(1e-6f));
        assertThat(result.recollections().get(1).similarity()).isZero();
        assertThat(result.hops()).isEqualTo(1);
        assertThat(result.activated()).isEqualTo(3);
        assertThat(result.considered()).isEqualTo(4);
    }

    @Test
    void similarityModeActivatesMatchesOnly() {
        SpaceEngine engine = engineOf("violin lesson", "some other thing");
        RecallResult result = engine.view().recall(recall(Cue.ofText("violin"), RecallQuery.Mode.SIMILARITY));
        assertThat(ids(result)).containsExactly("m0");
        assertThat(result.hops()).isZero();
    }

    @Test
    void spreadingModeGivesNeighboursMoreThanHybridMode() {
        EngineView view = engineOf("violin lesson", "some other thing").view();
        float hybrid = view.recall(recall(Cue.ofText("violin"), RecallQuery.Mode.HYBRID))
                .recollections()
                .get(1)
                .activation();
        float spreading = view.recall(recall(Cue.ofText("violin"), RecallQuery.Mode.SPREADING))
                .recollections()
                .get(1)
                .activation();
        assertThat(spreading).isCloseTo(2 * hybrid, within(1e-6f));
    }

    @Test
    void aMatchBesideAMatchComesBeforeAnEqualOneAlone() {
        SpaceEngine engine = engineOf("violin alone", "filler", "gap here", "violin twice", "violin again");
        assertThat(ids(engine.view().recall(recall("violin"))).subList(0, 2)).containsExactly("m3", "m4");
    }

    @Test
    void activationStaysWithinOneAndKeepsItsOrder() {
        SpaceEngine engine = engineOf("violin", "violin", "violin", "violin and more");
        assertThat(engine.view().recall(recall("violin")).recollections())
                .allSatisfy(r -> assertThat(r.activation()).isBetween(0f, 1f))
                .isSortedAccordingTo((a, b) -> Float.compare(b.activation(), a.activation()));
    }

    @Test
    void strengthWeighsActivation() {
        SpaceEngine engine = new SpaceEngine();
        engine.put(sure("doubtful", 0, 0.2f, "violin lesson"));
        engine.put(sure("filler", 1, 1f, "nothing"));
        engine.put(sure("filler2", 2, 1f, "nothing else"));
        engine.put(sure("certain", 3, 1f, "violin lesson"));
        RecallResult result = engine.view().recall(recall(Cue.ofText("violin"), RecallQuery.Mode.SIMILARITY));
        assertThat(ids(result)).containsExactly("certain", "doubtful");
        assertThat(result.recollections().get(0).parts().strength()).isEqualTo(1f);
        assertThat(result.recollections().get(1).parts().strength()).isCloseTo(0.6f, within(1e-6f));
        assertThat(result.recollections().get(1).activation()).isCloseTo(0.6f, within(1e-6f));
    }

    @Test
    void kindsFollowConfidenceAndRanksCountWithinAKind() {
        SpaceEngine engine = new SpaceEngine();
        engine.put(sure("v1", 0, 1f, "violin lesson"));
        engine.put(sure("a1", 1, 0.5f, "violin lesson"));
        engine.put(sure("v2", 2, 0.9f, "violin lesson"));
        engine.put(sure("a2", 3, 0.9f, "unrelated"));
        RecallResult result = engine.view().recall(recall("violin lesson"));
        for (Recollection.Kind kind : Recollection.Kind.values()) {
            List<Recollection> list = result.recollections().stream()
                    .filter(r -> r.kind() == kind)
                    .toList();
            for (int i = 0; i < list.size(); i++) {
                assertThat(list.get(i).rank()).isEqualTo(i + 1);
                assertThat(list.get(i).confidence() > 0.7f).isEqualTo(kind == Recollection.Kind.VIVID);
            }
        }
        assertThat(result.recollections().stream()
                        .filter(r -> r.kind() == Recollection.Kind.VIVID)
                        .map(r -> r.memory().id()))
                .containsExactlyInAnyOrder("v1", "v2");
        assertThat(result.recollections().stream()
                        .filter(r -> r.memory().id().equals("a2"))
                        .findFirst()
                        .orElseThrow()
                        .confidence())
                .isCloseTo(0.45f, within(1e-6f));
    }

    @Test
    void confidenceActivationAndSimilarityAreThreeNumbers() {
        SpaceEngine engine = engineOf("violin lesson", "piano lesson");
        engine.attachVector("m0", 1, ModelVector.quantise("model", new float[] {1, 0.8f, 0}));
        engine.attachVector("m1", 1, ModelVector.quantise("model", new float[] {1, 1.5f, 0}));
        Recollection first = engine.view()
                .recall(recall(Cue.ofText("violin").withMeaning(EASTWARD), RecallQuery.Mode.HYBRID))
                .recollections()
                .getFirst();
        assertThat(first.memory().id()).isEqualTo("m0");
        assertThat(Set.of(first.confidence(), first.activation(), first.similarity()))
                .hasSize(3);
        assertThat(first.similarity()).isEqualTo(SCALE.of(first.parts().cosine()));
    }

    @Test
    void aCueThatNothingAnswersActivatesWeakly() {
        SpaceEngine engine = engineOf("violin lesson", "piano lesson");
        ModelVector barelyRelated = ModelVector.quantise("model", new float[] {0.25f, 1, 0});
        engine.attachVector("m0", 1, barelyRelated);
        engine.attachVector("m1", 1, barelyRelated);
        RecallResult result =
                engine.view().recall(recall(Cue.ofText("zxqv").withMeaning(EASTWARD), RecallQuery.Mode.HYBRID));
        assertThat(result.recollections())
                .allSatisfy(r -> assertThat(r.activation()).isLessThan(0.2f));
        assertThat(engine.view().recall(recall("zxqv"))).isEqualTo(new RecallResult(List.of(), 0f, 2, 0, 0));
    }

    @Test
    void theResultsConfidenceIsThatOfItsMemories() {
        assertThat(engineOf("violin lesson")
                        .view()
                        .recall(recall("violin lesson"))
                        .confidence())
                .isCloseTo(0.7f, within(1e-6f));
        assertThat(engineOf("violin lesson")
                        .view()
                        .recall(recall("violin unheard"))
                        .confidence())
                .isBetween(0.35f, 0.69f);
    }

    @Test
    void thresholdAndMaxResultsCutTheTail() {
        SpaceEngine engine = engineOf("violin lesson", "violin and a long tail of words", "filler");
        Cue cue = Cue.ofText("violin");
        RecallQuery one =
                new RecallQuery(cue, 1, Optional.empty(), Filter.NONE, Fusion.WEIGHTED, RecallQuery.Mode.HYBRID);
        assertThat(ids(engine.view().recall(one))).containsExactly("m0");
        RecallQuery high =
                new RecallQuery(cue, 10, Optional.of(0.5f), Filter.NONE, Fusion.WEIGHTED, RecallQuery.Mode.HYBRID);
        assertThat(engine.view().recall(high).recollections())
                .isNotEmpty()
                .allSatisfy(r -> assertThat(r.activation()).isGreaterThanOrEqualTo(0.5f));
        assertThat(engine.view().recall(high).activated()).isEqualTo(3);
    }

    @Test
    void filtersHoldForNeighboursToo() {
        SpaceEngine engine = new SpaceEngine();
        for (int i = 0; i < 3; i++) {
            engine.put(Memories.of(
                    "m" + i,
                    1,
                    i,
                    MemoryBody.builder(i == 1 ? "violin" : "filler")
                            .type(i == 0 ? MemoryType.EPISODIC : MemoryType.SEMANTIC)
                            .build()));
        }
        Filter semantic = new Filter(
                Set.of(),
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Set.of(MemoryType.SEMANTIC),
                List.of(),
                0f);
        RecallResult result = engine.view()
                .recall(new RecallQuery(
                        Cue.ofText("violin"),
                        10,
                        Optional.empty(),
                        semantic,
                        Fusion.WEIGHTED,
                        RecallQuery.Mode.HYBRID));
        assertThat(ids(result)).containsExactly("m1", "m2");
        assertThat(result.considered()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Fusion.class)
    void bothFusionsPutTheDoubleMatchFirst(Fusion fusion) {
        SpaceEngine engine = engineOf("red apple", "filler", "filler", "green apple", "filler", "filler", "blue sky");
        engine.attachVector("m0", 1, ModelVector.quantise("model", new float[] {0, 1, 0}));
        engine.attachVector("m3", 1, EAST);
        engine.attachVector("m6", 1, EAST);
        RecallResult result = engine.view()
                .recall(new RecallQuery(
                        Cue.ofText("apple").withMeaning(EASTWARD),
                        3,
                        Optional.empty(),
                        Filter.NONE,
                        fusion,
                        RecallQuery.Mode.SIMILARITY));
        assertThat(ids(result)).first().isEqualTo("m3");
        assertThat(ids(result)).containsExactlyInAnyOrder("m3", "m0", "m6");
    }
}
