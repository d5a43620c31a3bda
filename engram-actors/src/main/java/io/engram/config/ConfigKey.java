package io.engram.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One setting, as the tree of records describes it.
 *
 * @param path sections and name with dots, such as {@code server.http_port}
 * @param type how its values are read and checked
 * @param variables its environment variables, the one after its path first
 */
public record ConfigKey(String path, ValueType type, List<String> variables) {
    private static final Map<String, ConfigKey> ALL = collect();

    public ConfigKey {
        variables = List.copyOf(variables);
    }

    /** Every setting by its path, in the order of the records. */
    public static Map<String, ConfigKey> all() {
        return ALL;
    }

    /** The setting with this path, which must be one. */
    static ConfigKey of(String path) {
        var key = ALL.get(path);
        if (key == null) {
            throw new IllegalArgumentException(path + " is not a setting");
        }
        return key;
    }

    private static Map<String, ConfigKey> collect() {
        var keys = new LinkedHashMap<String, ConfigKey>();
        collect("", EngramConfig.class, keys);
        return java.util.Collections.unmodifiableMap(keys);
    }

    private static void collect(String prefix, Class<?> section, Map<String, ConfigKey> keys) {
        for (var component : section.getRecordComponents()) {
            var path = prefix + snakeCase(component.getName());
            if (isSection(component)) {
                collect(path + ".", component.getType(), keys);
            } else {
                keys.put(path, new ConfigKey(path, ValueType.of(component), variables(path, component)));
            }
        }
    }

    static boolean isSection(RecordComponent component) {
        return component.getType().isRecord() && component.getType() != LogLevels.class;
    }

    private static List<String> variables(String path, RecordComponent component) {
        var names = new ArrayList<String>();
        names.add("ENGRAM_" + path.replace('.', '_').toUpperCase(Locale.ROOT));
        var alias = component.getAnnotation(Alias.class);
        if (alias != null) {
            names.addAll(Arrays.asList(alias.value()));
        }
        return names;
    }

    static String snakeCase(String camelCase) {
        return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
