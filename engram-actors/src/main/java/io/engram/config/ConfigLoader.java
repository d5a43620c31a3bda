package io.engram.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.engram.config.LoadedConfig.Setting;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the configuration together: shipped defaults, the command's own defaults, the user's file, environment variables
 * and flags, each winning over those before. Everything that is wrong is collected and thrown at once.
 */
public final class ConfigLoader {
    private static final String DEFAULTS = "/io/engram/config/default.toml";

    private final ConfigRequest request;
    private final ValueType.Places places;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Object> defaults = new LinkedHashMap<>();
    private final Map<String, Source> sources = new LinkedHashMap<>();

    private ConfigLoader(ConfigRequest request) {
        this.request = request;
        this.places = new ValueType.Places(request.home(), request.workingFolder());
    }

    /**
     * The configuration that a request describes.
     *
     * @throws ConfigException if anything is wrong with it, with all that is
     */
    public static LoadedConfig load(ConfigRequest request) {
        return new ConfigLoader(request).load();
    }

    /** The shipped defaults as the file says them, with its comments. */
    public static String defaultsText() {
        try (InputStream resource = ConfigLoader.class.getResourceAsStream(DEFAULTS)) {
            if (resource == null) {
                throw new IllegalStateException("the defaults are missing from the jar: " + DEFAULTS);
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private LoadedConfig load() {
        addFile(new Source.Default(), "shipped defaults", defaultsText());
        for (var key : ConfigKey.all().keySet()) {
            if (!values.containsKey(key) && problems.isEmpty()) {
                throw new IllegalStateException("no default for " + key);
            }
        }
        defaults.putAll(values);
        request.commandDefaults().forEach((key, value) -> addText(new Source.Command(request.command()), key, value));
        var files = files(request);
        files.forEach(this::addUserFile);
        addEnvironment();
        for (var flag : request.flags()) {
            addText(new Source.CommandLine(flag.name()), flag.key(), flag.value());
        }
        if (problems.isEmpty()) {
            refuseWhatIsNotThere();
            refuseContradictions();
            new ClusterRules(this::value, this::isDefault, this::problem).check();
            new TracingRules(this::value, this::problem).check();
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        var settings = new LinkedHashMap<String, Setting>();
        ConfigKey.all().forEach((path, key) -> settings.put(path, new Setting(key, value(path), source(path))));
        var pekkoFile = files.reversed().stream()
                .map(each -> each.resolveSibling("pekko.conf"))
                .filter(Files::isRegularFile)
                .findFirst();
        return new LoadedConfig(
                (EngramConfig) build("", EngramConfig.class), settings, files, pekkoFile, notes, warnings);
    }

    /** The files that a request means: those that are named, whether or not they exist, else the first that is found. */
    public static List<Path> files(ConfigRequest request) {
        var named = request.files().isEmpty() ? namedByEnvironment(request) : request.files();
        return named.isEmpty()
                ? request.places().stream()
                        .filter(Files::isRegularFile)
                        .limit(1)
                        .toList()
                : named.stream().map(request.workingFolder()::resolve).toList();
    }

    /** Several have colons between them, as in other lists of paths. */
    private static List<Path> namedByEnvironment(ConfigRequest request) {
        return Arrays.stream(
                        request.environment().getOrDefault("ENGRAM_CONFIG", "").split(File.pathSeparator, -1))
                .filter(text -> !text.isBlank())
                .map(Path::of)
                .toList();
    }

    private void addUserFile(Path path) {
        try {
            addFile(new Source.File(path), path.toString(), Files.readString(path));
        } catch (MalformedInputException e) {
            problems.add(new ConfigProblem(path.toString(), "", "is not UTF-8 text"));
        } catch (IOException e) {
            var reason = Files.exists(path) ? "cannot be read: " + e.getMessage() : "does not exist";
            problems.add(new ConfigProblem(path.toString(), "", reason));
        }
    }

    private void addFile(Source source, String where, String text) {
        TomlFile.parse(where, text, problems).forEach((path, node) -> {
            var key = ConfigKey.all().get(path);
            if (key == null) {
                problems.add(unknown(where, path));
            } else {
                add(source, where, key, shown(node), () -> key.type().fromNode(node, places));
            }
        });
    }

    private static String shown(JsonNode node) {
        return node.toString();
    }

    private void addEnvironment() {
        var environment = new EnvironmentReader(request.environment());
        problems.addAll(environment.problems());
        warnings.addAll(environment.warnings());
        notes.addAll(environment.notes());
        environment.entries().forEach((path, entry) -> {
            var source = new Source.Environment(entry.variable());
            if (entry.variable().equals("RUST_LOG")) {
                // Other programs read it as well and understand more than we do.
                var parsed = LogLevels.parse(entry.value());
                parsed.notUnderstood()
                        .forEach(part -> warnings.add("RUST_LOG: \"" + part + "\" is not understood and ignored"));
                values.put(path, parsed.levels());
                sources.put(path, source);
            } else {
                addText(source, path, entry.value());
            }
        });
    }

    private void addText(Source source, String path, String text) {
        var key = ConfigKey.all().get(path);
        if (key == null) {
            problems.add(unknown(source.toString(), path));
        } else {
            add(
                    source,
                    source.toString(),
                    key,
                    '"' + text + '"',
                    () -> key.type().fromText(text, places));
        }
    }

    private interface Reading {
        Object read() throws ValueType.Refused;
    }

    private void add(Source source, String where, ConfigKey key, String shown, Reading reading) {
        try {
            values.put(key.path(), reading.read());
            sources.put(key.path(), source);
        } catch (ValueType.Refused e) {
            problems.add(new ConfigProblem(where, key.path(), shown + " must be " + e.getMessage()));
        }
    }

    private static ConfigProblem unknown(String where, String path) {
        var sections = TomlFile.sections();
        var suggestion = Suggestions.closest(
                        path, path.contains(".") ? ConfigKey.all().keySet() : sections)
                .or(() -> Suggestions.closest(
                        path, path.contains(".") ? sections : ConfigKey.all().keySet()));
        return new ConfigProblem(
                where,
                path,
                "is not a setting"
                        + suggestion
                                .map(other -> "; did you mean " + other + "?")
                                .orElse(""));
    }

    /** What somebody relies on must not be missing silently. */
    private void refuseWhatIsNotThere() {
        refuse(
                "security.auth_mode",
                EngramConfig.AuthMode.API_KEY,
                "this version cannot check keys and will not serve as if it did; set it to \"none\" and keep the node"
                        + " behind something that authenticates");
        refuse(
                "retrieval.fusion",
                EngramConfig.FusionMethod.RRF,
                "this version always starts from \"weighted\"; a request asks for the other with fusion=rrf");
        refuse("security.rate_limiting", true, "this version has no rate limits; set it to false");
    }

    private void refuseContradictions() {
        int batch = (int) value("persistence.max_batch_bytes");
        if ((int) value("persistence.queue_bytes") < batch) {
            problem(
                    "persistence.queue_bytes",
                    "must not be less than persistence.max_batch_bytes, which is " + Units.formatSize(batch));
        }
    }

    private void refuse(String path, Object value, String reason) {
        if (value(path).equals(value)) {
            problem(path, reason);
        }
    }

    private void problem(String path, String reason) {
        problems.add(new ConfigProblem(source(path).toString(), path, reason));
    }

    private boolean isDefault(String path) {
        return value(path).equals(defaults.get(path));
    }

    private Object value(String path) {
        return present(values.get(path), path);
    }

    private Source source(String path) {
        return present(sources.get(path), path);
    }

    private static <T> T present(@Nullable T value, String path) {
        if (value == null) {
            throw new IllegalStateException("no value for " + path);
        }
        return value;
    }

    private Object build(String prefix, Class<?> section) {
        var components = section.getRecordComponents();
        var arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            var path = prefix + ConfigKey.snakeCase(components[i].getName());
            arguments[i] =
                    ConfigKey.isSection(components[i]) ? build(path + ".", components[i].getType()) : value(path);
        }
        try {
            var types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return section.getDeclaredConstructor(types).newInstance(arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot make " + section, e);
        }
    }
}
