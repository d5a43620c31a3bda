package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.embedding.TextEncoder.Purpose;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real model. */
class OnnxTextEncoderTest {
    private static OnnxTextEncoder encoder;

    @BeforeAll
    static void load() throws Exception {
        encoder = OnnxTextEncoder.load(Optional.empty());
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    static double cosine(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> (double) a[i] * b[i])
                .sum();
    }

    @Test
    void a_vector_has_the_models_dimension_and_unit_length() throws Exception {
        for (var text :
                new String[] {"", "a", "The meeting moved to Friday.", "漢字 и кириллица 🎉", "x ".repeat(5000)}) {
            var vector = encoder.encode(Purpose.PASSAGE, text);
            assertThat(vector).hasSize(EmbeddingModel.ENCODER.dimension());
            assertThat(cosine(vector, vector)).isBetween(0.99999, 1.00001);
        }
    }

    @Test
    void a_text_gives_the_same_bits_whatever_was_embedded_before() throws Exception {
        var text = "The deployment of the payment service failed on Tuesday night.";
        var first = encoder.encode(Purpose.PASSAGE, text);
        encoder.encode(Purpose.PASSAGE, "a much longer text in between ".repeat(20));
        encoder.encode(Purpose.QUERY, "short");
        assertThat(encoder.encode(Purpose.PASSAGE, text)).isEqualTo(first);
    }

    @Test
    void a_query_and_a_passage_of_the_same_words_differ() throws Exception {
        var text = "Where did I leave the keys?";
        var query = encoder.encode(Purpose.QUERY, text);
        var passage = encoder.encode(Purpose.PASSAGE, text);
        assertThat(query).isNotEqualTo(passage);
        assertThat(cosine(query, passage)).isGreaterThan(0.6);
    }

    @Test
    void what_lies_beyond_the_window_does_not_count() throws Exception {
        var window = "one two three four ".repeat(200);
        assertThat(encoder.encode(Purpose.PASSAGE, window + "elephants"))
                .isEqualTo(encoder.encode(Purpose.PASSAGE, window));
    }
}
