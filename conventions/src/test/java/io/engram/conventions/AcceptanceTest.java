package io.engram.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.bench.Acceptance;
import io.engram.bench.Corpus;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promise to users, on a small corpus of our own and a real node that is killed in the middle of writing. {@code
 * bench/acceptance} runs the same on thousands of texts that we did not write.
 */
class AcceptanceTest {
    @Test
    void texts_are_found_again_and_none_is_lost_through_kills(@TempDir Path data) throws Exception {
        var paraphrases = new LinkedHashMap<String, String>();
        try (var corpus = Objects.requireNonNull(getClass().getResourceAsStream("/corpus.tsv"))) {
            for (var line : new String(corpus.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                var parts = line.split("\t", 2);
                paraphrases.put(parts[0], parts[1]);
            }
        }
        var items = Corpus.of(paraphrases);
        assertThat(items).hasSize(paraphrases.size()).hasSizeGreaterThan(50);

        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var reports = new Acceptance(Project.ROOT, data, out, items).run(3);

        assertThat(reports)
                .hasSize(4)
                .allSatisfy(report -> assertThat(Acceptance.holds(report))
                        .as(report + Project.bullets(report.failures()))
                        .isTrue());
    }
}
