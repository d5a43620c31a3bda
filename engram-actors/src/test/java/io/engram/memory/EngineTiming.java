package io.engram.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Prints how long the engine takes, on the machine and class path at hand; nothing is asserted. Run its {@code main}
 * with the flags of conf/jvm.options. Texts have 20 words of a vocabulary with Zipf's frequencies; vectors have 384
 * dimensions.
 */
public final class EngineTiming {
    private static final int DIMENSION = 384;
    private static final int WORDS = 20;
    private static final int VOCABULARY = 20_000;

    private final Random random = new Random(42);
    private final double[] cumulative = new double[VOCABULARY];

    private EngineTiming() {
        double sum = 0;
        for (int i = 0; i < VOCABULARY; i++) {
            sum += 1.0 / (i + 10);
            cumulative[i] = sum;
        }
    }

    public static void main(String[] args) {
        EngineTiming timing = new EngineTiming();
        io.engram.memory.vector.VectorSet.warmUp();
        timing.measure(1_000, false);
        for (int size : new int[] {1_000, 10_000, 100_000}) {
            timing.measure(size, true);
        }
    }

    private void measure(int size, boolean report) {
        List<Memory> memories = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            memories.add(new Memory(
                    "mem_" + i,
                    1,
                    Instant.ofEpochSecond(1_700_000_000L + i),
                    MemoryBody.builder(text(WORDS))
                            .tags(List.of("tag" + i % 10))
                            .build(),
                    List.of()));
        }
        SpaceEngine engine = new SpaceEngine();
        long start = System.nanoTime();
        memories.forEach(engine::put);
        double putMs = (System.nanoTime() - start) / 1e6;
        EngineView words = engine.view();
        List<ModelVector> vectors = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            vectors.add(vector());
        }
        start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            engine.attachVector("mem_" + i, 1, vectors.get(i));
        }
        double attachMs = (System.nanoTime() - start) / 1e6;
        EngineView both = engine.view();
        start = System.nanoTime();
        EngineSnapshot snapshot = engine.snapshot();
        double snapshotMs = (System.nanoTime() - start) / 1e6;
        start = System.nanoTime();
        SpaceEngine.restore(snapshot);
        double restoreMs = (System.nanoTime() - start) / 1e6;
        if (report) {
            System.out.printf(
                    "%n%,d memories: put %.0f ms, attach %.0f ms, snapshot %.2f ms, restore %.0f ms%n",
                    size, putMs, attachMs, snapshotMs, restoreMs);
        }
        Cue[] cues = new Cue[64];
        Cue[] meant = new Cue[64];
        SimilarityScale scale = new SimilarityScale(0f, 0.9f, 0.7f);
        for (int i = 0; i < cues.length; i++) {
            cues[i] = Cue.ofText(text(6));
            meant[i] = cues[i].withMeaning(new Cue.Meaning(vector(), scale));
        }
        int runs = Math.max(200, Math.min(6000, 20_000_000 / size));
        time(report, "recall, words", runs, i -> words.recall(recall(cues[i & 63])));
        time(report, "recall, words and meaning", runs, i -> both.recall(recall(meant[i & 63])));
        time(report, "search, words", runs, i -> words.search(search(cues[i & 63])));
        time(report, "search, words and meaning", runs, i -> both.search(search(meant[i & 63])));
        time(report, "list of 50 in the middle", runs, i -> both.list(Filter.NONE, size / 2, 50));
        time(
                report,
                "duplicateOf",
                runs,
                i -> both.duplicateOf(memories.get(i % size).body()));
    }

    private static RecallQuery recall(Cue cue) {
        return new RecallQuery(cue, 10, Optional.empty(), Filter.NONE, Fusion.WEIGHTED, RecallQuery.Mode.HYBRID);
    }

    private static SearchQuery search(Cue cue) {
        return new SearchQuery(cue, 0, 10, Filter.NONE, Fusion.WEIGHTED);
    }

    private static void time(boolean report, String what, int runs, IntConsumer action) {
        for (int i = 0; i < runs; i++) {
            action.accept(i);
        }
        double[] ms = new double[runs];
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            action.accept(i);
            ms[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(ms);
        if (report) {
            System.out.printf("  %-28s p50 %.3f ms, p99 %.3f ms%n", what, ms[runs / 2], ms[runs * 99 / 100]);
        }
    }

    private String text(int words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            int at = Arrays.binarySearch(cumulative, random.nextDouble() * cumulative[VOCABULARY - 1]);
            text.append("word")
                    .append(Integer.toString(at < 0 ? -at - 1 : at, 36))
                    .append(' ');
        }
        return text.toString();
    }

    private ModelVector vector() {
        float[] values = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return ModelVector.quantise("model", values);
    }
}
