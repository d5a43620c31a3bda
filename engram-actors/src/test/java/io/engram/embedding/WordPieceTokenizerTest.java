package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the tokenizer to the ids that the model was trained with. */
class WordPieceTokenizerTest {
    private static final int CLS = 101;
    private static final int SEP = 102;
    private static final int UNK = 100;

    private static WordPieceTokenizer tokenizer;

    /** A text and its ids by another implementation. */
    private record Fixture(String text, int[] ids) {}

    @BeforeAll
    static void readVocabulary() throws IOException {
        tokenizer = OnnxTextEncoder.tokenizer();
    }

    @TestFactory
    List<DynamicTest> texts_of_many_scripts_get_the_ids_of_an_independent_implementation() throws IOException {
        Fixture[] fixtures;
        try (var in = getClass().getResourceAsStream("word-pieces.json")) {
            fixtures = new ObjectMapper().readValue(in, Fixture[].class);
        }
        assertThat(fixtures).hasSizeGreaterThan(50);
        var tests = new ArrayList<DynamicTest>();
        for (var fixture : fixtures) {
            tests.add(DynamicTest.dynamicTest(
                    "'" + fixture.text() + "'",
                    () -> assertThat(tokenizer.encode(fixture.text(), 4096)).isEqualTo(fixture.ids())));
        }
        return tests;
    }

    @Test
    void a_long_text_is_cut_to_the_bound_and_still_ends_with_the_mark() {
        var whole = tokenizer.encode("embedding ".repeat(400), Integer.MAX_VALUE);
        var cut = tokenizer.encode("embedding ".repeat(400), 512);
        assertThat(whole.length).isGreaterThan(512);
        assertThat(cut).hasSize(512).startsWith(CLS).endsWith(SEP);
        for (int i = 0; i < 511; i++) {
            assertThat(cut[i]).isEqualTo(whole[i]);
        }
    }

    @Test
    void a_text_that_just_fits_is_not_cut() {
        var text = "a ".repeat(510);
        assertThat(tokenizer.encode(text, 512)).hasSize(512);
        assertThat(tokenizer.encode(text + "a", 512)).isEqualTo(tokenizer.encode(text, 512));
    }

    @Test
    void names_of_control_tokens_in_a_text_are_ordinary_words() {
        for (var name : List.of("[SEP]", "[CLS]", "[MASK]", "[PAD]", "[UNK]")) {
            var ids = tokenizer.encode("before " + name + " after", 64);
            assertThat(ids[ids.length - 1]).isEqualTo(SEP);
            assertThat(java.util.Arrays.copyOfRange(ids, 1, ids.length - 1))
                    .doesNotContain(0, UNK, CLS, SEP, 103)
                    .hasSizeGreaterThanOrEqualTo(5);
        }
    }

    @Test
    void lone_surrogates_are_dropped() {
        assertThat(tokenizer.encode("wo\ud83drd \udc00", 64)).isEqualTo(tokenizer.encode("word", 64));
    }

    @Test
    void a_bound_without_room_for_the_marks_is_refused() {
        assertThatThrownBy(() -> tokenizer.encode("a", 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_description_without_a_vocabulary_is_refused() {
        for (var json : List.of("[]", "{}", "{\"model\": {\"vocab\": {}}}", "{\"vocab\": {\"[CLS]\": 1}}")) {
            var in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> WordPieceTokenizer.read(in)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_vocabulary_without_the_marks_is_refused() {
        var json = "{\"truncation\": {\"max_length\": 3}, \"model\": {\"type\": \"WordPiece\", \"vocab\": {\"a\": 0}}}";
        var in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> WordPieceTokenizer.read(in))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[UNK]");
    }
}
