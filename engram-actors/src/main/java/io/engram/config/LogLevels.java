package io.engram.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which log records are written: one level for all, and others for named loggers with everything below them. Written
 * {@code info} or {@code info,engram.space=debug,org.apache.pekko=info}; {@code engram.space} is short for {@code io.engram.space}.
 *
 * @param root the level of loggers that are not named
 * @param targets levels by the logger's name, in the order in which they were written
 */
public record LogLevels(LogLevel root, Map<String, LogLevel> targets) {
    static final String ALLOWED =
            "off, error, warn, info, debug or trace, and as many logger=level after commas as needed";

    private static final Pattern TARGET = Pattern.compile("[A-Za-z_][A-Za-z0-9_.$:-]*");

    public LogLevels {
        targets = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(targets));
    }

    /**
     * What a text says.
     *
     * @param levels what was understood; {@code info} where no level for all is given
     * @param notUnderstood the parts that were not
     */
    record Parsed(LogLevels levels, List<String> notUnderstood) {
        Parsed {
            notUnderstood = List.copyOf(notUnderstood);
        }
    }

    /**
     * The levels that a text names.
     *
     * @throws IllegalArgumentException with what would be allowed, if a part of it is not understood
     */
    public static LogLevels of(String text) {
        var parsed = parse(text);
        if (text.isBlank() || !parsed.notUnderstood().isEmpty()) {
            throw new IllegalArgumentException(ALLOWED);
        }
        return parsed.levels();
    }

    static Parsed parse(String text) {
        var root = LogLevel.INFO;
        var targets = new LinkedHashMap<String, LogLevel>();
        var notUnderstood = new ArrayList<String>();
        for (var part : text.split(",", -1)) {
            var directive = part.strip();
            if (directive.isEmpty()) {
                continue;
            }
            int equals = directive.indexOf('=');
            var level = level(directive.substring(equals + 1));
            var target = equals < 0 ? "" : directive.substring(0, equals).strip();
            if (level.isEmpty() || (equals >= 0 && !TARGET.matcher(target).matches())) {
                notUnderstood.add(directive);
            } else if (equals < 0) {
                root = level.get();
            } else {
                targets.put(logger(target.replace("::", ".")), level.get());
            }
        }
        return new Parsed(new LogLevels(root, targets), notUnderstood);
    }

    /** Our own loggers may be named without what all their names begin with. */
    private static String logger(String target) {
        return target.equals("engram") || target.startsWith("engram.") ? "io." + target : target;
    }

    private static Optional<LogLevel> level(String text) {
        var name = text.strip().toUpperCase(Locale.ROOT);
        for (var level : LogLevel.values()) {
            if (level.name().equals(name.equals("WARNING") ? "WARN" : name)) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }

    /** The text from which {@link #parse} makes the same levels. */
    @Override
    public String toString() {
        var text = new StringBuilder(root.name().toLowerCase(Locale.ROOT));
        targets.forEach((target, level) ->
                text.append(',').append(target).append('=').append(level.name().toLowerCase(Locale.ROOT)));
        return text.toString();
    }
}
