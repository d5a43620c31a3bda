package io.engram.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LexicalScanTest {
    /** BM25 as the textbook has it, over words that no stemmer changes. */
    private static double bm25(
            Map<String, Long> holdersByWord, double average, List<String> text, List<List<String>> all) {
        double score = 0;
        for (Map.Entry<String, Long> entry : holdersByWord.entrySet()) {
            String word = entry.getKey();
            long holders = entry.getValue();
            long frequency = text.stream().filter(word::equals).count();
            double idf = Math.log(1 + (all.size() - holders + 0.5) / (holders + 0.5));
            score += idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * text.size() / average));
        }
        return score;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void scoresAreThoseOfAPlainBm25(long seed) {
        Random random = new Random(seed);
        SpaceEngine engine = new SpaceEngine();
        List<List<String>> texts = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            List<String> words = words(random, 1 + random.nextInt(30));
            engine.put(Memories.of("m" + i, String.join(" ", words)));
            if (i % 3 == 0) {
                engine.delete("m" + i);
            } else {
                texts.add(words);
            }
        }
        List<String> query = words(random, 5);
        SearchResult result = engine.view()
                .search(new SearchQuery(Cue.ofText(String.join(" ", query)), 0, 5000, Filter.NONE, Fusion.WEIGHTED));
        double average = texts.stream().mapToInt(List::size).average().orElseThrow();
        Map<String, Long> holders = new HashMap<>();
        query.forEach(word ->
                holders.put(word, texts.stream().filter(t -> t.contains(word)).count()));
        double best = texts.stream()
                .mapToDouble(t -> bm25(holders, average, t, texts))
                .max()
                .orElseThrow();
        assertThat(result.total()).as("seed " + seed).isPositive();
        for (SearchResult.Hit hit : result.hits()) {
            List<String> text = List.of(hit.memory().content().split(" "));
            assertThat((double) hit.score())
                    .as("seed " + seed)
                    .isCloseTo(bm25(holders, average, text, texts) / best, within(1e-4));
        }
        Set<String> wanted = new HashSet<>(query);
        assertThat(texts.stream().filter(t -> t.containsAll(wanted)).count())
                .isEqualTo(result.hits().stream()
                        .filter(h -> h.parts().coverage() > 0.9999f)
                        .count());
    }

    private static List<String> words(Random random, int count) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add("w" + (int) Math.abs(random.nextGaussian() * 20));
        }
        return words;
    }
}
