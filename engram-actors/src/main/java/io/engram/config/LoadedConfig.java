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
 * @param files the user's files, each laid over those before
 * @param pekkoFile the file {@code pekko.conf} beside the last of the user's files that has one: HOCON laid over Pekko's settings
 * @param notes what has no meaning here and is passed over, for people
 * @param warnings what was ignored and why, for people
 */
public record LoadedConfig(
        EngramConfig config,
        Map<String, Setting> settings,
        List<Path> files,
        Optional<Path> pekkoFile,
        List<String> notes,
        List<String> warnings) {
    /**
     * One setting's value.
     *
     * @param key the setting
     * @param typed its value, of the kind that the key's type reads
     * @param source where it came from
     */
    public record Setting(ConfigKey key, Object typed, Source source) {
        /** Its value as text; lists with commas, a missing value as the empty text. */
        public String value() {
            return key.type().toText(typed);
        }

        /** Its value as a file says it. */
        public String toml() {
            return key.type().toToml(typed);
        }
    }

    public LoadedConfig {
        settings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        files = List.copyOf(files);
        notes = List.copyOf(notes);
        warnings = List.copyOf(warnings);
    }

    /** The file that wins over the others, if there is any. */
    public Optional<Path> file() {
        return files.isEmpty() ? Optional.empty() : Optional.of(files.getLast());
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
