package io.engram.memory;

import static io.engram.memory.Memories.engineOf;
import static io.engram.memory.Memories.found;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SpaceEngineTest {
    private static Memory version(String id, int version, String content) {
        return Memories.of(id, version, 0, MemoryBody.builder(content).build());
    }

    @Test
    void anOverwriteKeepsItsHistoryAndItsPlace() {
        SpaceEngine engine = engineOf("first text", "second text");
        engine.put(version("m0", 2, "revised words"));
        EngineView view = engine.view();
        assertThat(view.history("m0")).extracting(Memory::content).containsExactly("first text", "revised words");
        assertThat(view.list(Filter.NONE, 0, 10).memories())
                .extracting(Memory::id)
                .containsExactly("m0", "m1");
        assertThat(found(engine, "first")).isEmpty();
        assertThat(found(engine, "revised")).containsExactly("m0");
        assertThatThrownBy(() -> engine.put(version("m0", 2, "again"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void deleteForgetsTheHistoryAndSuppressDoesNot() {
        SpaceEngine engine = engineOf("one", "two");
        engine.suppress("m0");
        engine.delete("m1");
        assertThat(engine.view().get("m0")).isEmpty();
        assertThat(found(engine, "one")).isEmpty();
        assertThat(engine.view().statistics().suppressed()).isEqualTo(1);
        engine.put(version("m0", 2, "one more"));
        engine.put(version("m1", 1, "two anew"));
        assertThat(engine.view().history("m0")).hasSize(2);
        assertThat(engine.view().history("m1")).hasSize(1);
        assertThat(engine.view().statistics().suppressed()).isZero();
    }

    @Test
    void aVectorForAnOldVersionIsIgnored() {
        SpaceEngine engine = engineOf("one");
        engine.put(version("m0", 2, "two"));
        engine.attachVector("m0", 1, ModelVector.quantise("m", new float[] {1}));
        engine.attachVector("nobody", 1, ModelVector.quantise("m", new float[] {1}));
        assertThat(engine.view().statistics().embedded()).isZero();
        assertThat(engine.view().awaitingEmbedding(10)).hasSize(1);
        engine.attachVector("m0", 2, ModelVector.quantise("m", new float[] {1}));
        assertThat(engine.view().statistics().embedded()).isEqualTo(1);
        assertThat(engine.view().awaitingEmbedding(10)).isEmpty();
    }

    @Test
    void clientsVectorsHaveOneDimensionForEver() {
        SpaceEngine engine = new SpaceEngine();
        engine.put(Memories.of(
                "a", 1, 0, MemoryBody.builder("x").embedding(Embedding.of(1, 2)).build()));
        engine.delete("a");
        assertThat(SpaceEngine.restore(engine.snapshot()).view().statistics().clientDimension())
                .isEqualTo(2);
        Memory other = Memories.of(
                "b", 1, 0, MemoryBody.builder("x").embedding(Embedding.of(1)).build());
        assertThatThrownBy(() -> engine.put(other)).isInstanceOf(IllegalArgumentException.class);
        assertThat(engine.view().statistics().memories()).isZero();
    }

    @Test
    void duplicatesAreSameTextsOrNearlyEqualVectors() {
        SpaceEngine engine = engineOf("The cat sat, on the mat.", "🎉🎉", "?!");
        engine.put(Memories.of(
                "v",
                1,
                9,
                MemoryBody.builder("vectored").embedding(Embedding.of(1, 0, 0)).build()));
        EngineView view = engine.view();
        assertThat(duplicate(view, MemoryBody.builder("the CAT sat on  the mat").build()))
                .contains("m0");
        assertThat(duplicate(view, MemoryBody.builder("the cats sat on the mat").build()))
                .isEmpty();
        assertThat(duplicate(view, MemoryBody.builder("🎉🎉").build())).contains("m1");
        assertThat(duplicate(view, MemoryBody.builder(" ?! ").build())).contains("m2");
        assertThat(duplicate(view, MemoryBody.builder("!!").build())).isEmpty();
        assertThat(duplicate(view, MemoryBody.builder(" ").build())).isEmpty();
        // cosines 0.9578 and 0.9285
        assertThat(duplicate(
                        view,
                        MemoryBody.builder("x")
                                .embedding(Embedding.of(1, 0.3f, 0))
                                .build()))
                .contains("v");
        assertThat(duplicate(
                        view,
                        MemoryBody.builder("x")
                                .embedding(Embedding.of(1, 0.4f, 0))
                                .build()))
                .isEmpty();
        engine.delete("m0");
        assertThat(duplicate(view, MemoryBody.builder("the cat sat on the mat").build()))
                .contains("m0");
        assertThat(duplicate(
                        engine.view(),
                        MemoryBody.builder("the cat sat on the mat").build()))
                .isEmpty();
    }

    private static Optional<String> duplicate(EngineView view, MemoryBody body) {
        return view.duplicateOf(body).map(Memory::id);
    }

    @Test
    void longTextsAndManyRowsFit() {
        SpaceEngine engine = engineOf("needle " + "hay ".repeat(100_000));
        for (int i = 1; i < 3000; i++) {
            engine.put(
                    Memories.of("m" + i, 1, i, MemoryBody.builder("straw" + i).build()));
        }
        assertThat(found(engine, "needle")).containsExactly("m0");
        assertThat(found(engine, "straw2999")).containsExactly("m2999");
        assertThat(engine.view().list(Filter.NONE, 2998, 10).memories()).hasSize(2);
    }

    @Test
    void restoringTheRestoredChangesNothing() {
        SpaceEngine engine = engineOf("one apple", "two pears", "three plums");
        engine.attachVector("m1", 1, ModelVector.quantise("m", new float[] {1, 2}));
        engine.put(version("m0", 2, "one orange"));
        engine.suppress("m2");
        SpaceEngine twice =
                SpaceEngine.restore(SpaceEngine.restore(engine.snapshot()).snapshot());
        assertThat(List.copyOf(twice.snapshot().memories()))
                .isEqualTo(List.copyOf(engine.snapshot().memories()));
        assertThat(twice.view().statistics()).isEqualTo(engine.view().statistics());
    }

    /** Each change adds a pair of memories or takes one away as a whole, so a reader must always see both or none. */
    @Test
    void readersSeeWholeStatesWhileTheWriterGoesOn() throws Exception {
        SpaceEngine engine = new SpaceEngine(EngineSettings.DEFAULT, 64);
        AtomicReference<EngineView> latest = new AtomicReference<>(engine.view());
        AtomicBoolean done = new AtomicBoolean();
        Callable<Integer> reader = () -> {
            int reads = 0;
            while (!done.get() || reads == 0) {
                EngineView view = latest.get();
                int memories = view.statistics().memories();
                SearchResult result = view.search(Memories.search("common"));
                assertThat(result.total()).isEqualTo(memories).isEven();
                assertThat(view.list(Filter.NONE, 0, 10_000).memories()).hasSize(memories);
                for (SearchResult.Hit hit : result.hits()) {
                    String id = hit.memory().id();
                    String twin = id.startsWith("left") ? "right" + id.substring(4) : "left" + id.substring(5);
                    assertThat(view.get(twin)).isPresent();
                    assertThat(view.get(id)).contains(hit.memory());
                }
                RecallResult recalled = view.recall(Memories.recall("common"));
                assertThat(recalled.activated()).isLessThanOrEqualTo(memories);
                assertThat(view.statistics().memories()).isEqualTo(memories);
                reads++;
            }
            return reads;
        };
        try (ExecutorService readers = Executors.newFixedThreadPool(3)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(readers.submit(reader));
            }
            try {
                for (int i = 0; i < 6000; i++) {
                    String number = Integer.toString(i % 150);
                    if (engine.view().get("left" + number).isPresent() && i % 3 != 0) {
                        engine.delete("left" + number);
                        engine.delete("right" + number);
                    } else {
                        int version = engine.view()
                                        .get("left" + number)
                                        .map(Memory::version)
                                        .orElse(0)
                                + 1;
                        engine.put(version("left" + number, version, "common left " + i));
                        engine.put(version("right" + number, version, "common right " + i));
                        engine.attachVector("left" + number, version, ModelVector.quantise("m", new float[] {i, 1}));
                    }
                    latest.set(engine.view());
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> future : running) {
                assertThat(future.get()).isPositive();
            }
        }
    }
}
