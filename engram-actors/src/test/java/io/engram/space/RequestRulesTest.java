package io.engram.space;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.memory.Embedding;
import io.engram.memory.MemoryBody;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestRulesTest {
    static Stream<RememberRequest> broken() {
        return Stream.of(
                        body(" \t\n"),
                        body("x".repeat(100_001)),
                        body("\u00fc".repeat(50_001)),
                        body("half \ud800 pair"),
                        body("half \udc00"),
                        MemoryBody.builder("x").tags(List.of("")),
                        MemoryBody.builder("x").tags(List.of("t".repeat(257))),
                        MemoryBody.builder("x").tags(Collections.nCopies(257, "t")),
                        MemoryBody.builder("x").who(List.of("a\u0000b")),
                        MemoryBody.builder("x").metadata(Map.of("", "v")),
                        MemoryBody.builder("x").metadata(Map.of("k", "v".repeat(65_537))),
                        MemoryBody.builder("x").where("w".repeat(65_537)),
                        MemoryBody.builder("x").emotionalValence(1.5f),
                        MemoryBody.builder("x").emotionalValence(Float.NaN),
                        MemoryBody.builder("x").importance(-0.1f),
                        MemoryBody.builder("x").decayRate(-1f),
                        MemoryBody.builder("x").embedding(Embedding.of(0f, 0f)),
                        MemoryBody.builder("x").embedding(Embedding.of(new float[4097])))
                .map(b -> RememberRequest.of(b.build()));
    }

    private static MemoryBody.Builder body(String content) {
        return MemoryBody.builder(content);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void a_request_that_breaks_a_rule_is_invalid(RememberRequest request) {
        assertThatThrownBy(() -> RequestRules.check(request, SpaceSettings.DEFAULTS))
                .isInstanceOfSatisfying(
                        EngramException.class,
                        e -> org.assertj.core.api.Assertions.assertThat(e.kind())
                                .isEqualTo(EngramException.Kind.INVALID));
    }

    @Test
    void the_longest_text_allowed_is_allowed() {
        for (String content : List.of("x".repeat(100_000), "\u00fc".repeat(50_000), "\ud83c\udf0a".repeat(25_000))) {
            assertThatCode(() -> RequestRules.check(
                            RememberRequest.of(MemoryBody.builder(content).build()), SpaceSettings.DEFAULTS))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n", "a\u0007"})
    void a_bad_id_is_invalid(String id) {
        var request = RememberRequest.of(MemoryBody.builder("x").build());
        assertThatThrownBy(() -> RequestRules.check(request.withId(id), SpaceSettings.DEFAULTS))
                .isInstanceOf(EngramException.class);
        assertThatThrownBy(() -> RequestRules.check(request.withIdempotencyKey(id), SpaceSettings.DEFAULTS))
                .isInstanceOf(EngramException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ab", "UPPER", "../x", "a/b", "a b c", "\u0430bc", "", "sp%61ce", "a.b.c"})
    void a_space_id_outside_the_grammar_is_invalid(String id) {
        assertThatThrownBy(() -> SpaceId.parse(id)).isInstanceOf(EngramException.class);
    }

    @Test
    void a_space_id_has_3_to_64_characters_and_is_trimmed() {
        assertThatCode(() -> SpaceId.parse(" abc ")).doesNotThrowAnyException();
        assertThatCode(() -> SpaceId.parse("a".repeat(64))).doesNotThrowAnyException();
        assertThatThrownBy(() -> SpaceId.parse("a".repeat(65))).isInstanceOf(EngramException.class);
    }
}
