package io.engram.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
    private static final int LONGEST_JAVA_FILE = 500;

    /** Longer files, each with the reason why it is not split. */
    private static final Map<String, String> LONGER_FOR_A_REASON = Map.of();

    private final TextRules rules = TextRules.forProjectAt(Project.ROOT);

    @Test
    void no_text_file_contains_what_does_not_belong_there() throws Exception {
        var files = Project.files();
        assertThat(files).contains("pom.xml", "README.md");
        var violations = new ArrayList<String>();
        for (var file : files) {
            if (!file.equals("LICENSE")) {
                Project.text(file).ifPresent(text -> violations.addAll(rules.violations(file, text)));
            }
        }
        assertThat(violations).as(Project.bullets(violations)).isEmpty();
    }

    @Test
    void java_files_are_short_unless_there_is_a_reason() throws Exception {
        var tooLong = new ArrayList<String>();
        for (var file : Project.files()) {
            if (file.endsWith(".java") && !LONGER_FOR_A_REASON.containsKey(file)) {
                lines(file)
                        .filter(lines -> lines > LONGEST_JAVA_FILE)
                        .ifPresent(lines -> tooLong.add(file + ": " + lines));
            }
        }
        assertThat(tooLong)
                .as("split these files or give the reason in this test")
                .isEmpty();
    }

    @Test
    void the_list_of_longer_files_is_not_stale() throws Exception {
        for (var file : LONGER_FOR_A_REASON.keySet()) {
            assertThat(Project.files()).contains(file);
            assertThat(lines(file))
                    .as(file)
                    .hasValueSatisfying(lines -> assertThat(lines).isGreaterThan(LONGEST_JAVA_FILE));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "// TO" + "DO later",
                "int x; // FIX" + "ME",
                "see iss" + "ue 3 for the reason",
                "as asked for in #" + "12",
                "cd /ro" + "ot/checkout",
                "data = \"/ho" + "me/ann/engram\"",
                "<<<<<<< HEAD",
                "like the refer" + "ence implementation",
                "as the orig" + "inal server does",
                "cd /builds/ann/checkout && mvn verify",
                "see /builds/ann",
            })
    void each_forbidden_thing_is_found(String line) {
        assertThat(TextRules.forProjectAt(Path.of("/builds/ann/checkout")).violations("File.java", "fine\n" + line))
                .isNotEmpty()
                .allMatch(violation -> violation.startsWith("File.java:2: "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "color: #333;",
                "the issue is that 3 nodes disagree",
                "&#39;quoted&#39;",
                "[the first](README.md#1-first-steps)",
                "curl http://localhost:7432/health",
                "data in /var/lib/engram",
                "the root of the tree",
            })
    void ordinary_text_is_left_alone(String line) {
        assertThat(TextRules.forProjectAt(Path.of("/builds/ann/checkout")).violations("File.java", line))
                .isEmpty();
    }

    private static Optional<Long> lines(String file) throws Exception {
        return Project.text(file).map(text -> text.lines().count());
    }
}
