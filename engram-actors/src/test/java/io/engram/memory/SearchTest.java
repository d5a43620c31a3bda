package io.engram.memory;

import static io.engram.memory.Memories.SCALE;
import static io.engram.memory.Memories.engineOf;
import static io.engram.memory.Memories.found;
import static io.engram.memory.Memories.ids;
import static io.engram.memory.Memories.search;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SearchTest {
    private static final ModelVector EAST = ModelVector.quantise("model", new float[] {1, 0, 0});
    private static final ModelVector NEARLY_EAST = ModelVector.quantise("model", new float[] {1, 0.2f, 0});
    private static final ModelVector HALF_EAST = ModelVector.quantise("model", new float[] {1, 1.2f, 0});
    private static final ModelVector NORTH = ModelVector.quantise("model", new float[] {0, 1, 0});

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWordFindsTheMemoriesThatHoldItAndNoOther(boolean withVectors) {
        SpaceEngine engine = engineOf("test memory", "deployment test memory");
        if (withVectors) {
            engine.attachVector("m0", 1, HALF_EAST);
            engine.attachVector("m1", 1, HALF_EAST);
        }
        EngineView view = engine.view();
        Cue deployment = Cue.ofText("deployment").withMeaning(new Cue.Meaning(EAST, SCALE));
        Cue test = Cue.ofText("test").withMeaning(new Cue.Meaning(EAST, SCALE));
        Cue nonsense = Cue.ofText("xyzzyplugh").withMeaning(new Cue.Meaning(EAST, SCALE));

        assertThat(ids(view.search(search(deployment)))).containsExactly("m1");
        assertThat(ids(view.search(search(test)))).containsExactlyInAnyOrder("m0", "m1");
        assertThat(view.search(search(nonsense))).isEqualTo(new SearchResult(java.util.List.of(), 0));
    }

    @Test
    void theShorterTextComesFirst() {
        assertThat(found(engineOf("a long story of a test with many words", "test"), "test"))
                .containsExactly("m1", "m0");
    }

    @Test
    void whoQuotesAMemoryFindsItBeforeThoseThatShareMoreTellingWords() {
        SpaceEngine engine = engineOf(
                "know know know, suck suck suck",
                "and so it goes: they suck now, I know they do, said the whole long and tiresome story of that day",
                "know suck");
        assertThat(found(engine, "They suck now; I know they")).startsWith("m1");
        assertThat(found(engine, "know they suck").getFirst()).isNotEqualTo("m1");
        SearchResult result = engine.view().search(search(Cue.ofText("they suck now I know they")));
        assertThat(result.hits()).allSatisfy(hit -> assertThat(hit.score()).isBetween(0f, 1f));
    }

    @Test
    void aStemFindsItsInflections() {
        SpaceEngine engine = engineOf("she was running tests", "the deployments failed");
        assertThat(found(engine, "run")).containsExactly("m0");
        assertThat(found(engine, "deployment failing")).containsExactly("m1");
    }

    @Test
    void aSimilarTextIsFoundWithoutACommonWord() {
        SpaceEngine engine = engineOf("the cat sleeps", "stocks fell");
        engine.attachVector("m0", 1, NEARLY_EAST);
        engine.attachVector("m1", 1, NORTH);
        Cue cue = Cue.ofText("kitten napping").withMeaning(new Cue.Meaning(EAST, SCALE));
        SearchResult result = engine.view().search(search(cue));
        assertThat(ids(result)).containsExactly("m0");
        assertThat(result.hits().getFirst().parts().lexical()).isZero();
        assertThat(result.hits().getFirst().parts().cosine()).isBetween(0.97f, 0.99f);
        assertThat(result.hits().getFirst().parts().similarity()).isEqualTo(1f);
    }

    @Test
    void vectorsOfAnotherModelAreNotCompared() {
        SpaceEngine engine = engineOf("the cat sleeps");
        engine.attachVector("m0", 1, ModelVector.quantise("other", new float[] {1, 0, 0}));
        Cue cue = Cue.ofText("kitten").withMeaning(new Cue.Meaning(EAST, SCALE));
        assertThat(engine.view().search(search(cue)).total()).isZero();
    }

    @Test
    void clientsVectorsAreComparedWithClientsVectorsOnly() {
        SpaceEngine engine = new SpaceEngine();
        engine.put(Memories.of(
                "own",
                1,
                0,
                MemoryBody.builder("one").embedding(Embedding.of(1, 0, 0)).build()));
        engine.put(Memories.of("model", "two"));
        engine.attachVector("model", 1, EAST);
        assertThat(ids(engine.view().search(search(Cue.ofVector(Embedding.of(2, 0, 0))))))
                .containsExactly("own");
        Cue meaning = Cue.ofText("three").withMeaning(new Cue.Meaning(EAST, SCALE));
        assertThat(ids(engine.view().search(search(meaning)))).containsExactly("model");
    }

    @Test
    void aRareWordOutweighsACommonOne() {
        String[] contents = new String[40];
        for (int i = 0; i < contents.length; i++) {
            contents[i] = "caroline said something number" + i;
        }
        contents[7] = "the adoption papers came";
        SpaceEngine engine = engineOf(contents);
        assertThat(found(engine, "When did Caroline go to the adoption meeting?"))
                .containsExactly("m7");
    }

    @Test
    void ofALongQuestionTheMemoryThatSharesMostComesFirst() {
        SpaceEngine engine = engineOf(
                "Melanie painted a sunrise over the lake last year",
                "Caroline went hiking last week",
                "the lake was frozen",
                "nobody painted the fence");
        assertThat(found(engine, "In which year did Melanie paint that sunrise picture of a lake?"))
                .first()
                .isEqualTo("m0");
    }

    @Test
    void wordsThatNobodyUsedDoNoHarm() {
        assertThat(found(engineOf("test memory", "other thing"), "kubernetes helm rollback memory zxqv"))
                .containsExactly("m0");
    }

    @Test
    void stopWordsCountWhenThereIsNothingElse() {
        SpaceEngine engine = engineOf("to be or not to be", "to infinity", "beings from space");
        assertThat(found(engine, "to be or not")).containsExactly("m0");
        assertThat(found(engine, "to")).containsExactlyInAnyOrder("m0", "m1");
        assertThat(found(engine, "to the infinity")).containsExactly("m1");
    }

    @Test
    void tagsAndPeopleAreNotWordsOfTheContent() {
        SpaceEngine engine = new SpaceEngine();
        engine.put(Memories.of(
                "a",
                1,
                0,
                MemoryBody.builder("we met").who(java.util.List.of("Ana")).build()));
        assertThat(found(engine, "Ana")).isEmpty();
        assertThat(ids(engine.view().recall(Memories.recall("Ana")))).containsExactly("a");
    }

    @ParameterizedTest
    @EnumSource(Fusion.class)
    void whatMatchesInBothListsComesFirst(Fusion fusion) {
        SpaceEngine engine = engineOf("red apple", "green apple", "blue sky");
        engine.attachVector("m0", 1, NORTH);
        engine.attachVector("m1", 1, NEARLY_EAST);
        engine.attachVector("m2", 1, NEARLY_EAST);
        Cue cue = Cue.ofText("apple").withMeaning(new Cue.Meaning(EAST, SCALE));
        SearchResult result = engine.view().search(new SearchQuery(cue, 0, 10, Filter.NONE, fusion));
        assertThat(ids(result)).first().isEqualTo("m1");
        assertThat(result.total()).isEqualTo(3);
        assertThat(result.hits().getFirst().score()).isCloseTo(1f, org.assertj.core.data.Offset.offset(0.02f));
        // By rank, the best of one list beats the second of the other; by weight, similarity counts for more than
        // words.
        assertThat(ids(result)).last().isEqualTo(fusion == Fusion.RRF ? "m2" : "m0");
    }

    @Test
    void aTextThatStillWaitsForItsVectorIsNotOutrankedByVectorsAlone() {
        SpaceEngine engine = engineOf("quantum lunch", "something near");
        engine.attachVector("m1", 1, NEARLY_EAST);
        Cue cue = Cue.ofText("quantum lunch").withMeaning(new Cue.Meaning(EAST, SCALE));
        assertThat(ids(engine.view().search(search(cue)))).containsExactly("m0", "m1");
    }

    @Test
    void pagesAreCutFromOneRanking() {
        SpaceEngine engine = engineOf("word", "word and more", "word and much more", "none");
        SearchQuery all = search("word");
        SearchResult whole = engine.view().search(all);
        SearchResult second = engine.view().search(new SearchQuery(all.cue(), 1, 1, Filter.NONE, Fusion.WEIGHTED));
        assertThat(second.total()).isEqualTo(3);
        assertThat(second.hits()).containsExactly(whole.hits().get(1));
        assertThat(second.hits().getFirst().rank()).isEqualTo(2);
        assertThat(engine.view()
                        .search(new SearchQuery(all.cue(), 3, 5, Filter.NONE, Fusion.WEIGHTED))
                        .hits())
                .isEmpty();
    }

    @Test
    void aFilterAppliesBeforeRankingAndPaging() {
        SpaceEngine engine = new SpaceEngine();
        for (int i = 0; i < 10; i++) {
            engine.put(Memories.of(
                    "m" + i,
                    1,
                    i,
                    MemoryBody.builder("word number " + i)
                            .tags(java.util.List.of(i % 2 == 0 ? "even" : "odd"))
                            .build()));
        }
        Filter odd = new Filter(
                Set.of("odd"),
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Set.of(),
                java.util.List.of(),
                0f);
        SearchResult result = engine.view().search(new SearchQuery(Cue.ofText("word"), 0, 3, odd, Fusion.WEIGHTED));
        assertThat(result.total()).isEqualTo(5);
        assertThat(ids(result)).containsExactly("m1", "m3", "m5");
    }
}
