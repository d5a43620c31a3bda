package io.engram.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documents name is there. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
    private static final Pattern FENCED = Pattern.compile("(?ms)^ *```.*?^ *```");
    private static final Pattern DOCUMENT = Pattern.compile("[\\w./-]*\\b\\w[\\w-]*\\.md\\b");
    private static final Pattern VARIABLE = Pattern.compile("\\bENGRAM_[A-Z][A-Z0-9_]*\\b");
    private static final Pattern SCRIPT = Pattern.compile("(?<![\\w./-])(?:bin|bench)/[a-z][a-z-]*\\b(?![./])");

    private static final Pattern SETTING = Pattern.compile("`([a-z_]+(?:\\.[a-z_]+)+)`");

    @Test
    void links_between_documents_lead_somewhere() throws Exception {
        assertThat(Project.documents()).contains("README.md", "docs/architecture.md");
        var broken = new ArrayList<String>();
        for (var document : Project.documents()) {
            broken.addAll(
                    brokenLinks(Project.ROOT, document, Project.text(document).orElseThrow()));
        }
        assertThat(broken).as(Project.bullets(broken)).isEmpty();
    }

    @Test
    void a_broken_link_is_noticed() throws Exception {
        var text = """
            # Read me
            [gone](docs/gone.md), [no such part](#nothing-here), [fine](#read-me), [licence](LICENSE), [web](https://example.org/x)
            """;
        assertThat(brokenLinks(Project.ROOT, "README.md", text))
                .containsExactly("README.md: docs/gone.md", "README.md: #nothing-here");
    }

    @Test
    void every_document_that_any_text_names_is_there() throws Exception {
        var names = new HashSet<String>();
        for (var document : Project.documents()) {
            names.add(Path.of(document).getFileName().toString());
        }
        var missing = new TreeSet<String>();
        for (var file : Project.files()) {
            // This file names documents that are missing on purpose.
            if (file.endsWith("DocumentsTest.java")) {
                continue;
            }
            var matcher = DOCUMENT.matcher(Project.text(file).orElse(""));
            while (matcher.find()) {
                var name = Path.of(matcher.group()).getFileName().toString();
                if (!names.contains(name)) {
                    missing.add(file + ": " + matcher.group());
                }
            }
        }
        assertThat(missing).as(Project.bullets(missing)).isEmpty();
    }

    @Test
    void every_environment_variable_in_the_documents_is_read_by_something() throws Exception {
        var read = new HashSet<String>();
        for (var file : Project.files()) {
            if (file.startsWith("bin/")
                    || file.startsWith("conf/")
                    || file.contains("/src/main/")
                    || file.startsWith("deployments/docker/")
                    || file.startsWith("bench/")) {
                var matcher = VARIABLE.matcher(Project.text(file).orElse(""));
                while (matcher.find()) {
                    read.add(matcher.group());
                }
            }
        }
        var unknown = new TreeSet<String>();
        for (var document : Project.documents()) {
            var text = Project.text(document).orElseThrow();
            var matcher = VARIABLE.matcher(text);
            while (matcher.find()) {
                // What a reader's own shell is told is read by the lines after it.
                if (!read.contains(matcher.group()) && !text.contains("export " + matcher.group() + "=")) {
                    unknown.add(document + ": " + matcher.group());
                }
            }
        }
        assertThat(unknown).as(Project.bullets(unknown)).isEmpty();
    }

    @Test
    void every_script_in_the_documents_is_there_and_can_be_run() throws Exception {
        var missing = new TreeSet<String>();
        for (var document : Project.documents()) {
            var matcher = SCRIPT.matcher(Project.text(document).orElseThrow());
            while (matcher.find()) {
                var script = Project.ROOT.resolve(matcher.group());
                if (!Files.isDirectory(script) && !Files.isExecutable(script)) {
                    missing.add(document + ": " + matcher.group());
                }
            }
        }
        assertThat(missing).as(Project.bullets(missing)).isEmpty();
    }

    @Test
    void every_setting_in_the_documents_is_a_setting() throws Exception {
        var settings = settings(Project.text("conf/default.toml").orElseThrow());
        assertThat(settings).contains("server.http_port", "server");
        var unknown = new TreeSet<String>();
        for (var document : Project.documents()) {
            for (var name : settingsNamedIn(Project.text(document).orElseThrow(), settings)) {
                if (!settings.contains(name)) {
                    unknown.add(document + ": " + name);
                }
            }
        }
        assertThat(unknown).as(Project.bullets(unknown)).isEmpty();
    }

    @Test
    void a_setting_that_is_none_is_noticed() {
        var settings = settings("""
            [server]
            # The port.
            http_port = 7432
            [cluster.network]
            swim_bind = "0.0.0.0:7946"
            """);
        assertThat(settings)
                .containsExactlyInAnyOrder(
                        "server", "server.http_port", "cluster", "cluster.network", "cluster.network.swim_bind");
        assertThat(settingsNamedIn("Set `server.http_prot` or `cluster.network`, never `java.lang`.", settings))
                .containsExactly("server.http_prot", "cluster.network");
    }

    /** Names of sections and keys, dotted. */
    private static Set<String> settings(String toml) {
        var names = new HashSet<String>();
        var section = "";
        for (var line : toml.lines().toList()) {
            if (line.startsWith("[")) {
                section = line.substring(1, line.indexOf(']'));
                for (int dot = section.indexOf('.'); dot > 0; dot = section.indexOf('.', dot + 1)) {
                    names.add(section.substring(0, dot));
                }
                names.add(section);
            } else if (line.matches("[a-z_]+ = .*")) {
                names.add(section + "." + line.substring(0, line.indexOf(' ')));
            }
        }
        return names;
    }

    /** What stands in backticks, is dotted, and begins like a section. */
    private static List<String> settingsNamedIn(String text, Set<String> settings) {
        var names = new ArrayList<String>();
        var matcher = SETTING.matcher(text);
        while (matcher.find()) {
            if (settings.contains(matcher.group(1).split("\\.", 2)[0])) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }

    private static List<String> brokenLinks(Path root, String document, String text) throws Exception {
        var broken = new ArrayList<String>();
        var matcher = LINK.matcher(FENCED.matcher(text).replaceAll(""));
        while (matcher.find()) {
            var target = matcher.group(1);
            if (target.matches("[a-z]+:.*")) {
                continue;
            }
            var parts = target.split("#", 2);
            var file = parts[0].isEmpty()
                    ? root.resolve(document)
                    : root.resolve(document).resolveSibling(parts[0]).normalize();
            var itself = parts[0].isEmpty();
            var exists = Files.exists(file);
            var content = itself ? text : exists && Files.isRegularFile(file) ? Files.readString(file) : "";
            if (!exists || (parts.length == 2 && !anchors(content).contains(parts[1]))) {
                broken.add(document + ": " + target);
            }
        }
        return broken;
    }

    /** The names that the usual Markdown renderers give to headings. */
    private static Set<String> anchors(String text) {
        var counts = new HashMap<String, Integer>();
        var anchors = new HashSet<String>();
        var matcher = HEADING.matcher(FENCED.matcher(text).replaceAll(""));
        while (matcher.find()) {
            var anchor = matcher.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            var earlier = counts.merge(anchor, 1, Integer::sum) - 1;
            anchors.add(earlier == 0 ? anchor : anchor + "-" + earlier);
        }
        return anchors;
    }
}
