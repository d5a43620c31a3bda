package io.engram.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration and its origin.
 *
 * @param config the values
 * @param settings each setting by its path, in the order of the records
 * @param file the user's file, if there is one
 * @param pekkoFile the file {@code pekko.conf} beside the user's file, if there is one: HOCON laid over Pekko's settings
 * @param warnings what was ignored and why, for people
 */
public record LoadedConfig(
        EngramConfig config,
        Map<String, Setting> settings,
        Optional<Path> file,
        Optional<Path> pekkoFile,
        List<String> warnings) {
    /**
     * One setting's value.
     *
     * @param key the setting
     * @param value its value as text; lists with commas, a missing value as the empty text
     * @param source where it came from
     */
    public record Setting(ConfigKey key, String value, Source source) {}

    public LoadedConfig {
        settings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        warnings = List.copyOf(warnings);
    }

    /**
     * The setting with this path.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Setting setting(String path) {
        var setting = settings.get(path);
        if (setting == null) {
            throw new IllegalArgumentException(path + " is not a setting");
        }
        return setting;
    }
}
