package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.memory.ModelVector;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the model's calibration to real vectors, quantised as they are stored. */
class CalibrationTest {
    private record Pair(String text, String paraphrase) {}

    private static OnnxTextEncoder encoder;
    private static List<Pair> pairs;
    private static List<ModelVector> texts;
    private static List<ModelVector> paraphrases;

    @BeforeAll
    static void embed() throws Exception {
        encoder = OnnxTextEncoder.load(Optional.empty());
        pairs = read();
        texts = new ArrayList<>();
        paraphrases = new ArrayList<>();
        for (var pair : pairs) {
            texts.add(passage(pair.text()));
            paraphrases.add(query(pair.paraphrase()));
        }
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    private static List<Pair> read() throws IOException {
        var found = new ArrayList<Pair>();
        var in = CalibrationTest.class.getResourceAsStream("paraphrases.tsv");
        assertThat(in).isNotNull();
        try (var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                found.add(new Pair(line.substring(0, tab), line.substring(tab + 1)));
            }
        }
        assertThat(found).hasSize(60);
        return found;
    }

    private static ModelVector query(String text) throws Exception {
        return ModelVector.quantise(EmbeddingModel.ENCODER.id(), encoder.encode(TextEncoder.Purpose.QUERY, text));
    }

    private static ModelVector passage(String text) throws Exception {
        return ModelVector.quantise(EmbeddingModel.ENCODER.id(), encoder.encode(TextEncoder.Purpose.PASSAGE, text));
    }

    private static float similarity(ModelVector a, ModelVector b) {
        long sum = 0;
        for (int i = 0; i < a.bytes().length; i++) {
            sum += a.bytes()[i] * b.bytes()[i];
        }
        return EmbeddingModel.ENCODER.scale().of(sum * a.scale() * b.scale());
    }

    private static boolean matches(ModelVector cue, ModelVector memory) {
        return similarity(cue, memory) >= EmbeddingModel.ENCODER.scale().match();
    }

    @Test
    void nearly_every_paraphrase_finds_its_own_text_first() {
        int first = 0;
        var misses = new ArrayList<String>();
        for (int i = 0; i < pairs.size(); i++) {
            int best = 0;
            for (int j = 1; j < pairs.size(); j++) {
                if (similarity(paraphrases.get(i), texts.get(j)) > similarity(paraphrases.get(i), texts.get(best))) {
                    best = j;
                }
            }
            if (best == i) {
                first++;
            } else {
                misses.add(pairs.get(i).paraphrase() + " -> " + pairs.get(best).text());
            }
        }
        assertThat(first).as("misses: %s", misses).isGreaterThanOrEqualTo(55);
    }

    @Test
    void a_paraphrase_is_clearly_nearer_to_its_own_text_than_to_others() {
        double own = 0;
        double others = 0;
        for (int i = 0; i < pairs.size(); i++) {
            for (int j = 0; j < pairs.size(); j++) {
                if (i == j) {
                    own += similarity(paraphrases.get(i), texts.get(j)) / pairs.size();
                } else {
                    others += similarity(paraphrases.get(i), texts.get(j)) / (pairs.size() * (pairs.size() - 1.0));
                }
            }
        }
        assertThat(own - others).as("own %s, others %s", own, others).isGreaterThan(0.25);
    }

    @Test
    void unrelated_texts_do_not_match_and_some_paraphrases_do() {
        int matched = 0;
        for (int i = 0; i < pairs.size(); i++) {
            for (int j = 0; j < pairs.size(); j++) {
                if (i != j) {
                    assertThat(matches(paraphrases.get(i), texts.get(j)))
                            .as(
                                    "%s -> %s",
                                    pairs.get(i).paraphrase(), pairs.get(j).text())
                            .isFalse();
                } else if (matches(paraphrases.get(i), texts.get(j))) {
                    matched++;
                }
            }
        }
        assertThat(matched).isGreaterThanOrEqualTo(10);
    }

    @Test
    void a_text_matches_itself_far_above_the_bound() throws Exception {
        for (var pair : pairs) {
            assertThat(similarity(query(pair.text()), passage(pair.text()))).isGreaterThan(0.65f);
        }
    }

    @Test
    void a_single_word_matches_no_short_text_about_something_else() throws Exception {
        var memories = List.of(
                "test memory",
                "first memory",
                "hello world",
                "buy milk",
                "meeting notes",
                "todo",
                "foo",
                "cats are great",
                "Paris is the capital of France",
                "User prefers dark mode");
        for (var word : List.of("deployment", "kubernetes", "dentist", "volcano", "insurance", "elephants")) {
            for (var memory : memories) {
                assertThat(matches(query(word), passage(memory)))
                        .as("%s -> %s", word, memory)
                        .isFalse();
            }
        }
    }

    @Test
    void gibberish_matches_nothing() throws Exception {
        for (var gibberish : List.of("asdf", "qwrtzpsdfg", "xkcd vbnm", "zzzzzz", "!!!", "...", "%$#@", "0xdeadbeef")) {
            var cue = query(gibberish);
            for (int i = 0; i < pairs.size(); i++) {
                assertThat(matches(cue, texts.get(i)))
                        .as("%s -> %s", gibberish, pairs.get(i).text())
                        .isFalse();
            }
            assertThat(matches(cue, passage("test memory"))).as(gibberish).isFalse();
        }
    }
}
