package io.engram.style;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every Java source is as the formatter leaves it. {@code bin/format} runs this very test with the property {@code
 * engram.format=write}, which rewrites what differs instead of complaining.
 */
class FormattingTest {
    private static final Path ROOT =
            Path.of(System.getProperty("engram.root", "..")).toAbsolutePath().normalize();

    @Test
    void every_source_file_is_formatted() throws Exception {
        assertThat(JavaSources.below(ROOT)).as("Java sources below %s", ROOT).hasSizeGreaterThan(20);
        var unformatted = JavaSources.unformatted(ROOT);
        if (System.getProperty("engram.format", "check").equals("write")) {
            for (var entry : unformatted.entrySet()) {
                Files.writeString(entry.getKey(), entry.getValue());
            }
            return;
        }
        var names = unformatted.keySet().stream()
                .map(file -> ROOT.relativize(file).toString())
                .collect(Collectors.joining("\n  "));
        assertThat(unformatted)
                .withFailMessage("these files are not formatted; run bin/format\n  %s", names)
                .isEmpty();
    }

    @Test
    void a_badly_formatted_file_is_found_and_put_right(@TempDir Path folder) throws Exception {
        var file = folder.resolve("Bad.java");
        Files.writeString(file, """
            import java.util.Set;
            import java.util.List;
            class Bad{List<String> x=List.of( );}
            """);
        assertThat(JavaSources.unformatted(folder)).containsEntry(file, """
            import java.util.List;

            class Bad {
                List<String> x = List.of();
            }
            """);
    }

    @Test
    void the_language_of_this_project_can_be_parsed() throws Exception {
        var source = """
            sealed interface Shape permits Circle, Box {}

            record Circle(double radius) implements Shape {}

            record Box(double width, double height) implements Shape {}

            class Areas {
                double area(Shape shape) {
                    return switch (shape) {
                        case Circle(var radius) when radius > 0 -> Math.PI * radius * radius;
                        case Circle _ -> 0;
                        case Box(var width, var height) -> width * height;
                    };
                }
            }
            """;
        assertThat(JavaSources.formatted(source)).contains("case Circle _ -> 0;");
    }
}
