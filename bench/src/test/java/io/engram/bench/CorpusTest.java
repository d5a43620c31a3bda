package io.engram.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
    @Test
    void made_texts_differ_and_are_the_same_for_the_same_seed() {
        var texts = new Texts(9);
        var seen = new HashSet<String>();
        for (int i = 0; i < 20_000; i++) {
            // The number at the end would make any two texts differ.
            assertThat(seen.add(texts.text(i).replaceFirst(" Note \\d+\\.$", "")))
                    .as(texts.text(i))
                    .isTrue();
            assertThat(texts.text(i)).isEqualTo(new Texts(9).text(i));
        }
        assertThat(texts.cue(3, new SplittableRandom(1))).isNotEqualTo(texts.text(3));
    }

    @Test
    void a_phrase_stands_in_its_own_text_and_in_no_other(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("sayings"), """
            The early bird catches the worm, but the second mouse gets the cheese.
            %
            The second mouse gets the cheese, or so they say in the pantry.
            %
            A rolling stone gathers no moss in the valley of the mills.
            %
            A rolling stone gathers no moss in the valley of the mills.
            %
            Short.
            """);
        Files.writeString(folder.resolve("sayings.dat"), "The index of these is no text, though long enough for one.");
        var items = Corpus.ofFortunes(folder, 100, 1, Map.of());
        // Doublets have no phrase of their own, and a single word is no text.
        assertThat(items).hasSize(2);
        for (var item : items) {
            assertThat(String.join(" ", Corpus.words(item.content()))).contains(item.phrase());
            assertThat(items.stream()
                            .filter(other -> String.join(" ", Corpus.words(other.content()))
                                    .contains(item.phrase())))
                    .containsExactly(item);
            assertThat(item.paraphrase()).isNotEqualTo(item.content());
        }
    }

    @Test
    void hand_made_paraphrases_are_used_where_there_are_any(@TempDir Path folder) throws Exception {
        var text = "It is the second mouse that gets the cheese.";
        Files.writeString(folder.resolve("sayings"), text + "\n%\nAnother saying, with no paraphrase at all.\n");
        var items = Corpus.ofFortunes(folder, 1, 1, Map.of(Corpus.key(text), "rodents should not hurry"));
        assertThat(items).extracting(Corpus.Item::paraphrase).containsExactly("rodents should not hurry");
    }

    @Test
    void text_in_json_is_escaped() {
        assertThat(Texts.quoted("a \"b\"\\\n\tc")).isEqualTo("\"a \\\"b\\\"\\\\\\n\\u0009c\"");
    }
}
