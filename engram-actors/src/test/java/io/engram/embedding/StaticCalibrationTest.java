package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.memory.ModelVector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Holds the whole table to its calibration. Making it takes one to two minutes of a processor; {@code mvn clean} throws it
 * away.
 */
@Tag("long")
class StaticCalibrationTest {
    private static StaticTextEncoder encoder;
    private static List<String> texts;
    private static List<String> paraphrases;

    @BeforeAll
    static void make() throws Exception {
        encoder = StaticTextEncoder.load(
                Optional.of(Path.of("target/static-table")), () -> StaticTableMaker.make(Optional.empty(), 2));
        texts = new ArrayList<>();
        paraphrases = new ArrayList<>();
        try (var in = Objects.requireNonNull(StaticCalibrationTest.class.getResourceAsStream("paraphrases.tsv"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(line -> {
                int tab = line.indexOf('\t');
                texts.add(line.substring(0, tab));
                paraphrases.add(line.substring(tab + 1));
            });
        }
        assertThat(texts).hasSize(60);
    }

    private static ModelVector vector(String text) {
        return ModelVector.quantise(EmbeddingModel.TABLE.id(), encoder.encode(TextEncoder.Purpose.QUERY, text));
    }

    private static float similarity(String one, String other) {
        var a = vector(one);
        var b = vector(other);
        long sum = 0;
        for (int i = 0; i < a.bytes().length; i++) {
            sum += a.bytes()[i] * b.bytes()[i];
        }
        return EmbeddingModel.TABLE.scale().of(sum * a.scale() * b.scale());
    }

    private static boolean matches(String cue, String memory) {
        return similarity(cue, memory) >= EmbeddingModel.TABLE.scale().match();
    }

    @Test
    void two_of_three_paraphrases_find_their_own_text_first() {
        int first = 0;
        for (int i = 0; i < texts.size(); i++) {
            int best = 0;
            for (int j = 1; j < texts.size(); j++) {
                if (similarity(paraphrases.get(i), texts.get(j)) > similarity(paraphrases.get(i), texts.get(best))) {
                    best = j;
                }
            }
            if (best == i) {
                first++;
            }
        }
        assertThat(first).isGreaterThanOrEqualTo(38);
    }

    @Test
    void hardly_any_unrelated_text_matches() {
        int wrong = 0;
        for (int i = 0; i < texts.size(); i++) {
            for (int j = 0; j < texts.size(); j++) {
                if (i != j && matches(paraphrases.get(i), texts.get(j))) {
                    wrong++;
                }
            }
        }
        assertThat(wrong).isLessThanOrEqualTo(4);
    }

    @Test
    void a_text_is_itself_and_its_first_words_are_near() {
        for (var text : texts) {
            assertThat(similarity(text, text)).isGreaterThan(0.99f);
        }
        assertThat(texts.stream().filter(text -> matches(text.substring(0, text.length() / 2), text)))
                .hasSizeGreaterThan(45);
    }

    @Test
    void a_single_word_matches_no_short_text_about_something_else() {
        for (var word : List.of("deployment", "kubernetes", "dentist", "volcano", "insurance", "elephants")) {
            for (var memory : List.of(
                    "test memory",
                    "first memory",
                    "hello world",
                    "buy milk",
                    "meeting notes",
                    "todo",
                    "foo",
                    "Paris is the capital of France",
                    "User prefers dark mode")) {
                assertThat(matches(word, memory)).as("%s -> %s", word, memory).isFalse();
            }
        }
    }

    @Test
    void gibberish_matches_nothing() {
        for (var gibberish : List.of("asdf", "qwrtzpsdfg", "xkcd vbnm", "zzzzzz", "!!!", "...", "%$#@", "0xdeadbeef")) {
            for (var text : texts) {
                assertThat(matches(gibberish, text))
                        .as("%s -> %s", gibberish, text)
                        .isFalse();
            }
            assertThat(matches(gibberish, "test memory")).as(gibberish).isFalse();
        }
    }
}
