package io.engram.embedding;

import static io.engram.embedding.OnnxTextEncoderTest.cosine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.embedding.TextEncoder.Purpose;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a table of some hundred pieces, since all of them take a minute; the whole one is held by its calibration. */
class StaticTextEncoderTest {
    private static final List<String> WORDS = List.of(
            "the meeting moved to friday , monday is free . dog dogs puppy cat car automobile vehicle doctor nurse"
                    .split(" "));

    private static StaticTable table;
    private static StaticTextEncoder encoder;

    @TempDir
    Path folder;

    @BeforeAll
    static void make() throws Exception {
        table = small(2);
        encoder = new StaticTextEncoder(table);
    }

    private static StaticTable small(int threads) throws Exception {
        var vocabulary = OnnxTextEncoder.tokenizer().vocabulary();
        var ids = new TreeSet<Integer>(List.of(0, 100, 101, 102));
        for (var word : WORDS) {
            ids.add(vocabulary.indexOf(word));
        }
        for (int id = 2_000; id < vocabulary.size(); id += 60) {
            ids.add(id);
        }
        try (var onnx = OnnxTextEncoder.load(Optional.empty())) {
            return StaticTableMaker.make(onnx, vocabulary, List.copyOf(ids), threads);
        }
    }

    private static float[] encode(String text) {
        return encoder.encode(Purpose.PASSAGE, text);
    }

    @Test
    void a_vector_has_the_models_dimension_and_unit_length() {
        for (var text : new String[] {"dog", "The meeting moved to Friday.", "dog ".repeat(5_000), "DOGS!"}) {
            var vector = encode(text);
            assertThat(vector).hasSize(EmbeddingModel.TABLE.dimension());
            assertThat(cosine(vector, vector)).isBetween(0.99999, 1.00001);
        }
    }

    @Test
    void a_text_without_any_known_piece_is_like_nothing() {
        for (var text : new String[] {"", "   ", "漢字", "🎉"}) {
            assertThat(encode(text)).containsOnly(0f).hasSize(EmbeddingModel.TABLE.dimension());
        }
    }

    @Test
    void what_means_much_the_same_is_near_and_the_rest_is_not() {
        var dog = encode("the dog");
        assertThat(cosine(dog, encode("a puppy")))
                .isGreaterThan(cosine(dog, encode("the car")))
                .isGreaterThan(cosine(dog, encode("the doctor")));
        assertThat(cosine(encode("car"), encode("automobile")))
                .isGreaterThan(cosine(encode("car"), encode("doctor")) + 0.1);
    }

    @Test
    void frequent_pieces_weigh_little() {
        assertThat(cosine(encode("dog"), encode("the dog, is to the."))).isGreaterThan(0.9);
    }

    @Test
    void queries_and_passages_are_alike_and_the_order_of_words_does_not_count() {
        assertThat(encoder.encode(Purpose.QUERY, "dog doctor")).isEqualTo(encode("dog doctor"));
        assertThat(cosine(encode("doctor dog"), encode("dog doctor"))).isGreaterThan(0.99999);
    }

    @Test
    void the_same_model_makes_the_same_table_however_many_threads_make_it() throws Exception {
        assertThat(small(1).bytes()).isEqualTo(table.bytes());
    }

    @Test
    void the_table_is_made_once_and_then_read_and_mended_when_damaged() throws Exception {
        var directory = Optional.of(folder.resolve("native"));
        StaticTextEncoder.load(directory, () -> table);
        var file = folder.resolve("native").resolve(StaticTable.FILE);
        assertThat(Files.readAllBytes(file)).isEqualTo(table.bytes());
        var read = StaticTextEncoder.load(directory, () -> {
            throw new AssertionError("it is there");
        });
        assertThat(read.encode(Purpose.QUERY, "dog")).isEqualTo(encode("dog"));

        Files.write(file, new byte[100]);
        StaticTextEncoder.load(directory, () -> table);
        assertThat(Files.readAllBytes(file)).isEqualTo(table.bytes());
    }

    @Test
    void where_it_can_neither_be_made_nor_kept_the_reason_is_told() throws Exception {
        assertThatThrownBy(() -> StaticTextEncoder.load(Optional.of(folder), () -> {
                    throw new IOException("no encoder");
                }))
                .hasMessage("no encoder");
        assertThat(LoadFailure.describe(EmbeddingSettings.Provider.STATIC, new IOException("no encoder")))
                .contains("no encoder", StaticTable.FILE, "native directory")
                .doesNotContain("noexec");
    }

    @Test
    void vectors_of_the_service_carry_the_table_s_id_and_scale() throws Exception {
        Files.write(folder.resolve(StaticTable.FILE), table.bytes());
        var settings = EmbeddingSettings.DEFAULT
                .withProvider(EmbeddingSettings.Provider.STATIC)
                .withNativeDirectory(folder);
        try (var service = new EmbeddingService(settings, new SimpleMeterRegistry())) {
            service.load();
            assertThat(service.settled().toCompletableFuture().get(60, TimeUnit.SECONDS))
                    .isEqualTo(TextEmbedding.State.READY);
            assertThat(service.modelId())
                    .isEqualTo(EmbeddingModel.TABLE.id())
                    .isNotEqualTo(EmbeddingModel.ENCODER.id());
            var passage = service.passage("dog").toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertThat(passage.modelId()).isEqualTo(EmbeddingModel.TABLE.id());
            assertThat(passage.dimension()).isEqualTo(EmbeddingModel.TABLE.dimension());
            var cue = service.cue("dog").toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertThat(cue.vector()).isEqualTo(passage);
            assertThat(cue.scale()).isEqualTo(EmbeddingModel.TABLE.scale());
            // All zeros pass, and match nothing.
            assertThat(service.passage("漢字")
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS)
                            .bytes())
                    .containsOnly(0);
            assertThat(service.health().check().message()).contains(EmbeddingModel.TABLE.id());
        }
    }
}
