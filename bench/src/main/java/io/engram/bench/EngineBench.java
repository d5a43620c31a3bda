package io.engram.bench;

import io.engram.memory.Cue;
import io.engram.memory.EngineView;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.Memory;
import io.engram.memory.MemoryBody;
import io.engram.memory.ModelVector;
import io.engram.memory.RecallQuery;
import io.engram.memory.SearchQuery;
import io.engram.memory.SimilarityScale;
import io.engram.memory.SpaceEngine;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * The engine alone, without a node around it: what recall and search cost when the cue's vector is already there. The
 * vectors are made: a direction for each word, added up, so that texts with the same words are close.
 */
final class EngineBench {
    private static final int WARM_UP = 4_000;
    private static final int CALLS = 4_000;
    private static final int DIMENSION = 384;
    private static final String MODEL = "made";

    private final PrintStream out;
    private final Texts texts = new Texts(31);

    EngineBench(PrintStream out) {
        this.out = out;
    }

    void run() {
        out.printf("The engine alone, one thread, %d calls each after %d to warm up%n", CALLS, WARM_UP);
        for (int size : List.of(1_000, 10_000)) {
            var view = filled(size);
            scan(size);
            for (var meaning : new boolean[] {false, true}) {
                var with = meaning ? "words and meaning" : "words only";
                measure(
                        "%5d memories, recall, %s".formatted(size, with),
                        view,
                        size,
                        meaning,
                        (cue, target) -> view
                                .recall(new RecallQuery(
                                        cue,
                                        10,
                                        Optional.empty(),
                                        Filter.NONE,
                                        Fusion.WEIGHTED,
                                        RecallQuery.Mode.HYBRID))
                                .recollections()
                                .stream()
                                .anyMatch(each -> each.memory().id().equals(target)));
                measure(
                        "%5d memories, search, %s".formatted(size, with),
                        view,
                        size,
                        meaning,
                        (cue, target) ->
                                view.search(new SearchQuery(cue, 0, 10, Filter.NONE, Fusion.WEIGHTED)).hits().stream()
                                        .anyMatch(each -> each.memory().id().equals(target)));
            }
        }
    }

    private EngineView filled(int size) {
        var engine = new SpaceEngine();
        var start = Instant.parse("2026-01-01T00:00:00Z");
        for (int i = 0; i < size; i++) {
            var text = texts.text(i);
            var body = MemoryBody.builder(text).build();
            engine.put(new Memory("note-" + i, 1, start.plusSeconds(60L * i), body, List.of()));
            engine.attachVector("note-" + i, 1, vector(text));
        }
        return engine.view();
    }

    /** What the machine needs to read that many vectors once, with a plain loop: the floor of an exact scan. */
    private void scan(int size) {
        var vectors = new byte[size * DIMENSION];
        new java.util.Random(1).nextBytes(vectors);
        var times = new Histogram(10_000_000_000L, 3);
        long sum = 0;
        for (int run = 0; run < 600; run++) {
            long begun = System.nanoTime();
            int total = 0;
            for (byte each : vectors) {
                total += each;
            }
            sum += total;
            if (run >= 200) {
                times.recordValue(System.nanoTime() - begun);
            }
        }
        out.printf(
                "%5d vectors read once by a plain loop: p50 %.3f ms (%s)%n",
                size, times.getValueAtPercentile(50) / 1e6, sum == 0 ? "zero" : "checked");
    }

    private static ModelVector vector(String text) {
        var sum = new double[DIMENSION];
        for (var word : text.toLowerCase(java.util.Locale.ROOT).split("\\W+")) {
            var random = new SplittableRandom(word.hashCode());
            for (int i = 0; i < DIMENSION; i++) {
                sum[i] += random.nextDouble() - 0.5;
            }
        }
        double norm = 0;
        double largest = 0;
        for (double each : sum) {
            norm += each * each;
            largest = Math.max(largest, Math.abs(each));
        }
        norm = Math.sqrt(norm);
        float scale = (float) (largest / norm / 127);
        var bytes = new byte[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            bytes[i] = (byte) Math.round(sum[i] / norm / scale);
        }
        return new ModelVector(MODEL, bytes, scale);
    }

    private interface Query {
        boolean finds(Cue cue, String target);
    }

    private void measure(String what, EngineView view, int size, boolean meaning, Query query) {
        var random = new SplittableRandom(size + (meaning ? 1 : 0));
        var times = new Histogram(60_000_000_000L, 3);
        int found = 0;
        for (int i = 0; i < WARM_UP + CALLS; i++) {
            int target = random.nextInt(size);
            var text = texts.cue(target, random);
            var plain = Cue.ofText(text);
            var cue = meaning ? plain.withMeaning(new Cue.Meaning(vector(text), SimilarityScale.PLAIN)) : plain;
            long begun = System.nanoTime();
            boolean hit = query.finds(cue, "note-" + target);
            long took = System.nanoTime() - begun;
            if (i >= WARM_UP) {
                times.recordValue(took);
                found += hit ? 1 : 0;
            }
        }
        out.printf(
                "%-42s p50 %.3f  p90 %.3f  p99 %.3f  max %.3f ms   target among the ten %.1f %%   load %s%n",
                what,
                times.getValueAtPercentile(50) / 1e6,
                times.getValueAtPercentile(90) / 1e6,
                times.getValueAtPercentile(99) / 1e6,
                times.getMaxValue() / 1e6,
                100.0 * found / CALLS,
                Machine.load());
    }
}
