package io.engram.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Changes one setting in the text of a configuration file and leaves everything else as it is, comments too. */
public final class TomlEdit {
    private static final Pattern HEADER = Pattern.compile("\\s*\\[\\s*([A-Za-z0-9_.-]+)\\s*]\\s*(#.*)?");
    /** A setting in one line: indentation, name, value, and the comment behind it. */
    private static final Pattern LINE = Pattern.compile(
            "(\\s*)([A-Za-z0-9_.-]+)(\\s*=\\s*)(\"[^\"\\\\]*\"|\\[[^\\[\\]#]*]|[^\"'\\[{#]+?)(\\s*(?:#.*)?)");

    private TomlEdit() {}

    /**
     * The text with the setting changed.
     *
     * @param text of the file; may be empty
     * @param key the setting
     * @param value its value as {@link ValueType#fromText} gave it
     * @throws ConfigException if the text is no configuration, or says the setting in a way that is not for this to change
     */
    public static String set(String text, ConfigKey key, Object value) {
        var problems = new ArrayList<ConfigProblem>();
        var before = TomlFile.parse("the file", text, problems);
        require(problems);
        var toml = key.type().toToml(value);
        var changed = replaced(text, key.path(), toml).orElseGet(() -> added(text, key.path(), toml));
        var after = TomlFile.parse("the changed file", changed, problems);
        if (!problems.isEmpty() || !onlyDiffersIn(key.path(), before, after)) {
            throw new ConfigException(List.of(new ConfigProblem(
                    "the file", key.path(), "is written in a way that has to be changed by hand, to " + toml)));
        }
        return changed;
    }

    private static void require(List<ConfigProblem> problems) {
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private static boolean onlyDiffersIn(String path, Map<String, JsonNode> before, Map<String, JsonNode> after) {
        var others = new HashMap<>(before);
        others.remove(path);
        var left = new HashMap<>(after);
        return left.remove(path) != null && left.equals(others);
    }

    private static Optional<String> replaced(String text, String path, String toml) {
        var section = "";
        var lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        for (var i = 0; i < lines.size(); i++) {
            var header = HEADER.matcher(lines.get(i));
            var line = LINE.matcher(lines.get(i));
            if (header.matches()) {
                section = header.group(1) + ".";
            } else if (line.matches() && (section + line.group(2)).equals(path)) {
                lines.set(i, line.group(1) + line.group(2) + line.group(3) + toml + line.group(5));
                return Optional.of(String.join("\n", lines));
            }
        }
        return Optional.empty();
    }

    /** At the end of its section, or in a new one at the end. */
    private static String added(String text, String path, String toml) {
        var dot = path.lastIndexOf('.');
        var section = path.substring(0, dot);
        var line = path.substring(dot + 1) + " = " + toml;
        var lines = new ArrayList<>(Arrays.asList(text.stripTrailing().split("\n", -1)));
        var last = -1;
        var isInside = false;
        for (var i = 0; i < lines.size(); i++) {
            var header = HEADER.matcher(lines.get(i));
            if (header.matches()) {
                isInside = header.group(1).equals(section);
            }
            if (isInside && !lines.get(i).isBlank()) {
                last = i;
            }
        }
        if (last >= 0) {
            lines.add(last + 1, line);
            return String.join("\n", lines) + "\n";
        }
        return (text.isBlank() ? "" : text.stripTrailing() + "\n\n") + "[" + section + "]\n" + line + "\n";
    }
}
