package io.engram.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random changes, held against a plain model; what a view answers must never change; a restored engine answers alike. */
class EngineModelTest {
    private static final int OPERATIONS = 600;
    private static final int IDS = 40;
    private static final String[] WORDS = {
        "apple", "river", "stone", "deploy", "failure", "night", "garden", "music", "Ana", "Lisbon", "the", "of"
    };

    static final class Naive {
        final List<Memory> versions = new ArrayList<>();
        boolean suppressed;

        @Nullable
        ModelVector vector;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomChangesAgreeWithAPlainModel(long seed) {
        Random random = new Random(seed);
        // A low bound, so that compaction happens many times.
        SpaceEngine engine = new SpaceEngine(EngineSettings.DEFAULT, 8);
        Map<String, Naive> model = new LinkedHashMap<>();
        List<EngineView> views = new ArrayList<>();
        List<List<Object>> answers = new ArrayList<>();
        for (int step = 0; step < OPERATIONS; step++) {
            change(engine, model, random, step);
            String when = "seed " + seed + ", step " + step;
            compare(engine.view(), model, when);
            if (step % 60 == 59) {
                views.add(engine.view());
                answers.add(answers(engine.view()));
                SpaceEngine restored = SpaceEngine.restore(engine.snapshot());
                assertThat(answers(restored.view())).as("restored, " + when).isEqualTo(answers(engine.view()));
                assertThat(List.copyOf(restored.snapshot().memories()))
                        .isEqualTo(List.copyOf(engine.snapshot().memories()));
            }
        }
        for (int i = 0; i < views.size(); i++) {
            assertThat(answers(views.get(i)))
                    .as("view " + i + " of seed " + seed)
                    .isEqualTo(answers.get(i));
        }
    }

    static void change(SpaceEngine engine, Map<String, Naive> model, Random random, int step) {
        String id = "id" + random.nextInt(IDS);
        Naive known = model.get(id);
        switch (random.nextInt(10)) {
            case 0 -> {
                engine.delete(id);
                model.remove(id);
            }
            case 1 -> {
                engine.suppress(id);
                if (known != null) {
                    known.suppressed = true;
                    known.vector = null;
                }
            }
            case 2, 3, 4 -> {
                ModelVector vector = ModelVector.quantise("model" + random.nextInt(2), floats(random, 5));
                int version = 1 + random.nextInt(3);
                engine.attachVector(id, version, vector);
                if (known != null
                        && !known.suppressed
                        && known.versions.getLast().version() == version) {
                    known.vector = vector;
                }
            }
            default -> {
                Naive entry = model.computeIfAbsent(id, unused -> new Naive());
                Memory memory = Memories.of(id, entry.versions.size() + 1, random.nextInt(50), body(random, step));
                engine.put(memory);
                entry.versions.add(memory);
                entry.suppressed = false;
                entry.vector = null;
            }
        }
    }

    private static MemoryBody body(Random random, int step) {
        StringBuilder text = new StringBuilder();
        int words = random.nextInt(8);
        for (int i = 0; i < words; i++) {
            text.append(WORDS[random.nextInt(WORDS.length)]).append(i % 3 == 2 ? ", " : " ");
        }
        MemoryBody.Builder body = MemoryBody.builder(text.toString())
                .confidence(random.nextInt(11) / 10f)
                .type(MemoryType.values()[step % 4]);
        if (random.nextInt(3) == 0) {
            body.embedding(Embedding.of(floats(random, 7)));
        }
        if (random.nextInt(3) == 0) {
            body.tags(List.of(WORDS[random.nextInt(WORDS.length)]));
        }
        return body.build();
    }

    private static float[] floats(Random random, int dimension) {
        float[] values = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void compare(EngineView view, Map<String, Naive> model, String when) {
        List<Naive> visible = model.values().stream().filter(n -> !n.suppressed).toList();
        List<Memory> current = visible.stream().map(n -> n.versions.getLast()).toList();
        assertThat(view.list(Filter.NONE, 0, 1000)).as(when).isEqualTo(new MemoryPage(current, current.size()));
        int half = current.size() / 2;
        assertThat(view.list(Filter.NONE, half, 2).memories())
                .as(when)
                .isEqualTo(current.subList(half, Math.min(current.size(), half + 2)));
        for (int i = 0; i < IDS; i++) {
            Naive entry = model.get("id" + i);
            List<Memory> versions = entry == null || entry.suppressed ? List.of() : entry.versions;
            assertThat(view.get("id" + i))
                    .as(when)
                    .isEqualTo(versions.isEmpty() ? Optional.empty() : Optional.of(versions.getLast()));
            assertThat(view.history("id" + i)).as(when).isEqualTo(versions);
        }
        List<Memory> awaiting = visible.stream()
                .filter(n -> n.vector == null && !n.versions.getLast().content().isBlank())
                .map(n -> n.versions.getLast())
                .toList();
        assertThat(view.awaitingEmbedding(3)).as(when).isEqualTo(awaiting.subList(0, Math.min(3, awaiting.size())));
        SpaceStatistics statistics = view.statistics();
        assertThat(statistics.memories()).as(when).isEqualTo(current.size());
        assertThat(statistics.suppressed()).as(when).isEqualTo(model.size() - current.size());
        assertThat(statistics.awaitingEmbedding()).as(when).isEqualTo(awaiting.size());
        assertThat(statistics.embedded()).as(when).isEqualTo((int)
                visible.stream().filter(n -> n.vector != null).count());
        assertThat(statistics.oldest())
                .as(when)
                .isEqualTo(current.stream().map(Memory::observedAt).min(java.util.Comparator.naturalOrder()));
        assertThat(statistics.newest())
                .as(when)
                .isEqualTo(current.stream().map(Memory::observedAt).max(java.util.Comparator.naturalOrder()));
        assertThat(statistics.averageConfidence())
                .as(when)
                .isCloseTo(
                        (float) current.stream()
                                .mapToDouble(m -> m.body().confidence())
                                .average()
                                .orElse(0),
                        org.assertj.core.data.Offset.offset(1e-5f));
    }

    /** What a view says to a fixed set of questions. */
    static List<Object> answers(EngineView view) {
        Random random = new Random(99);
        List<Object> answers = new ArrayList<>();
        answers.add(view.list(Filter.NONE, 0, 1000));
        answers.add(view.statistics());
        answers.add(view.awaitingEmbedding(1000));
        for (int i = 0; i < IDS; i++) {
            answers.add(view.history("id" + i));
        }
        for (String word : WORDS) {
            Cue.Meaning meaning = new Cue.Meaning(ModelVector.quantise("model0", floats(random, 5)), Memories.SCALE);
            Cue cue = new Cue(
                    Optional.of(word + " river"), Optional.of(meaning), Optional.of(Embedding.of(floats(random, 7))));
            answers.add(view.search(Memories.search(word)));
            answers.add(view.search(Memories.search(cue)));
            answers.add(view.recall(Memories.recall(word)));
            answers.add(view.recall(Memories.recall(cue, RecallQuery.Mode.HYBRID)));
            answers.add(view.duplicateOf(MemoryBody.builder(word).build()));
            answers.add(view.duplicateOf(MemoryBody.builder("unheard of")
                    .embedding(Embedding.of(floats(random, 7)))
                    .build()));
        }
        return answers;
    }
}
