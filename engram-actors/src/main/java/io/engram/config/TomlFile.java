package io.engram.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A TOML document as values by path. */
final class TomlFile {
    private static final TomlMapper MAPPER = new TomlMapper();

    private TomlFile() {}

    /** The document's values; tables that are no section of ours are values, too. */
    static Map<String, JsonNode> parse(String where, String text, List<ConfigProblem> problems) {
        JsonNode root;
        try {
            root = MAPPER.readTree(text);
        } catch (JacksonException e) {
            var location = e.getLocation();
            var place = location == null || location.getLineNr() < 0
                    ? where
                    : where + ":" + location.getLineNr() + ":" + location.getColumnNr();
            problems.add(new ConfigProblem(place, "", "is not valid TOML: " + e.getOriginalMessage()));
            return Map.of();
        } catch (IOException e) {
            problems.add(new ConfigProblem(where, "", "cannot be read: " + e.getMessage()));
            return Map.of();
        }
        var values = new LinkedHashMap<String, JsonNode>();
        if (root instanceof ObjectNode table) {
            flatten("", table, sections(), values);
        }
        return values;
    }

    private static void flatten(String prefix, ObjectNode table, Set<String> sections, Map<String, JsonNode> values) {
        table.properties().forEach(property -> {
            var path = prefix + property.getKey();
            if (property.getValue() instanceof ObjectNode inner && sections.contains(path)) {
                flatten(path + ".", inner, sections, values);
            } else {
                values.put(path, property.getValue());
            }
        });
    }

    static Set<String> sections() {
        var sections = new TreeSet<String>();
        for (var path : ConfigKey.all().keySet()) {
            for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
                sections.add(path.substring(0, dot));
            }
        }
        return sections;
    }
}
