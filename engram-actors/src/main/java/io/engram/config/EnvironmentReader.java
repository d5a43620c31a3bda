package io.engram.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The environment's part of a configuration. */
final class EnvironmentReader {
    /** Read by the launcher and the commands, or of no meaning any more; no settings of a node. */
    private static final Set<String> OTHERS = Set.of(
            "ENGRAM_CONFIG",
            "ENGRAM_MEMORY_SPACE",
            "ENGRAM_PID_PATH",
            "ENGRAM_SERVER",
            "ENGRAM_JAVA_OPTS",
            "ENGRAM_CACHE_DIR",
            "ENGRAM_ROOT",
            "ENGRAM_HOME");

    /**
     * A variable that sets something.
     *
     * @param variable its name
     * @param value its text, not empty
     */
    record Entry(String variable, String value) {}

    private final Map<String, Entry> byPath = new LinkedHashMap<>();
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    EnvironmentReader(Map<String, String> environment) {
        var known = new LinkedHashMap<String, ConfigKey>();
        for (var key : ConfigKey.all().values()) {
            key.variables().forEach(variable -> known.put(variable, key));
        }
        var sorted = new TreeMap<>(environment);
        sorted.forEach((name, value) -> {
            var key = known.get(name);
            if (key == null) {
                noteUnknown(name, value, known.keySet());
            } else if (!value.isBlank()) {
                add(key, new Entry(name, meaning(name, value)));
            }
        });
        var foreign = sorted.keySet().stream()
                .filter(name -> name.startsWith("MIMALLOC_"))
                .toList();
        if (!foreign.isEmpty()) {
            notes.add(
                    String.join(", ", foreign) + ": memory is managed by the Java virtual machine; this has no effect");
        }
    }

    /** Numbers are how other programs' variables of this name say it, and one of them leaves out the end of what it means. */
    private static String meaning(String name, String value) {
        if (name.equals(TracingRules.BASE_ENDPOINT)) {
            return TracingRules.endpoint(value.strip());
        }
        if (!name.endsWith("_BACKTRACE")) {
            return value;
        }
        return switch (value.strip()) {
            case "0" -> "none";
            case "1" -> "short";
            default -> value;
        };
    }

    /** Whether a variable belongs to other programs as well, which may have been set for them. */
    private static boolean isShared(String variable) {
        return !variable.startsWith("ENGRAM_");
    }

    private void add(ConfigKey key, Entry entry) {
        var earlier = byPath.putIfAbsent(key.path(), entry);
        if (earlier == null || earlier.value().equals(entry.value())) {
            return;
        }
        // They come in the order of their names, our own first.
        if (entry.variable().equals(TracingRules.ENDPOINT) && earlier.variable().equals(TracingRules.BASE_ENDPOINT)) {
            byPath.put(key.path(), entry);
        } else if (isShared(entry.variable()) && !isShared(earlier.variable())) {
            notes.add("%s is \"%s\", and %s is not looked at"
                    .formatted(earlier.variable(), earlier.value(), entry.variable()));
        } else {
            problems.add(new ConfigProblem(
                    "environment",
                    key.path(),
                    "%s is \"%s\" and %s is \"%s\"; set one of them"
                            .formatted(earlier.variable(), earlier.value(), entry.variable(), entry.value())));
        }
    }

    private void noteUnknown(String name, String value, Set<String> known) {
        if (!name.startsWith("ENGRAM_") || OTHERS.contains(name) || isInjected(name, value)) {
            return;
        }
        warnings.add("environment variable " + name + " is not known and ignored"
                + Suggestions.closest(name, known)
                        .map(other -> "; did you mean " + other + "?")
                        .orElse(""));
    }

    /** Kubernetes tells every pod of the services around it, one of which is often called like us. */
    private static boolean isInjected(String name, String value) {
        return name.matches("ENGRAM(_\\w+)?_SERVICE_(HOST|PORT(_\\w+)?)")
                || name.matches("ENGRAM(_\\w+)?_PORT_\\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?")
                || (name.matches("ENGRAM(_\\w+)?_PORT") && value.matches("(tcp|udp)://.*"));
    }

    /** What is set, by the setting's path. */
    Map<String, Entry> entries() {
        return byPath;
    }

    List<ConfigProblem> problems() {
        return problems;
    }

    /** What has no effect and need not have one. */
    List<String> notes() {
        return notes;
    }

    List<String> warnings() {
        return warnings;
    }
}
