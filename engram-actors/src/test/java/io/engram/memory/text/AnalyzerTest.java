package io.engram.memory.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnalyzerTest {
    private final Analyzer analyzer = new Analyzer();

    private boolean finds(String query, String text) {
        Set<Integer> held = new HashSet<>();
        for (int term : analyzer.document(text).terms()) {
            held.add(term);
        }
        Analysis asked = analyzer.query(query);
        return asked.length() > 0 && Arrays.stream(asked.terms()).allMatch(held::contains);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cafe | Café au lait",
                "CAFÉ | cafe\u0301 noir",
                "strasse | Die Straße ist lang",
                "οδοσ | Η ΟΔΟΣ",
                "όδος | οδος",
                "ежик | Ёжик в тумане",
                "istanbul | İSTANBUL'da",
                "office | the o\uFB03ce",
                "２０２６ | in 2026",
                "كتب | كَتَبَ الولد",
                "שלום | שָׁלוֹם עולם",
                "हिन्दी | मैं हिन्दी बोलता हूँ",
                "東京 | 私は東京に住んでいます",
                "京 | 東京都",
                "カフェー | 駅前のカフェーで",
                "학교 | 오늘 학교에서 만났다",
                "ภาษา | ฉันพูดภาษาไทย",
                "running | he runs daily",
                "memories | a memory",
                "caroline | Caroline's idea",
                "brien | O'Brien came",
                "web3 | about Web3.",
                "🎉 | party🎉time",
                "x86 | the x86_64 image",
            })
    void aSpellingFindsItsVariants(String query, String text) {
        assertThat(finds(query, text)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "か | が",
                "คน | คำ",
                "京東 | 東京",
                "universe | the verse",
                "that | thatch",
                "cat | concatenate",
                "test | tost",
            })
    void differentWordsStayApart(String query, String text) {
        assertThat(finds(query, text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "?!...", "\n\t", "--- ___"})
    void textWithoutWordsHasNoTerms(String text) {
        assertThat(analyzer.document(text).length()).isZero();
        assertThat(analyzer.document(text).textHash()).isZero();
    }

    @Test
    void stopWordsAreMarkedAndShareNoTermWithContent() {
        Analysis analysis = analyzer.document("The being of beings");
        assertThat(analysis.stop()).containsExactly(true, true, true, false);
        assertThat(analysis.terms()[1]).isNotEqualTo(analysis.terms()[3]);
        assertThat(analyzer.query("to be or not").hasContent()).isFalse();
    }

    @Test
    void theTextHashIgnoresCaseSpacingAndPunctuationOnly() {
        long hash = analyzer.document("The cat sat, on the mat.").textHash();
        assertThat(analyzer.document("the CAT  sat on\nthe mat").textHash()).isEqualTo(hash);
        assertThat(analyzer.document("the cats sat on the mat").textHash()).isNotEqualTo(hash);
        assertThat(analyzer.document("the catsat on the mat").textHash()).isNotEqualTo(hash);
        assertThat(Analyzer.canonical("The cat sat, on the mat.")).isEqualTo("the cat sat on the mat");
    }

    @Test
    void theCacheOfStemsChangesNothing() {
        String text = "running runs ran runner deployments deploying deployed ".repeat(50);
        assertThat(Analyzer.forOneText().document(text).terms())
                .isEqualTo(analyzer.document(text).terms());
    }

    @Test
    void aTermIsTheSameForEver() {
        // Stored nowhere, but two nodes of different age must agree.
        assertThat(analyzer.document("memory").terms())
                .isEqualTo(analyzer.document("Memories").terms());
    }

    @Test
    void unpairedSurrogatesAndOddInputDoNoHarm() {
        assertThat(analyzer.document("a\uD83D b \uDC00 c\u0000d \u200Dx").length())
                .isPositive();
    }
}
