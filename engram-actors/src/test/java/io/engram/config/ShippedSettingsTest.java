package io.engram.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The shipped file, the records and the guide say the same. With {@code -Dengram.docs=write} the lines that follow from
 * the records, and the guide's tables, are written instead of compared.
 */
class ShippedSettingsTest {
    private static final Path ROOT = Path.of(System.getProperty("engram.root"));
    private static final Path SHIPPED = ROOT.resolve("conf/default.toml");
    private static final Path GUIDE = ROOT.resolve("docs/configuration.md");
    private static final String MARK = "<!-- What follows is made from conf/default.toml; change it there. -->\n";
    private static final boolean WRITE = "write".equals(System.getProperty("engram.docs"));
    private static final Pattern SECTION = Pattern.compile("\\[([a-z_.]+)]");
    private static final Pattern VALUE = Pattern.compile("([a-z_]+) = (.*)");

    /** A setting as the file shows it. */
    private record Shown(String path, String value, String meaning, String facts) {}

    @Test
    void the_file_has_every_setting_once_and_no_other() throws Exception {
        assertThat(settings().stream().map(Shown::path))
                .containsExactlyInAnyOrderElementsOf(ConfigKey.all().keySet());
    }

    @Test
    void each_setting_is_explained_with_its_values_and_variables() throws Exception {
        if (WRITE) {
            var text = new StringBuilder();
            var section = "";
            var lines = Files.readAllLines(SHIPPED);
            for (int i = 0; i < lines.size(); i++) {
                var header = SECTION.matcher(lines.get(i));
                section = header.matches() ? header.group(1) + "." : section;
                var next = VALUE.matcher(i + 1 < lines.size() ? lines.get(i + 1) : "");
                boolean isFacts = next.matches() && lines.get(i).startsWith("# ");
                text.append(isFacts ? "# " + facts(section + next.group(1)) : lines.get(i))
                        .append('\n');
            }
            Files.writeString(SHIPPED, text);
        }
        for (var setting : settings()) {
            assertThat(setting.meaning()).as(setting.path()).hasSizeGreaterThan(15);
            assertThat(setting.facts()).as(setting.path()).isEqualTo(facts(setting.path()));
        }
    }

    @Test
    void the_defaults_are_accepted() {
        var loaded = ConfigLoader.load(ConfigLoaderTest.nothing());
        assertThat(loaded.settings()).hasSameSizeAs(ConfigKey.all());
        assertThat(loaded.settings().values())
                .allMatch(setting -> setting.source().equals(new Source.Default()));
        assertThat(loaded.config().server().httpPort()).isEqualTo(7432);
        assertThat(loaded.config().server().grpcHost()).isEqualTo("127.0.0.1");
        assertThat(loaded.config().persistence().writeBufferBytes()).isEqualTo(64 << 20);
    }

    @Test
    void the_packaged_defaults_are_the_file() throws Exception {
        assertThat(ConfigLoader.defaultsText()).isEqualTo(Files.readString(SHIPPED));
    }

    @Test
    void the_guide_shows_the_file() throws Exception {
        var guide = Files.readString(GUIDE);
        var head = guide.substring(0, guide.indexOf(MARK) + MARK.length());
        if (WRITE) {
            Files.writeString(GUIDE, head + tables());
        }
        assertThat(Files.readString(GUIDE)).isEqualTo(head + tables());
    }

    private static String facts(String path) {
        var key = ConfigKey.of(path);
        return "Must be %s. Environment: %s.".formatted(key.type().allowed(), String.join(" or ", key.variables()));
    }

    private static List<Shown> settings() throws Exception {
        var found = new ArrayList<Shown>();
        var section = "";
        var comment = new ArrayList<String>();
        for (var line : Files.readAllLines(SHIPPED)) {
            var header = SECTION.matcher(line);
            var value = VALUE.matcher(line);
            if (line.startsWith("# ")) {
                comment.add(line.substring(2));
                continue;
            }
            if (header.matches()) {
                section = header.group(1) + ".";
            } else if (value.matches()) {
                found.add(new Shown(
                        section + value.group(1),
                        value.group(2),
                        String.join(" ", comment.subList(0, comment.size() - 1)),
                        comment.getLast()));
            }
            comment.clear();
        }
        return found;
    }

    private static Map<String, String> sectionTexts() throws Exception {
        var texts = new LinkedHashMap<String, String>();
        var comment = new ArrayList<String>();
        for (var line : Files.readAllLines(SHIPPED)) {
            var header = SECTION.matcher(line);
            if (line.startsWith("# ")) {
                comment.add(line.substring(2));
                continue;
            }
            if (header.matches()) {
                texts.put(header.group(1), String.join(" ", comment));
            }
            comment.clear();
        }
        return texts;
    }

    private static String tables() throws Exception {
        var text = new StringBuilder();
        var settings = settings();
        sectionTexts().forEach((section, about) -> {
            text.append("\n## ").append(section).append("\n\n").append(about).append("\n\n");
            text.append("| setting | default | must be | environment | meaning |\n| --- | --- | --- | --- | --- |\n");
            for (var each : settings) {
                int dot = each.path().lastIndexOf('.');
                if (each.path().substring(0, dot).equals(section)) {
                    var key = ConfigKey.of(each.path());
                    text.append("| `%s` | `%s` | %s | %s | %s |\n"
                            .formatted(
                                    each.path().substring(dot + 1),
                                    each.value(),
                                    key.type().allowed(),
                                    key.variables().stream()
                                            .map(name -> "`" + name + "`")
                                            .collect(Collectors.joining(", ")),
                                    each.meaning()));
                }
            }
        });
        return text.toString();
    }
}
